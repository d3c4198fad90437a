//go:build linux && (amd64 || arm64)

package halt

import (
	"encoding/binary"
	"time"
	"unsafe"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// Thread is a thread that this thread traces. All methods are for the thread that has begun to.
type Thread struct {
	ID      int  // the kernel's number of it
	leader  bool // whether it is its process's first: its end is for others to wait for
	regs    machine
	pointer uint64 // where its thread-local storage is, if regs does not tell
	blocked blocked
	stack   uint64   // its stack pointer in system calls that it is made to make; 0: it has no stack then
	made    int      // the thread that it was made to clone last, by the number that this process has for it
	failed  *machine // what its registers were at the end of a system call that it is to make again instead; nil: at none
}

// stop is how a thread has stopped.
type stop struct {
	signal unix.Signal
	event  int
}

// callStop is what stops at system calls are told by (PTRACE_O_TRACESYSGOOD).
const callStop = unix.SIGTRAP | 0x80

const (
	wnothread = 0x20000000 // __WNOTHREAD: not what other threads of this process trace

	cldTrapped = 4 // CLD_TRAPPED
	cldStopped = 5 // CLD_STOPPED
)

// poll returns how the thread has stopped; if it has not, stopped is false. The error is ESRCH if it has
// ended.
func (t *Thread) poll() (s stop, stopped bool, err error) {
	code, _, err := waitid(t.ID, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	switch {
	case err != nil:
		return stop{}, false, unix.ESRCH // ECHILD: the exec of another thread has taken its number away
	case code == 0:
		return stop{}, false, nil
	case code != cldTrapped && code != cldStopped:
		if !t.leader {
			_, _, _ = waitid(t.ID, unix.WEXITED|unix.WNOHANG, nil) // lets go of what is left of it
		}
		return stop{}, false, unix.ESRCH
	}
	// A signal that kills may have taken the stop back meanwhile.
	code, status, err := waitid(t.ID, unix.WSTOPPED|unix.WNOHANG, nil)
	if err != nil || code == 0 {
		return stop{}, false, nil
	}
	return stop{unix.Signal(status & 0xff), status >> 8}, true, nil
}

// next waits until the thread stops. The error is ESRCH if it ends.
func (t *Thread) next() (stop, error) {
	for b := NewBackoff(); ; b.Wait() {
		s, stopped, err := t.poll()
		if err != nil || stopped {
			return s, err
		}
		// The end of a process's first thread is not told as long as others of its threads are not waited for.
		if t.leader && b.IsSlow() && t.hasEnded() {
			return stop{}, unix.ESRCH
		}
	}
}

// hasEnded reports whether the thread has ended, whether or not somebody has waited for it.
func (t *Thread) hasEnded() bool {
	status, err := procfs.Process(t.ID).ThreadStatus(t.ID)
	return err != nil || status.State == 'Z' || status.State == 'X'
}

// resume lets the thread run on from a stop: request is PTRACE_CONT, PTRACE_SYSCALL or PTRACE_DETACH. A
// signal that it was about to get is given to it.
func (t *Thread) resume(request int, s stop) error {
	signal := s.signal
	if s.event != 0 || signal == callStop {
		signal = 0
	}
	return ptrace(request, t.ID, 0, uintptr(signal))
}

func (t *Thread) interrupt() error { return ptrace(unix.PTRACE_INTERRUPT, t.ID, 0, 0) }

func (t *Thread) setOptions(options uintptr) error {
	return ptrace(unix.PTRACE_SETOPTIONS, t.ID, 0, options)
}

// readRegisters reads the registers of the thread, which is stopped.
func (t *Thread) readRegisters() error {
	t.pointer = t.threadPointer()
	return t.regset(unix.PTRACE_GETREGSET, &t.regs)
}

func (t *Thread) writeRegisters(regs *machine) error { return t.regset(unix.PTRACE_SETREGSET, regs) }

const ntPrstatus = 1 // NT_PRSTATUS: the general registers

func (t *Thread) regset(request int, regs *machine) error {
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs))}
	v.SetLen(int(unsafe.Sizeof(*regs)))
	return ptracePointer(request, t.ID, ntPrstatus, unsafe.Pointer(&v))
}

// Registers returns what all registers of the thread held when it was stopped, as it stands now.
func (t *Thread) Registers() Registers {
	r := t.regs.values(t.pointer)
	all := make([]byte, mostVectorBytes)
	v := unix.Iovec{Base: &all[0]}
	v.SetLen(len(all))
	if ptracePointer(unix.PTRACE_GETREGSET, t.ID, ntVectors, unsafe.Pointer(&v)) != nil {
		return r
	}
	for all = all[:v.Len]; len(all) >= 8; all = all[8:] {
		if word := binary.NativeEndian.Uint64(all); word != 0 {
			r.Vector = append(r.Vector, word)
		}
	}
	return r
}

const sigsetBytes = 8

// blockedSignals returns which signals the thread wants none of.
func (t *Thread) blockedSignals() (set uint64, err error) {
	return set, ptracePointer(unix.PTRACE_GETSIGMASK, t.ID, sigsetBytes, unsafe.Pointer(&set))
}

// blockSignals has the thread want none of the signals in the set, and all others.
func (t *Thread) blockSignals(set uint64) error {
	return ptracePointer(unix.PTRACE_SETSIGMASK, t.ID, sigsetBytes, unsafe.Pointer(&set))
}

// signalCode returns from where the signal has come that the thread is about to get (siginfo_t: si_code); what is above 0 is the kernel.
func (t *Thread) signalCode() (int32, error) {
	var info unix.Siginfo
	err := ptracePointer(unix.PTRACE_GETSIGINFO, t.ID, 0, unsafe.Pointer(&info))
	return info.Code, err
}

