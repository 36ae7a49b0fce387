package main

// The exit codes, as --help documents them.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFindings = 3
)

// ending is an error with an exit code. A nil err means that all has been said.
type ending struct {
	code int
	err  error
}

// Error returns the sentence, or nothing.
func (e *ending) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *ending) Unwrap() error { return e.err }

// usage makes an error one of the command line. usage of nil is nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &ending{code: exitUsage, err: err}
}

// failed ends a command whose output has said already what went wrong.
func failed() error { return &ending{code: exitFailed} }

// findings ends a command that has printed what it found.
func findings() error { return &ending{code: exitFindings} }
