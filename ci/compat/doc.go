// Compat prints which behaviour of Multus is shown by which test, and fails
// when one that this release covers is not.
//
// The behaviours are the rows of rows.tsv. A test shows a row when its name, or
// that of a subtest, begins with the row's id: t.Run("C036 name@interface", …).
// Nothing else joins the two, so a row can not be ticked off by hand.
//
// It is not a test runner: it reads what `go test -json` says, running it when
// it is not given a file.
package main