// Call has the thread, which is stopped, make a system call by the instruction at an address. It is stopped
// at the end of the call afterwards, and its registers are those of the call.
func (t *Thread) Call(instruction uint64, number uintptr, arguments ...uint64) (uint64, error) {
	regs := t.regs
	regs.setCall(instruction, t.stack, uint64(number), arguments)
	if err := t.writeRegisters(&regs); err != nil {
		return 0, err
	}
	// It stops when it begins the call and when it ends it; in between only where the whole process was stopped,
	// or is let go on, by a signal that cannot be blocked.
	var s stop
	for stops := 0; stops < 2; {
		err := t.resume(unix.PTRACE_SYSCALL, s)
		if err == nil {
			s, err = t.next()
		}
		if err != nil {
			return 0, err
		}
		switch {
		case s.signal == callStop && s.event == 0:
			stops++
		case s.event == unix.PTRACE_EVENT_CLONE:
			var made uint64
			if err := ptracePointer(unix.PTRACE_GETEVENTMSG, t.ID, 0, unsafe.Pointer(&made)); err != nil {
				return 0, err
			}
			t.made = int(made)
		}
	}
	if err := t.regset(unix.PTRACE_GETREGSET, &regs); err != nil {
		return 0, err
	}
	if result := int64(regs.result()); result < 0 && result > -4096 {
		return 0, unix.Errno(-result)
	}
	return regs.result(), nil
}

// End kills the thread, which is a process of its own that nobody else waits for, and returns how long a processor was
// busy with it.
func (t *Thread) End() (cpu time.Duration) {
	_ = unix.Kill(t.ID, unix.SIGKILL) // fails only if it has ended
	for {
		var usage unix.Rusage
		code, _, err := waitid(t.ID, unix.WEXITED, &usage)
		switch {
		case err != nil:
			return 0
		case code != cldTrapped && code != cldStopped:
			return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
	}
}

// IsLeader reports whether the thread is its process's first.
func (t *Thread) IsLeader() bool { return t.leader }

// PC returns the address at which the thread goes on.
func (t *Thread) PC() uint64 { return t.regs.pc() }

// ThreadPointer returns where the thread's thread-local storage is.
func (t *Thread) ThreadPointer() uint64 { return t.regs.values(t.pointer).ThreadPointer }

// SetPC has the thread go on at another address, which must be that of the same instruction: of one that makes a system call that is
// to be made again, also those in front of it must be the same.
func (t *Thread) SetPC(pc uint64) error {
	moved := t.regs
	moved.setPC(pc)
	if err := t.writeRegisters(&moved); err != nil {
		return err
	}
	if t.failed != nil {
		t.failed.setPC(t.failed.pc() + pc - t.regs.pc())
	}
	t.regs = moved
	return nil
}

// Free returns from where downwards the thread's stack is free.
func (t *Thread) Free() uint64 { return t.regs.free() }

// Begin waits until the process, which this one's tracee has cloned, has stopped before its first instruction, and sets options for it
// (PTRACE_O_…).
func (t *Thread) Begin(options uintptr) error {
	if _, err := t.next(); err != nil {
		return err
	}
	if err := t.setOptions(options); err != nil {
		return err
	}
	return t.readRegisters()
}

// Within calls f, and kills the process, which is the caller's, if that takes longer than a limit.
func (t *Thread) Within(limit time.Duration, f func() error) error {
	killed := make(chan struct{})
	timer := time.AfterFunc(limit, func() {
		_ = unix.Kill(t.ID, unix.SIGKILL)
		close(killed)
	})
	err := f()
	if !timer.Stop() {
		<-killed // the number is another process's once this one has been waited for
	}
	return err
}

// waitid is waitid(2) for a thread that this one traces: how it has changed (CLD_…, 0 for not at all), what tells more of
// that. usage is for what it took of the processor; nil: nothing is to be known of that, which the kernel would ask all threads of its process for.
func waitid(id, options int, usage *unix.Rusage) (code, status int, err error) {
	var info unix.Siginfo
	for {
		if options&unix.WNOHANG != 0 {
			_, err = briefly(unix.SYS_WAITID, unix.P_PID, uintptr(id), uintptr(unsafe.Pointer(&info)), uintptr(options|unix.WALL|wnothread), uintptr(unsafe.Pointer(usage)))
		} else {
			err = unix.Waitid(unix.P_PID, id, &info, options|unix.WALL|wnothread, usage)
		}
		if err != unix.EINTR {
			break
		}
	}
	const statusAt = 24 // siginfo_t: si_status, behind si_pid and si_uid
	return int(info.Code), int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), statusAt))), err
}

func ptrace(request, id int, addr, data uintptr) error {
	_, err := briefly(unix.SYS_PTRACE, uintptr(request), uintptr(id), addr, data, 0)
	return err
}

func ptracePointer(request, id int, addr uintptr, data unsafe.Pointer) error {
	_, err := briefly(unix.SYS_PTRACE, uintptr(request), uintptr(id), addr, uintptr(data), 0)
	return err
}

// briefly makes a system call that does not wait for anything. Go's runtime is not told of it: it might give what the thread needs
// to go on afterwards to others meanwhile, and on a machine that has much to do the thread would wait for that longer than all else takes.
//
//go:uintptrescapes
func briefly(number, a, b, c, d, e uintptr) (uintptr, error) {
	result, _, errno := unix.RawSyscall6(number, a, b, c, d, e, 0)
	if errno != 0 {
		return result, errno
	}
	return result, nil
}
