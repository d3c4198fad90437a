package parked

import (
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"
)

// Proc returns the copy as a process of /proc, where Written tells which of its pages were
// ever written to.
func (c *Copy) Proc() procfs.Process { return procfs.Process(c.PID) }

// Maps returns what the copy has mapped, which is what the process had then.
func (c *Copy) Maps() ([]procfs.Mapping, error) { return c.Proc().Maps() }

// ReadAt reads len(p) bytes of the process's memory at an address. What was never written to is 0. Fewer are
// read, with an error, if what follows them is not mapped or may not be read, or if the copy has been closed.
func (c *Copy) ReadAt(p []byte, addr uint64) (n int, err error) {
	if c.read != nil {
		return c.read(p, addr)
	}
	return halt.ReadMemory(c.PID, p, addr)
}
