// Package disk is the pretended file system of one node. It knows what processes
// see, and apart from that what is on the platter: a power cut leaves something
// between the two, and [Disk.PowerCut] can be asked for every state that is
// allowed.
//
// What a power cut may do follows POSIX, which promises little: fsync(2) of a
// file is about its bytes and "does not necessarily ensure that the entry in the
// directory containing the file has also reached disk"; unsynced names of one
// directory survive in any order (Pillai et al., "All File Systems Are Not
// Created Equal", OSDI 2014). Only a rename is never halved, for every file
// system with a journal or copy-on-write keeps it whole. After an fsync that
// failed the bytes are lost and the next fsync succeeds (Rebello et al., "Can
// Applications Recover from fsync Failures?", USENIX ATC 2020). A [Profile] says
// what a kinder file system adds.
//
// Answers are those of the system calls of Linux (fs/namei.c, fs/open.c), not of
// package os, which asks more than once in Rename and Remove. What is not there:
// symbolic and hard links, owners and permission bits that mean something (every
// process is root's; see [Denied]), times, holes, and files of more than a page
// that are torn in more places than [Disk.PowerCut] says. Paths are absolute and
// clean, as path.Clean leaves them; any other is answered with EINVAL, so that
// somebody who glues paths together is noticed.
//
// A Disk is plain data for one goroutine. It decides nothing: what breaks and
// when the power goes is up to the world around it.
package disk
