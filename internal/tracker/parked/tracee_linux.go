//go:build linux && (amd64 || arm64)

package parked

import (
	"encoding/binary"
	"time"
	"unsafe"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// tracee is a thread that this thread traces. All methods are for the thread that has begun to.
type tracee struct {
	id          int
	leader      bool // whether it is its process's first: its end is for others to wait for
	regs        machine
	pointer     uint64 // where its thread-local storage is, if regs does not tell
	blocked     blocked
	stack       uint64   // its stack pointer in system calls that it is made to make; 0: it has no stack then
	failed      *machine // what its registers were at the end of a system call that it is to make again instead; nil: at none
	signalStack uint64   // where it has one; 0: it has none, or has not been asked
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
// ended. With block it waits for either.
func (t *tracee) poll(block bool) (s stop, stopped bool, err error) {
	options := unix.WSTOPPED | unix.WEXITED | unix.WNOWAIT
	if !block {
		options |= unix.WNOHANG
	}
	code, _, _, err := waitid(t.id, options)
	switch {
	case err != nil:
		return stop{}, false, unix.ESRCH // ECHILD: the exec of another thread has taken its number away
	case code == 0:
		return stop{}, false, nil
	case code != cldTrapped && code != cldStopped:
		if !t.leader {
			_, _, _, _ = waitid(t.id, unix.WEXITED|unix.WNOHANG) // lets go of what is left of it
		}
		return stop{}, false, unix.ESRCH
	}
	// A signal that kills may have taken the stop back meanwhile.
	code, status, _, err := waitid(t.id, unix.WSTOPPED|unix.WNOHANG)
	if err != nil || code == 0 {
		return stop{}, false, nil
	}
	return stop{unix.Signal(status & 0xff), status >> 8}, true, nil
}

// next waits until the thread stops. The error is ESRCH if it ends.
func (t *tracee) next() (stop, error) {
	for b := newBackoff(); ; b.wait() {
		// The end of a process's first thread is not told as long as others of its threads are not waited for.
		s, stopped, err := t.poll(!t.leader)
		if err != nil || stopped {
			return s, err
		}
		if t.leader && b.isSlow() && t.hasEnded() {
			return stop{}, unix.ESRCH
		}
	}
}

// hasEnded reports whether the thread has ended, whether or not somebody has waited for it.
func (t *tracee) hasEnded() bool {
	status, err := procfs.Process(t.id).ThreadStatus(t.id)
	return err != nil || status.State == 'Z' || status.State == 'X'
}

// resume lets the thread run on from a stop: request is PTRACE_CONT, PTRACE_SYSCALL or PTRACE_DETACH. A
// signal that it was about to get is given to it.
func (t *tracee) resume(request int, s stop) error {
	signal := s.signal
	if s.event != 0 || signal == callStop {
		signal = 0
	}
	return ptrace(request, t.id, 0, uintptr(signal))
}

func (t *tracee) interrupt() error { return ptrace(unix.PTRACE_INTERRUPT, t.id, 0, 0) }

func (t *tracee) setOptions(options uintptr) error {
	return ptrace(unix.PTRACE_SETOPTIONS, t.id, 0, options)
}

// readRegisters reads the registers of the thread, which is stopped.
func (t *tracee) readRegisters() error {
	t.pointer = t.threadPointer()
	return t.regset(unix.PTRACE_GETREGSET, &t.regs)
}

func (t *tracee) writeRegisters(regs *machine) error { return t.regset(unix.PTRACE_SETREGSET, regs) }

const ntPrstatus = 1 // NT_PRSTATUS: the general registers

func (t *tracee) regset(request int, regs *machine) error {
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs))}
	v.SetLen(int(unsafe.Sizeof(*regs)))
	return ptracePointer(request, t.id, ntPrstatus, unsafe.Pointer(&v))
}

// registers returns what all registers of the thread held when it was stopped, as it stands now.
func (t *tracee) registers() Registers {
	r := t.regs.values(t.pointer)
	all := make([]byte, mostVectorBytes)
	v := unix.Iovec{Base: &all[0]}
	v.SetLen(len(all))
	if ptracePointer(unix.PTRACE_GETREGSET, t.id, ntVectors, unsafe.Pointer(&v)) != nil {
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
func (t *tracee) blockedSignals() (set uint64, err error) {
	return set, ptracePointer(unix.PTRACE_GETSIGMASK, t.id, sigsetBytes, unsafe.Pointer(&set))
}

// blockSignals has the thread want none of the signals in the set, and all others.
func (t *tracee) blockSignals(set uint64) error {
	return ptracePointer(unix.PTRACE_SETSIGMASK, t.id, sigsetBytes, unsafe.Pointer(&set))
}

// call has the thread, which is stopped, make a system call by the instruction at an address. It is stopped
// at the end of the call afterwards, and its registers are those of the call.
func (t *tracee) call(instruction uint64, number uintptr, arguments ...uint64) (uint64, error) {
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
		if s.signal == callStop && s.event == 0 {
			stops++
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

// end kills the thread, which is a process of its own that nobody else waits for, and returns how long a processor was
// busy with it.
func (t *tracee) end() (cpu time.Duration) {
	_ = unix.Kill(t.id, unix.SIGKILL) // fails only if it has ended
	for {
		code, _, usage, err := waitid(t.id, unix.WEXITED)
		switch {
		case err != nil:
			return 0
		case code != cldTrapped && code != cldStopped:
			return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
	}
}

// waitid is waitid(2) for a thread that this one traces: how it has changed (CLD_…, 0 for not at all), what tells more of
// that, and what it took of the processor.
func waitid(id, options int) (code, status int, usage unix.Rusage, err error) {
	var info unix.Siginfo
	for {
		err = unix.Waitid(unix.P_PID, id, &info, options|unix.WALL|wnothread, &usage)
		if err != unix.EINTR {
			break
		}
	}
	const statusAt = 24 // siginfo_t: si_status, behind si_pid and si_uid
	return int(info.Code), int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), statusAt))), usage, err
}

func ptrace(request, id int, addr, data uintptr) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(id), addr, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func ptracePointer(request, id int, addr uintptr, data unsafe.Pointer) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(id), addr, uintptr(data), 0, 0); errno != 0 {
		return errno
	}
	return nil
}
