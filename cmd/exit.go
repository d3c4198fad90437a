package cmd

import "errors"

// Exit statuses. The program's own status passes through run unchanged; these
// are heapprof's, chosen as env(1), nice(1) and timeout(1) choose theirs.
const (
	exitOK            = 0
	exitFailure       = 1   // a report, diff, flame or pprof that failed
	exitUsage         = 2   // a wrong flag or argument
	exitExceeded      = 3   // check: a limit is exceeded
	exitRunFailure    = 125 // run: heapprof itself failed
	exitNotExecutable = 126 // run: the program cannot be executed or profiled
	exitNotFound      = 127 // run: the program was not found
	exitSignalBase    = 128 // run: the program was ended by signal N: 128+N
)

// exitError carries the exit status of this process. A nil Err means that everything worth
// saying has been said.
type exitError struct {
	Status int
	Err    error
}

func (e *exitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *exitError) Unwrap() error { return e.Err }

// withoutStatus returns an error without its exit status, where it is one of several that are told.
func withoutStatus(err error) error {
	var exit *exitError
	if errors.As(err, &exit) && exit.Err != nil {
		return exit.Err
	}
	return err
}
