// Package result says what is reported: the result of a CNI call in the version
// that was asked for, and the network-status annotation, byte for byte as Multus
// writes it.
//
// It runs no plugin and asks no API server; it turns what plugins answered into
// what people and runtimes read.
package result
