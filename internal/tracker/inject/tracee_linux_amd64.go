package inject

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"unsafe"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// tracee is a program that this thread has started under ptrace(2). It is stopped
// before its first instruction; nothing of its own has run yet. All methods are for
// the thread that started it.
type tracee struct {
	pid     int
	mem     *os.File         // /proc/PID/mem
	regs    unix.PtraceRegs  // before its first instruction
	blocked uint64           // the signals that it blocks
	code    [4]byte          // its first instructions
	pending []syscall.Signal // signals that stopped it, which it is to get when it is released
}

// enterCode takes the place of the program's first instructions while it is made to
// do something: a system call, and a breakpoint to which calls return.
var enterCode = [4]byte{0x0f, 0x05 /* syscall */, 0xcc /* int3 */, 0xcc}

const returnAt = 2 // the offset of the breakpoint in enterCode

const sigsetBytes = 8

// attach takes up the child pid, which has asked to be traced and was just started.
func attach(pid int) (*tracee, error) {
	t := &tracee{pid: pid}
	if err := t.wait(func() error { return unix.PtraceCont(pid, 0) }); err != nil {
		return nil, err
	}
	// Signals from outside wait until it runs by itself.
	allButTraps := ^(uint64(1) << (unix.SIGTRAP - 1))
	for _, step := range []func() error{
		// If the recorder is killed now, the program must not run on half prepared.
		func() error { return unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL) },
		func() error { return unix.PtraceGetRegs(pid, &t.regs) },
		func() error { return ptrace(unix.PTRACE_GETSIGMASK, pid, sigsetBytes, unsafe.Pointer(&t.blocked)) },
		func() error { return ptrace(unix.PTRACE_SETSIGMASK, pid, sigsetBytes, unsafe.Pointer(&allButTraps)) },
		func() (err error) {
			t.mem, err = os.OpenFile(procfs.Process(pid).Path("mem"), os.O_RDWR, 0)
			return err
		},
		func() error { return t.read(t.regs.Rip, t.code[:]) },
		func() error { return t.poke(t.regs.Rip, enterCode[:]) },
	} {
		if err := step(); err != nil {
			t.close()
			return nil, err
		}
	}
	return t, nil
}

// release lets the program begin as if it had only now been started, with the thread
// pointer fsBase. Nothing of ptrace is left.
func (t *tracee) release(fsBase uint64) error {
	regs := t.regs
	regs.Fs_base = fsBase
	for _, step := range []func() error{
		func() error { return t.poke(regs.Rip, t.code[:]) },
		func() error { return unix.PtraceSetRegs(t.pid, &regs) },
		func() error { return ptrace(unix.PTRACE_SETSIGMASK, t.pid, sigsetBytes, unsafe.Pointer(&t.blocked)) },
		func() error { return unix.PtraceDetach(t.pid) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, s := range t.pending {
		unix.Kill(t.pid, s) // fails only if it has ended
	}
	return nil
}

func (t *tracee) close() {
	if t.mem != nil {
		t.mem.Close()
	}
}

func (t *tracee) read(at uint64, b []byte) error {
	_, err := t.mem.ReadAt(b, int64(at))
	return memoryError(err)
}

func (t *tracee) write(at uint64, b []byte) error {
	_, err := t.mem.WriteAt(b, int64(at))
	return memoryError(err)
}

// memoryError returns the error for one of a memory file: its end means that the program
// has no memory any more, so that it has ended.
func memoryError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return unix.ESRCH
	}
	return err
}

// poke writes over the program's code at an address. Linux may be configured not to let
// /proc/PID/mem do so.
func (t *tracee) poke(at uint64, b []byte) error {
	_, err := unix.PtracePokeText(t.pid, uintptr(at), b)
	return err
}

// readValue reads a value of fixed size.
func (t *tracee) readValue(at uint64, v any) error {
	b := make([]byte, binary.Size(v))
	if err := t.read(at, b); err != nil {
		return err
	}
	_, err := binary.Decode(b, binary.LittleEndian, v)
	return err
}

func (t *tracee) writeValue(at uint64, v any) error { return t.write(at, encode(v)) }

