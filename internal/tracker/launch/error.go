package launch

import (
	"fmt"

	"heapprof/internal/profile"
)

// ProgramError is the error for a program that cannot be run, or cannot be recorded.
type ProgramError struct {
	Program  string // as the user named it
	NotFound bool   // whether it, or its interpreter, does not exist
	Cause    profile.Cause
}

// Error returns the program's name and the code of the cause. The command line has better
// words for a person.
func (e *ProgramError) Error() string { return fmt.Sprintf("%s: %s", e.Program, e.Cause.Code) }
