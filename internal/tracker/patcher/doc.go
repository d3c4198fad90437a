// Package patcher answers processes that ask, before they run code of their own or of
// libraries that they have loaded, which functions of it are to be patched: what the loader
// cannot wrap. It has package patch plan each file once, places the code of the hooks near
// the file in the process that asks, hands it the plan in the shared memory (shm), and knows
// afterwards what became of it. A process is a number in the process table to it; who that
// is, and what it records, it does not know. Of ours it imports patch and its rooms for what
// a plan is made of, undo, shm and wire, procfs, object, symbol, and profile for what it could not
// do.
package patcher
