// Package plugins finds and runs CNI plugins on this machine, as a
// [patchbay/backends.Plugins].
//
// A plugin is foreign code: it hangs, crashes, forks, and prints what it likes.
// This package bounds what one can do to its caller in time (the context) and
// space (16 MiB of output), and judges what it said in one pure function,
// [Parse]. It is not libcni: it neither makes configurations nor interprets
// results, and it decides no deadline.
package plugins
