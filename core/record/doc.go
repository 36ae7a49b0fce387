// Package record is what survives a crash: everything that undoing one
// sandbox needs, in one value, and its encoding on disk.
//
// A [Record] is written before the first change to the node and dropped after
// the last undo; the plan of a DEL is a function of it alone, so that DEL needs
// neither an API server nor definitions. The package reads and writes no
// files: it turns records into bytes and back, and refuses bytes that are torn,
// altered, or of a later format.
package record
