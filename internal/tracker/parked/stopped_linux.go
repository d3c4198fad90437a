//go:build linux && (amd64 || arm64)

package parked

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"

	"golang.org/x/sys/unix"
)

// stopped is a process all threads of which this thread has stopped.
type stopped struct {
	process procfs.Process
	threads []*tracee
	ended   []*tracee // of threads, those that had ended when they were to be let go of
}

// memory returns the process by the number of a thread that there is: one whose first thread has ended has neither
// memory nor mappings by its own.
func (s *stopped) memory() procfs.Process { return procfs.Process(s.threads[0].id) }

// How long a thread may take to stop: one that is ready to run may wait for a processor, and one that
// no signal wakes is mostly waiting for a child of vfork, which may take any time.
const (
	stopWithin       = 100 * time.Millisecond
	stopWakingWithin = 10 * time.Millisecond

	// How long is waited for a moment at which no call would be cut short, and how often it is looked for.
	uncutWithin = 20 * time.Millisecond
	uncutEach   = time.Millisecond
)

// all returns the threads, the first one of the process first.
func (s *stopped) all() (list []Thread) {
	inOrder := slices.SortedFunc(slices.Values(s.threads), func(a, b *tracee) int {
		switch {
		case a.leader:
			return -1
		case b.leader:
			return 1
		}
		return cmp.Compare(a.id, b.id)
	})
	for _, t := range inOrder {
		list = append(list, Thread{ID: t.id, Registers: t.registers(), SignalStack: t.signalStack})
	}
	return list
}

// awaitUncut waits for a moment at which a stop of a process cuts none of its threads' system calls short.
func awaitUncut(p procfs.Process) error {
	for since := time.Now(); ; time.Sleep(uncutEach) {
		ids, err := p.Threads()
		if err != nil {
			return unix.ESRCH
		}
		isCut := func(id int) bool {
			t := &tracee{id: id}
			t.look()
			return t.blocked.wouldBeCut()
		}
		if !slices.ContainsFunc(ids, isCut) {
			return nil
		}
		if time.Since(since) >= uncutWithin {
			return &Error{profile.Cause{Code: profile.CallUnderWay}}
		}
	}
}

// stopAll stops all threads of a process. If that fails, those that have been stopped go on, and the others are
// let go of when this thread ends.
func stopAll(p procfs.Process) (*stopped, error) {
	if err := awaitUncut(p); err != nil {
		return nil, err
	}
	s := &stopped{process: p}
	seized := make(map[int]bool)
	b := newBackoff()
	for {
		fresh, err := s.seize(seized)
		err = cmp.Or(s.await(fresh, b), err)
		if err != nil {
			s.release()
			return nil, err
		}
		if len(fresh) == 0 {
			break // all stand still, so that none can have made another since
		}
	}
	if len(s.threads) == 0 {
		return nil, unix.ESRCH
	}
	return s, nil
}

// seize begins to trace the threads that are not in seized yet, and has them stop. It returns those also if it
// fails for another one.
func (s *stopped) seize(seized map[int]bool) (fresh []*tracee, err error) {
	ids, err := s.process.Threads()
	if err != nil {
		return nil, unix.ESRCH
	}
	// The first thread is the last to stop, and the first to go on: the kernel hands it the signals that are the process's as
	// long as it runs, and a handler that runs elsewhere breaks off other waits.
	for _, id := range slices.Backward(ids) {
		if seized[id] {
			continue
		}
		seized[id] = true
		t := &tracee{id: id, leader: id == int(s.process)}
		t.look()
		switch err := t.seize(); {
		case err == nil:
			fresh = append(fresh, t)
		case !errors.Is(err, unix.ESRCH):
			return fresh, s.notTraced(id, err)
		}
	}
	return fresh, nil
}

// seize begins to trace the thread, and has it stop. The error is ESRCH if it has ended.
func (t *tracee) seize() (err error) {
	for range 3 { // an exec ends its process's first thread, and gives its number to the one that execs
		if err = ptrace(unix.PTRACE_SEIZE, t.id, 0, unix.PTRACE_O_TRACESYSGOOD); err == nil {
			return t.interrupt()
		}
		if t.hasEnded() {
			return unix.ESRCH
		}
	}
	return err
}

// notTraced returns the error for a thread that cannot be traced.
func (s *stopped) notTraced(id int, err error) error {
	if status, statusErr := s.process.ThreadStatus(id); statusErr == nil && status.Tracer != 0 {
		return &Error{profile.Cause{Code: profile.TracedByOther, Number: int64(status.Tracer)}}
	}
	return &Error{profile.Cause{Code: profile.TracingDenied, Detail: err.Error()}}
}

