package patcher

import "heapprof/internal/profile"

// Unmarked is a function whose entry was to be marked and is not.
type Unmarked struct {
	Name string // as Options.Marks has it
	File string // the name of the file that has it; "": none has
	// Cause is why it is not. Zero where no file has it.
	Cause profile.Cause
	// Stripped reports whether the program has no symbols but those that it exports, where no
	// file has the function.
	Stripped bool
}
