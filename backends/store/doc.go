// Package store lays out records, results, quarantine and locks in files. It
// is the one implementation of [patchbay/backends.Records], over a file system
// that is real or pretended; it opens no file by itself.
package store
