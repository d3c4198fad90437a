package patcher

// Allocator is an allocator that is linked into a file of the program's, and how many of
// its functions were hooked.
type Allocator struct {
	File      string // its base name
	Family    string // its code, as in package allocator
	Functions int
}
