//go:build linux && (amd64 || arm64)

package halt

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"heapprof/internal/profile"

	"golang.org/x/sys/unix"
)

// BorrowOptions is what a thread is to be good for.
type BorrowOptions struct {
	// Calls are the system calls that are to be made. A thread that filters keep from one of them is not borrowed.
	Calls []SystemCall
}

// Caller is a thread that has been made in a process to make system calls and to call functions there. It has the thread pointer
// of one of the process's own, all signals blocked, and no stack of its own. The process is not to be let go before it has ended.
type Caller struct {
	stopped *Stopped
	helper  *Thread
	code    uint64 // of the stub
	taken   []unix.Signal
}

// helperThreadFlags are those of the C library for a thread, as filters of system calls may let through just these. Neither place for the
// thread's id is given, to which the kernel, then, writes nothing.
const helperThreadFlags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM |
	unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID

// Borrow has one of the threads make another one in the process, for f to make use of, and is itself again at once. The other one ends
// before Borrow returns.
//
// Both stand in a stub meanwhile, which is written where a page of code has room behind the code: should this process be killed the
// one becomes what it was, and the other one ends, when it has returned from the function that it is in, if it is in one. Only the stub
// stays, where nothing reads it. The error is an *Error if no thread can be borrowed.
func (s *Stopped) Borrow(o BorrowOptions, f func(*Caller) error) (err error) {
	if len(stub) == 0 {
		return errors.ErrUnsupported
	}
	t, err := s.borrowable(o)
	if err != nil {
		return err
	}
	at := slack(s.Memory(), stubBytes)
	if at == 0 {
		return &Error{profile.Cause{Code: profile.NoRoomForCode}}
	}
	was, err := s.beneath(at)
	if err != nil {
		return err
	}
	if was == nil {
		was = make([]byte, stubBytes)
		if _, err := ReadMemory(t.ID, was, at); err != nil {
			return err
		}
	}
	code, urgent := stub, s.isForUrgency(t)
	if urgent {
		code = urgentStub
	}
	if err := writeForced(t.ID, code, at); err != nil {
		return &Error{profile.Cause{Code: profile.CodeProtected, Detail: err.Error()}}
	}
	defer func() { err = errors.Join(err, writeForced(int(s.Memory()), was, at)) }()
	c, err := s.makeHelper(t, at, urgent)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.end())
}

// borrowable returns a thread that can be borrowed.
func (s *Stopped) borrowable(o BorrowOptions) (*Thread, error) {
	cause := profile.Cause{Code: profile.ThreadNotStopped}
	own := OwnFilters()
	for _, t := range s.threads {
		if !s.MayCall(t) {
			cause.Number = int64(t.ID)
			continue
		}
		forbidden, err := s.forbidden(t, own, o.Calls)
		if err == nil && forbidden == "" {
			return t, nil
		}
		if cause = (profile.Cause{Code: profile.CallsFiltered}); err != nil {
			cause.Detail = err.Error()
		} else {
			cause = profile.Cause{Code: profile.CallForbidden, Names: []string{forbidden}}
		}
	}
	return nil, &Error{cause}
}

// forbidden returns the name of a system call that a thread's filters do not let through; "": there is none. own is how many filters
// this process has itself.
func (s *Stopped) forbidden(t *Thread, own int, calls []SystemCall) (string, error) {
	if !IsFiltered(s.process, t.ID, own) {
		return "", nil
	}
	f, err := s.FiltersOf(t)
	if err != nil {
		return "", err
	}
	calls = append([]SystemCall{
		{Name: "clone", Number: unix.SYS_CLONE, Arguments: [6]uint64{helperThreadFlags, 1}},
		{Name: "exit", Number: unix.SYS_EXIT},
		{Name: "rt_sigprocmask", Number: unix.SYS_RT_SIGPROCMASK, Arguments: [6]uint64{2, 0, 0, sigsetBytes}},
	}, calls...)
	i := slices.IndexFunc(calls, func(c SystemCall) bool { return !f.Allows(c) })
	if i < 0 {
		return "", nil
	}
	return calls[i].Name, nil
}

// FiltersOf returns the filters of a thread. The error is that there are some and that they are not to be known.
func (s *Stopped) FiltersOf(t *Thread) (Filters, error) {
	status, err := s.process.ThreadStatus(t.ID)
	switch {
	case err != nil:
		return Filters{}, err
	case status.Seccomp == seccompOff:
		return Filters{}, nil
	case status.Seccomp != seccompFilter:
		return Filters{}, errors.New("it may make hardly any (SECCOMP_MODE_STRICT)")
	}
	return t.filters()
}

