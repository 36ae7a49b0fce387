// Package netconf reads configurations: our own ([Config]), and those of the
// networks we delegate to ([Network]).
//
// A delegate's JSON belongs to its author. It is kept as bytes and edited by
// splicing ([Set]), so that unknown keys, the order of keys, white space and
// numbers of any size survive, and DEL gets the bytes that ADD used. The package
// reads no files and looks nothing up.
package netconf
