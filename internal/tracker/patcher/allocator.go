package patcher

// Allocator is one that is linked into a file of the program's, of which so many
// functions were hooked.
type Allocator struct {
	File      string // its base name
	Family    string
	Functions int
}
