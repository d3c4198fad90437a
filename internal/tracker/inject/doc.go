// Package inject starts a static program with the tracker library in it. Such a
// program has no loader that would load the library, so the program is started
// under ptrace(2), stopped before its first instruction, made to map the library
// and to call its start function, and let go: from then on it runs by itself, and
// nothing of ptrace is left.
//
// Three things that a loader does are done here instead:
//
//   - The library is relocated. It imports nothing that it could not do without.
//   - Its one thread-local variable gets a place in every thread's storage, by a
//     wider PT_TLS header (see widened).
//   - It is told what is mapped, and where the unwind information is; programs that
//     gcc links with -static have no search table for that, so one is made.
//
// What the program can see of it is a few more mappings, and program headers that
// lie outside its file.
package inject
