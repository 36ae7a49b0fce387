// Package logfile is the log of a process that lives for one CNI call: what
// logFile, logLevel, logToStderr and logOptions mean when many short processes
// write to one file at the same time.
//
// A line is one write to a file opened for appending, so lines of different
// processes never mix. A file that grew too large is renamed by whoever opens
// it next; nobody waits for anybody, and no line is lost: a backup is only
// compressed when no process has it open any more, which locks on the file
// itself tell (docs/adr/0005). Multus accepts logOptions in thin mode, but they
// have no effect there (row C020); here they have.
//
// The package is not a logging library: it returns a [log/slog.Logger]. It is
// not for results or errors either: those are the answer to the runtime, and a
// log that can not be written is no reason to refuse a pod its network.
package logfile
