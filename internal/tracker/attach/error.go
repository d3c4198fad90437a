package attach

import "heapprof/internal/profile"

// Error is why a process cannot be attached to, or not now.
type Error struct{ Cause profile.Cause }

// Error returns the cause's code with its evidence. The command line has better words for a person.
func (e *Error) Error() string { return e.Cause.String() }
