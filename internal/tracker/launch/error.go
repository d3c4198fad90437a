package launch

import (
	"fmt"

	"heapprof/internal/profile"
)

// ProgramError tells that a program cannot be run, or cannot be recorded.
type ProgramError struct {
	Program  string // as the person who wants it started named it
	NotFound bool   // whether it, or its interpreter, does not exist
	Cause    profile.Cause
}

// Error names the program and the code of the cause; the command line words it.
func (e *ProgramError) Error() string { return fmt.Sprintf("%s: %s", e.Program, e.Cause.Code) }
