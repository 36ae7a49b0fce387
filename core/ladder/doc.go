// Package ladder walks a plan of reversible tasks up or down.
//
// It performs nothing: [Machine.Next] says which effects may start now and
// [Machine.Step] is told how one of them ended. It has no clock, goroutine or
// lock and knows nothing of CNI; a Machine is plain data that can be copied,
// so that every crash point, every fault and every order of completion can be
// tried. Whoever performs the effects owns time and concurrency.
package ladder
