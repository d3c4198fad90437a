// Package process tells of the system's processes what their shared memory with the recorder
// does not, or not truly: which of them a recorded image runs in, whether it has ended, which
// file it runs, and what its memory is. It imports the shared memory, the wire format and
// procfs.
package process
