// Package shm is the memory that the recorder shares with the programs that it records: it
// makes it, maps it, tells the programs that the recorder lives or has gone, and gives it
// back. What lies where in it is laid down by package wire. Who a process is, what an event
// means and what is to be patched, it does not know: of ours it imports only wire, and procfs
// for how much address space this process has.
package shm
