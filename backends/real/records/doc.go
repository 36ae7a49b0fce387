// Package records is [patchbay/backends/store] on the files of this machine: how
// a file is written and synced, how a lock is held by an open file description
// that children inherit, and which file names the boot. What lies where, and in
// which order it is written, is the store's and not decided here.
package records
