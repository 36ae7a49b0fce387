// Package ctlout is how patchbayctl speaks: aligned tables with colours to a
// person, one JSON or YAML document to a program.
//
// A command makes a value that can be marshalled and says how a person wants to
// see it ([Printer.Print]); which of the two is wanted is none of its business.
// The package knows nothing of networks.
package ctlout
