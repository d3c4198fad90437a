// Package replay turns what a program's threads have published into the state of its
// processes: which blocks live, what is mapped, and through which call stacks.
//
// A Reader merges the rings of all threads in the order of time. Each process image, an
// Image, has a State that the events are replayed into; a Snapshot is an image at one
// moment, of its end or of any other.
//
// A State is the account of one process image. Its parts are the heap (package heap),
// the address space (package mappings), the call tree that both name their sites by,
// and the modules that the addresses in it lie in.
//
// The package imports the accounts, the shared memory with its format and clock, and
// package process. It knows nothing of symbols,
// of profiles, or of what is patched in a program.
package replay
