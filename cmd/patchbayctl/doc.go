// Command patchbayctl is Patchbay for people: it attaches pods as a container
// runtime does, says beforehand what would be done, and looks at what is there.
//
// It decides nothing that the plugin decides: it asks the same core, reads the
// same records and runs the same binaries. `patchbayctl --help` lists the
// commands and the exit codes.
package main
