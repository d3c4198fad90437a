//go:build linux && (amd64 || arm64)

package halt

import (
	"cmp"
	"unsafe"

	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// Lent is code of the tracker library in which a thread makes system calls: should this process be killed before the
// thread is itself again, the code makes it so. Without such code the thread has no stack meanwhile, so that it ends at
// the next instructions instead of going on with wrong values.
type Lent struct {
	at, code uint64 // 0: there is none
	forced   bool   // whether at is where the program itself may not write
	urgent   bool   // whether the thread is to go before others meanwhile, which the code must give up (urgentStub)
}

// Code returns the address of the code, which begins with a system call; 0: there is none.
func (l Lent) Code() uint64 { return l.code }

// Lender returns the process's code, if it has any: at is the address of its wire.Lend, as the process has said, or
// whatever it has written over that.
func (s *Stopped) Lender(at uint64) Lent {
	if at == 0 {
		return Lent{}
	}
	code, err := s.word(at)
	if err != nil {
		return Lent{}
	}
	if taken, err := s.word(at + uint64(unsafe.Offsetof(wire.Lend{}.Taken))); err != nil || taken != 0 {
		return Lent{} // there is room for one thread
	}
	const magicBytes = 8
	if magic, err := s.word(code - magicBytes); err != nil || magic != wire.LendMagic {
		return Lent{}
	}
	return Lent{at: at, code: code}
}

// enter has a thread, which stands, be in the code, behind its system call, and tells the code what it is to give back.
// mask is the signals that the thread wants none of.
func (l Lent) enter(t *Thread, mask uint64) error {
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
func (l Lent) leave(t *Thread) error { return l.write(t, &wire.Lend{Code: l.code}) }

func (l Lent) write(t *Thread, lend *wire.Lend) error {
	if l.forced {
		return writeForced(t.ID, unsafe.Slice((*byte)(unsafe.Pointer(lend)), unsafe.Sizeof(*lend)), l.at)
	}
	size := int(unsafe.Sizeof(*lend))
	local := []unix.Iovec{{Base: (*byte)(unsafe.Pointer(lend)), Len: uint64(size)}}
	remote := []unix.RemoteIovec{{Base: uintptr(l.at), Len: size}}
	if n, err := unix.ProcessVMWritev(t.ID, local, remote, 0); err != nil || n < size {
		return cmp.Or(err, error(unix.EFAULT))
	}
	return nil
}
