//go:build linux && (amd64 || arm64)

package parked

import (
	"cmp"
	"unsafe"

	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// lent is code of the tracker library in which a thread makes system calls: should this process be killed before the
// thread is itself again, the code makes it so. Without such code the thread has no stack meanwhile, so that it ends at
// the next instructions instead of going on with wrong values.
type lent struct{ at, code uint64 } // 0: there is none

// lender returns the process's code, if it has any: at is the address of its wire.Lend, as the process has said, or
// whatever it has written over that.
func (s *stopped) lender(at uint64) lent {
	if at == 0 {
		return lent{}
	}
	code, err := s.word(at)
	if err != nil {
		return lent{}
	}
	if taken, err := s.word(at + uint64(unsafe.Offsetof(wire.Lend{}.Taken))); err != nil || taken != 0 {
		return lent{} // there is room for one thread
	}
	const magicBytes = 8
	if magic, err := s.word(code - magicBytes); err != nil || magic != wire.LendMagic {
		return lent{}
	}
	return lent{at: at, code: code}
}

// enter has a thread, which stands, be in the code, behind its system call, and tells the code what it is to give back.
// mask is the signals that the thread wants none of.
func (l lent) enter(t *tracee, mask uint64) error {
	lend := wire.Lend{Code: l.code, Mask: mask, Taken: 1}
	t.regs.lend(&lend)
	if err := l.write(t, &lend); err != nil {
		return err
	}
	regs := t.regs
	t.stack = regs.free()
	regs.setCall(l.code+uint64(len(callBytes)), t.stack, 0, nil)
	return t.writeRegisters(&regs)
}

// leave tells the code that the thread is itself again.
func (l lent) leave(t *tracee) error { return l.write(t, &wire.Lend{Code: l.code}) }

func (l lent) write(t *tracee, lend *wire.Lend) error {
	size := int(unsafe.Sizeof(*lend))
	local := []unix.Iovec{{Base: (*byte)(unsafe.Pointer(lend)), Len: uint64(size)}}
	remote := []unix.RemoteIovec{{Base: uintptr(l.at), Len: size}}
	if n, err := unix.ProcessVMWritev(t.id, local, remote, 0); err != nil || n < size {
		return cmp.Or(err, error(unix.EFAULT))
	}
	return nil
}
