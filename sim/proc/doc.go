// Package proc has the processes of a world: a call of Patchbay, a plugin that
// it runs, whatever a plugin runs in turn.
//
// A process reaches the world only by [Proc.Do]. That is where others get their
// turn, where a fault strikes, where a process dies and its operations become
// nothing, and after which invariants look. What an operation does is said by
// the caller; the package knows neither links nor files nor pods.
package proc
