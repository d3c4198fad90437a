// Package patcher answers processes that ask, before they run code of their own or of
// libraries that they have loaded, which functions of it are to be patched: what the loader
// cannot wrap. It has package patch plan each file once, places the code of the hooks near
// the file in the process that asks, hands it the plan in the shared memory (shm), and knows
// afterwards what became of it. A process is a number in the process table to it; who that
// is, and what it records, it does not know. It imports patch, shm, wire, procfs, object and
// symbol.
package patcher

// Allocator is one that is linked into a file of the program's, of which so many
// functions were hooked.
type Allocator struct {
	File      string // its base name
	Family    string
	Functions int
}
