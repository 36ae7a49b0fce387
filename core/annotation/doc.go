// Package annotation reads what a pod asks for: the annotations that select
// its networks become a list of [Selection].
//
// Two grammars are read, the comma list ("red, blue/green@net5") and the JSON
// list of the NPWG de-facto standard §4.1.2, in one of two [Profile]s: as
// Multus 4 reads them, or as the standard says. Whatever can be known to fail
// from the text alone is refused here, before anything is changed.
//
// The package is not a client of the API server and knows no definitions: that
// a network exists, may be used from the pod's namespace, or declares the
// capabilities that were asked for is for its caller to find out. So is
// whatever needs the whole pod, such as interface names that are given twice.
package annotation