// syscall has the program make a system call.
func (t *tracee) syscall(number uint64, arguments ...uint64) (uint64, error) {
	regs := t.regs
	regs.Rax = number
	for i, r := range []*uint64{&regs.Rdi, &regs.Rsi, &regs.Rdx, &regs.R10, &regs.R8, &regs.R9} {
		if *r = 0; i < len(arguments) {
			*r = arguments[i]
		}
	}
	if err := t.run(&regs, func() error { return unix.PtraceSingleStep(t.pid) }); err != nil {
		return 0, err
	}
	if result := int64(regs.Rax); result < 0 && result > -4096 {
		return 0, unix.Errno(-result)
	}
	return regs.Rax, nil
}

// call has the program call the function at an address with one argument, on a stack that
// ends at the address stack, and with the thread pointer fsBase.
func (t *tracee) call(function, argument, stack, fsBase uint64) error {
	end := t.regs.Rip + returnAt
	regs := t.regs
	regs.Rip, regs.Rdi, regs.Rsp, regs.Fs_base = function, argument, stack&^15-8, fsBase
	if err := t.writeValue(regs.Rsp, end); err != nil {
		return err
	}
	if err := t.run(&regs, func() error { return unix.PtraceCont(t.pid, 0) }); err != nil {
		return err
	}
	if regs.Rip != end+1 {
		return fmt.Errorf("it stopped at %#x", regs.Rip)
	}
	return nil
}

// run lets the program run with the given registers until it stops, and reads the registers
// back.
func (t *tracee) run(regs *unix.PtraceRegs, resume func() error) error {
	regs.Orig_rax = ^uint64(0) // it is in no system call that would be restarted
	if err := unix.PtraceSetRegs(t.pid, regs); err != nil {
		return err
	}
	if err := resume(); err != nil {
		return err
	}
	if err := t.wait(resume); err != nil {
		return err
	}
	return unix.PtraceGetRegs(t.pid, regs)
}

// wait waits until the program stops at a trap. Other signals that stop it meanwhile are
// kept, to be sent when it is released; after each, resume lets the program run on. The
// error is unix.ESRCH if the program ends instead.
func (t *tracee) wait(resume func() error) error {
	for {
		// WNOWAIT, as the program's end is for another caller of wait to see.
		reason, signal, err := waitid(t.pid, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT)
		if err != nil {
			return err
		}
		if reason != trapped && reason != stopped {
			return unix.ESRCH
		}
		if _, _, err := waitid(t.pid, unix.WSTOPPED); err != nil {
			return err
		}
		switch signal {
		case unix.SIGTRAP:
			return nil
		case unix.SIGSEGV, unix.SIGBUS, unix.SIGILL, unix.SIGFPE, unix.SIGSYS:
			return fmt.Errorf("it was stopped by %v", signal)
		}
		t.pending = append(t.pending, signal)
		if err := resume(); err != nil {
			return err
		}
	}
}

// hasEnded reports whether a child that nobody has waited for has ended.
func hasEnded(pid int) bool {
	reason, _, err := waitid(pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	return err == nil && reason != 0 && reason != trapped && reason != stopped
}

// What si_code says of a child (sigaction(2)).
const (
	trapped = 4 // CLD_TRAPPED
	stopped = 5 // CLD_STOPPED
)

// waitid is waitid(2) for a child: the reason (CLD_…), and the signal if there was one.
func waitid(pid, options int) (reason int, signal syscall.Signal, err error) {
	var info unix.Siginfo
	for {
		err = unix.Waitid(unix.P_PID, pid, &info, options|unix.WALL, nil)
		if err != unix.EINTR {
			break
		}
	}
	const statusAt = 24 // siginfo_t: si_status, behind si_pid and si_uid
	return int(info.Code), syscall.Signal(*(*int32)(unsafe.Add(unsafe.Pointer(&info), statusAt))), err
}

func ptrace(request, pid int, addr uintptr, data unsafe.Pointer) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(pid), addr, uintptr(data), 0, 0); errno != 0 {
		return errno
	}
	return nil
}
