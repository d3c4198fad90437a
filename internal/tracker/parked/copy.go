// Package parked copies a process as it is at one moment: a child of the kernel's making that shares
// its memory until either writes to it, never runs, and is read as long as somebody wants. The process
// itself is stopped for the time that the kernel takes for the copy, and sees nothing of it.
package parked

// Copy is the memory of a process at one moment.
type Copy struct {
	PID     int    // of the copy
	Stamp   uint64 // the moment, by the clock of the program's events
	Threads []Thread
}

// Thread is a thread that the process had.
type Thread struct {
	ID        int // the kernel's number of it
	Name      string
	Registers Registers
}

// Registers is what a thread's registers held.
type Registers struct {
	PC, SP        uint64
	ThreadPointer uint64     // where its thread-local storage is
	General       [33]uint64 // by their DWARF numbers: 0 to 15 on x86-64, 0 to 31 on arm64; the others are 0
}
