package record

import (
	"errors"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/tracker"
)

// RunFailure returns the error for a failure of heapprof's own, whose status must not be
// taken for the program's.
func RunFailure(err error) error { return &console.ExitError{Status: console.ExitRunFailure, Err: err} }

// EndStatus returns the exit status that tells how the program ended.
func EndStatus(r *tracker.Result) int {
	if r.Signal != 0 {
		return console.ExitSignalBase + r.Signal
	}
	return r.ExitCode
}

// RunError returns an error of the tracker package with its exit status.
func RunError(err error) error {
	var program *tracker.ProgramError
	switch {
	case !errors.As(err, &program):
		return RunFailure(err)
	case program.NotFound:
		return &console.ExitError{Status: console.ExitNotFound, Err: errors.New(wording.ProgramWords(program))}
	}
	return &console.ExitError{Status: console.ExitNotExecutable, Err: errors.New(wording.ProgramWords(program))}
}