// makeHelper has a thread make another one, which stands in the stub at an address, and urgently if the stub is for that.
func (s *Stopped) makeHelper(t *Thread, code uint64, urgent bool) (*Caller, error) {
	var helper *Thread
	err := t.Borrow(Lent{at: code + stubLend, code: code, forced: true, urgent: urgent}, func() error {
		const ends = 1 // as a stack: it is to end
		err := t.setOptions(unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE)
		if err == nil {
			_, err = t.Call(code, unix.SYS_CLONE, helperThreadFlags, ends, 0, 0, t.ThreadPointer())
		}
		if err = cmp.Or(err, t.setOptions(unix.PTRACE_O_TRACESYSGOOD)); err != nil {
			return err
		}
		helper = &Thread{ID: t.made, stack: ends}
		hurry(helper.ID)
		return helper.Begin(unix.PTRACE_O_TRACESYSGOOD)
	})
	switch {
	case errors.Is(err, unix.EAGAIN):
		err = &Error{profile.Cause{Code: profile.TooManyProcesses}}
	case err == nil:
		// A fault is to be seen here: at one that is blocked the kernel takes the program's handler away.
		err = helper.blockSignals(^faults)
	}
	if helper == nil {
		return nil, cmp.Or(err, error(unix.ESRCH))
	}
	c := &Caller{stopped: s, helper: helper, code: code}
	if err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

// faults are the signals of an instruction that cannot be executed.
const faults = uint64(1)<<(unix.SIGSEGV-1) | 1<<(unix.SIGBUS-1) | 1<<(unix.SIGILL-1) | 1<<(unix.SIGFPE-1) | 1<<(unix.SIGTRAP-1) | 1<<(unix.SIGSYS-1)

// Syscall makes a system call. The error is an unix.Errno, or another one if the process has ended.
func (c *Caller) Syscall(number uintptr, arguments ...uint64) (uint64, error) {
	return c.helper.Call(c.code, number, arguments...)
}

// TimeoutError is the error of a function that has not returned in time.
type TimeoutError struct{ At uint64 } // where it was

func (e *TimeoutError) Error() string { return fmt.Sprintf("it has not returned, and is at %#x", e.At) }

// FaultError is the error of a function that cannot go on.
type FaultError struct {
	Signal unix.Signal
	At     uint64 // where it was
}

func (e *FaultError) Error() string { return fmt.Sprintf("%v at %#x", e.Signal, e.At) }

// Call calls a function of the process with an argument, and returns what it returns. The stack is the address behind the memory
// that is to be its stack, a multiple of 16. The function may take so long at most; it must not end its thread. Of a fault in it the program's
// handlers see nothing.
func (c *Caller) Call(function, argument, stack uint64, atMost time.Duration) (uint64, error) {
	t := c.helper
	if err := WriteMemory(t.ID, binary.LittleEndian.AppendUint64(nil, c.code+stubEnd), stack-8); err != nil {
		return 0, err
	}
	regs := t.regs
	regs.setFunction(function, argument, stack-8)
	if err := t.writeRegisters(&regs); err != nil {
		return 0, err
	}
	until := time.Now().Add(atMost)
	var s stop
	for {
		err := t.resume(unix.PTRACE_SYSCALL, s)
		if err == nil {
			s, err = t.nextUntil(until)
		}
		if err != nil {
			return 0, err
		}
		if err := t.regset(unix.PTRACE_GETREGSET, &regs); err != nil {
			return 0, err
		}
		switch isFault := s.event == 0 && s.signal != callStop && faults&(1<<(s.signal-1)) != 0; {
		case isFault && t.isFaultOfKernel():
			return 0, &FaultError{Signal: s.signal, At: regs.pc()}
		case isFault:
			c.taken = append(c.taken, s.signal) // somebody has sent it to the process: see end
			s.signal = 0
		case s.event == unix.PTRACE_EVENT_STOP && time.Now().After(until):
			return 0, &TimeoutError{At: regs.pc()}
		case s.signal == callStop && s.event == 0 && regs.pc() == c.code+stubEndCall:
			result := regs.returned()
			regs.skipCall()
			if err := t.writeRegisters(&regs); err != nil {
				return 0, err
			}
			if err := t.resume(unix.PTRACE_SYSCALL, stop{}); err != nil {
				return 0, err
			}
			_, err := t.next()
			return result, err
		}
	}
}

// isFaultOfKernel reports whether the signal that the thread is about to get was not sent by a process.
func (t *Thread) isFaultOfKernel() bool {
	code, err := t.signalCode()
	return err != nil || code > 0
}

// nextUntil waits until the thread stops; when a time has come it is stopped.
func (t *Thread) nextUntil(until time.Time) (stop, error) {
	late := false
	for b := NewBackoff(); ; b.Wait() {
		s, stopped, err := t.poll()
		if err != nil || stopped {
			return s, err
		}
		if !late && time.Now().After(until) {
			late = true
			if err := t.interrupt(); err != nil {
				return stop{}, err
			}
		}
	}
}

// end has the helper end, and waits until it is gone.
func (c *Caller) end() error {
	t := c.helper
	regs := t.regs
	regs.setEnd(c.code + stubEnd)
	err := t.writeRegisters(&regs)
	var s stop
	for err == nil {
		if err = t.resume(unix.PTRACE_CONT, s); err == nil {
			s, err = t.next()
		}
		if s.event == 0 && s.signal != callStop {
			if s.signal != 0 && t.isFaultOfKernel() {
				s.signal = 0
				_ = t.writeRegisters(&regs)
			} else if s.signal != 0 {
				c.taken = append(c.taken, s.signal)
				s.signal = 0
			}
		}
	}
	for _, signal := range c.taken {
		_ = unix.Kill(int(c.stopped.process), signal) // fails only if it has ended
	}
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}
