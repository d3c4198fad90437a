// Package replay turns what a program's threads have published into the state of its
// processes: which blocks live, what is mapped, and through which call stacks.
//
// A State is the account of one process image. Its parts are the heap (package heap),
// the address space (package mappings), the call tree that both name their sites by,
// and the modules that the addresses in it lie in.
//
// The package imports the accounts and the wire format. It knows nothing of symbols,
// of profiles, or of what is patched in a program.
package replay
