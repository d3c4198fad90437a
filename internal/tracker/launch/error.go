// Package launch finds a program, sees whether it can be recorded, and starts it with the
// tracker library in it, under the limits that heapprof was started under; it hands the
// program the signals that heapprof is sent, and waits for its end. What the program then
// does, and the shared memory, it does not know: it is handed a path and a number for the
// environment. It imports inject, to start static programs, symbol, to find their separate
// symbols, and the name of the variable from wire.
package launch

import "fmt"

// A ProgramError says that a program cannot be run, or cannot be recorded.
type ProgramError struct {
	Program  string
	NotFound bool
	Cause    string
	Hint     string // what to do instead; may be empty
}

func (e *ProgramError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s: %s", e.Program, e.Cause)
	}
	return fmt.Sprintf("%s: %s; %s", e.Program, e.Cause, e.Hint)
}
