package halt

import (
	"os"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// spanBytes is how much is read at once: larger spans are no faster, and a call for each block is 12
// times slower.
const spanBytes = 1 << 20

// ReadMemory reads a process's memory at an address. Fewer bytes are read, with an error, if what follows them is not mapped or may
// not be read.
func ReadMemory(pid int, p []byte, addr uint64) (n int, err error) {
	for n < len(p) {
		span := p[n:min(n+spanBytes, len(p))]
		local := []unix.Iovec{{Base: &span[0], Len: uint64(len(span))}}
		remote := []unix.RemoteIovec{{Base: uintptr(addr) + uintptr(n), Len: len(span)}}
		got, err := unix.ProcessVMReadv(pid, local, remote, 0)
		if err == unix.EFAULT || err == nil && got < len(span) {
			// Memory that the program itself may not read at the moment is read so.
			if forced, _ := readForced(pid, span[max(got, 0):], addr+uint64(n+max(got, 0))); forced > 0 {
				got, err = max(got, 0)+forced, nil
			}
		}
		if n += max(got, 0); err != nil {
			return n, err
		}
		if got == 0 {
			return n, unix.EFAULT
		}
	}
	return n, nil
}

// readForced reads a process's memory, whatever may be done with it.
func readForced(pid int, p []byte, addr uint64) (int, error) {
	memory, err := os.Open(procfs.Process(pid).Path("mem"))
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	return memory.ReadAt(p, int64(addr))
}

// WriteMemory writes a process's memory where the process itself may.
func WriteMemory(pid int, p []byte, addr uint64) error {
	for len(p) > 0 {
		local := []unix.Iovec{{Base: &p[0], Len: uint64(len(p))}}
		n, err := unix.ProcessVMWritev(pid, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(p)}}, 0)
		if err != nil {
			return err
		}
		if n == 0 {
			return unix.EFAULT
		}
		p, addr = p[n:], addr+uint64(n)
	}
	return nil
}

// writeForced writes a process's memory, whatever may be done with it, code too. The process stands, stopped by this thread.
func writeForced(pid int, p []byte, addr uint64) error {
	memory, err := os.OpenFile(procfs.Process(pid).Path("mem"), os.O_RDWR, 0)
	if err == nil {
		_, err = memory.WriteAt(p, int64(addr))
		memory.Close()
	}
	if err != nil { // Linux may be configured not to let this file do so
		_, err = unix.PtracePokeText(pid, uintptr(addr), p)
	}
	return err
}
