package patcher

import "heapprof/internal/profile"

// Unhooked is a function whose entry was to be marked or counted and is not.
type Unhooked struct {
	Entry int    // index into Options.Entries
	Name  string // as that has it, or where only some of its functions are not hooked, one of them
	File  string // the name of the file that has it; "": none has
	// Cause is why it is not. Zero where no file has it.
	Cause profile.Cause
	// Stripped reports whether the program has no symbols but those that it exports, where no
	// file has the function.
	Stripped bool
}