// await waits until the threads have stopped, of which those that end are left out. Where one does not stop, it
// waits for the others nevertheless: only what is known to stand can be let go on as if it never had.
func (s *stopped) await(fresh []*tracee, b backoff) (err error) {
	for _, t := range fresh {
		standing, stuck := s.awaitOne(t, b)
		err = cmp.Or(err, stuck)
		if standing && t.readRegisters() == nil {
			s.threads = append(s.threads, t)
			s.rewind(t)
		}
	}
	return err
}

// awaitOne waits until a thread stands. It reports false if it has ended.
func (s *stopped) awaitOne(t *tracee, b backoff) (standing bool, err error) {
	for {
		how, hasStopped, err := t.poll(false)
		if err == nil && hasStopped {
			standing, err = t.settle(how)
		}
		switch {
		case err != nil:
			return false, nil
		case standing:
			return true, nil
		case !hasStopped && b.isSlow():
			if err := s.lookWhy(t, time.Since(b.since)); err != nil {
				return false, err
			}
		}
		b.wait()
	}
}

// lookWhy looks into why a thread has not stopped after a while. The error says that it is not to be waited
// for any longer.
func (s *stopped) lookWhy(t *tracee, waited time.Duration) error {
	status, err := s.process.ThreadStatus(t.id)
	switch {
	case err != nil, waited < stopWakingWithin, status.State != 'D' && waited < stopWithin:
		return nil
	}
	return &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(t.id)}}
}

// release lets all threads go on as if they had never been stopped.
func (s *stopped) release() {
	for _, t := range slices.Backward(s.threads) {
		s.unwind(t)
		if err := t.resume(unix.PTRACE_DETACH, stop{event: unix.PTRACE_EVENT_STOP}); err != nil {
			s.ended = append(s.ended, t) // one that goes on has ended the process
		} else if t.leader {
			s.awaitSignals(t)
		}
	}
}

// awaitSignals gives the process's first thread, which goes on, the time to take the signals that have come for the process
// meanwhile and that it has handlers for.
func (s *stopped) awaitSignals(t *tracee) {
	for b := newBackoff(); !b.isSlow(); b.wait() {
		status, err := s.process.ThreadStatus(t.id)
		if err != nil || status.Shared&^status.Blocked&status.Caught == 0 {
			return
		}
	}
}

// awaitEnded waits for the threads that have ended before they could be let go of: nobody is told of the process's
// end as long as such are left. own says whether the process is a child of this one, for the end of which another thread waits.
func (s *stopped) awaitEnded(own bool) {
	wait := func(t *tracee) { _, _, _, _ = waitid(t.id, unix.WEXITED) }
	var leader *tracee
	for _, t := range s.ended {
		if t.leader {
			leader = t
		} else {
			wait(t)
		}
	}
	if leader != nil && !own {
		wait(leader) // which ends last
	}
}

// settle takes a thread that has stopped on to where a thread stands that is to be let go: in no delivery
// of a signal, and where the kernel begins again a system call that it has broken off. It reports whether the thread
// is there; if not, it has been let run on to there.
func (t *tracee) settle(s stop) (done bool, err error) {
	if s.event == unix.PTRACE_EVENT_STOP {
		return true, nil
	}
	// Each stop takes back what was asked for before it.
	if err := t.interrupt(); err != nil {
		return false, err
	}
	return false, t.resume(unix.PTRACE_CONT, s)
}

// borrow has the thread, which stands as settle leaves it, do what f has it do, and makes it afterwards what
// it was. With code that is lent to it, it is nowhere else from the first to the last, so that whenever this process
// should be killed the thread becomes what it was.
func (t *tracee) borrow(l lent, f func() error) error {
	blocked, err := t.blockedSignals()
	if err == nil && l.code != 0 {
		err = l.enter(t, blocked)
	}
	if err == nil {
		err = t.blockSignals(^uint64(0))
	}
	if err != nil {
		return errors.Join(err, t.writeRegisters(&t.regs))
	}
	err = f()
	how := stop{signal: callStop}
	for done := false; !done; {
		var settleErr error
		if done, settleErr = t.settle(how); settleErr == nil && !done {
			how, settleErr = t.next()
		}
		if settleErr != nil {
			return errors.Join(err, settleErr)
		}
	}
	err = errors.Join(err, t.blockSignals(blocked), t.writeRegisters(&t.regs))
	if l.code != 0 {
		err = errors.Join(err, l.leave(t))
	}
	return err
}
