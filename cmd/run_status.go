package cmd

import (
	"errors"

	"heapprof/internal/tracker"
)

// runFailure returns the error for a failure of heapprof's own, whose status must not be
// taken for the program's.
func runFailure(err error) error { return &exitError{Status: exitRunFailure, Err: err} }

// endStatus returns the exit status that tells how the program ended.
func endStatus(r *tracker.Result) int {
	if r.Signal != 0 {
		return exitSignalBase + r.Signal
	}
	return r.ExitCode
}

// runError returns an error of the tracker package with its exit status.
func runError(err error) error {
	var program *tracker.ProgramError
	switch {
	case !errors.As(err, &program):
		return runFailure(err)
	case program.NotFound:
		return &exitError{Status: exitNotFound, Err: errors.New(programWords(program))}
	}
	return &exitError{Status: exitNotExecutable, Err: errors.New(programWords(program))}
}
