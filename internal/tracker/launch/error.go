// Package launch finds a program, sees whether it can be recorded, and starts it with the
// tracker library in it, under the limits that heapprof was started under; it hands the
// program the signals that heapprof is sent, and waits for its end. What the program then
// does, and the shared memory, it does not know: it is handed a path and a number for the
// environment. Of ours it imports inject, to start static programs; object and symbol, to
// look at a program's file and its separate symbols; procfs; regular; and from wire the name
// of the variable.
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
