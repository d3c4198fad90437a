package console

import "errors"

// Exit statuses. The program's own status passes through run unchanged; these
// are heapprof's, chosen as env(1), nice(1) and timeout(1) choose theirs.
const (
	ExitOK            = 0
	ExitFailure       = 1   // a report, diff, flame or pprof that failed
	ExitUsage         = 2   // a wrong flag or argument
	ExitExceeded      = 3   // check: a limit is exceeded
	ExitRunFailure    = 125 // run: heapprof itself failed
	ExitNotExecutable = 126 // run: the program cannot be executed or profiled
	ExitNotFound      = 127 // run: the program was not found
	ExitSignalBase    = 128 // run: the program was ended by signal N: 128+N
)

// ExitError carries the exit status of this process. A nil Err means that everything worth
// saying has been said.
type ExitError struct {
	Status int
	Err    error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// WithoutStatus returns an error without its exit status, where it is one of several that are told.
func WithoutStatus(err error) error {
	var exit *ExitError
	if errors.As(err, &exit) && exit.Err != nil {
		return exit.Err
	}
	return err
}
