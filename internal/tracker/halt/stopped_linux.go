//go:build linux && (amd64 || arm64)

package halt

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"

	"golang.org/x/sys/unix"
)

// Stopped is a process all threads of which this thread has stopped.
type Stopped struct {
	process procfs.Process
	options Options
	begun   time.Time
	threads []*Thread
	ended   []*Thread // of threads, those that had ended when they were to be let go of
}

// Process returns the process.
func (s *Stopped) Process() procfs.Process { return s.process }

// Memory returns the process by the number of a thread that there is: one whose first thread has ended has neither
// memory nor mappings by its own.
func (s *Stopped) Memory() procfs.Process { return procfs.Process(s.threads[0].ID) }

// Options say how long a stop may take.
type Options struct {
	Uncut  time.Duration // how long is waited for a moment at which no system call would be cut short; 0: 20 ms
	Waking time.Duration // for a thread that no signal wakes, which is mostly waiting for a child of vfork, and may do so for any time; 0: 10 ms
	Within time.Duration // for one that may have to wait for a processor; 0: 100 ms
	All    time.Duration // from the first thread's stop until all stand; 0: any time

	Stood func(time.Duration) // is told how long threads stood for a stop that failed; may be nil
}

func (o Options) orDefault() Options {
	return Options{
		Uncut:  cmp.Or(o.Uncut, 20*time.Millisecond),
		Waking: cmp.Or(o.Waking, 10*time.Millisecond),
		Within: cmp.Or(o.Within, 100*time.Millisecond),
		All:    o.All,
		Stood:  o.Stood,
	}
}

// uncutEach is how often a moment is looked for at which no call would be cut short.
const uncutEach = time.Millisecond

// Threads returns the threads, the first one of the process first.
func (s *Stopped) Threads() []*Thread {
	return slices.SortedFunc(slices.Values(s.threads), func(a, b *Thread) int {
		switch {
		case a.leader:
			return -1
		case b.leader:
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// awaitUncut waits for a moment at which a stop of a process cuts none of its threads' system calls short.
func awaitUncut(p procfs.Process, atMost time.Duration) error {
	for since := time.Now(); ; time.Sleep(uncutEach) {
		ids, err := p.Threads()
		if err != nil {
			return unix.ESRCH
		}
		isCut := func(id int) bool {
			t := &Thread{ID: id}
			t.look()
			return t.blocked.wouldBeCut()
		}
		if !slices.ContainsFunc(ids, isCut) {
			return nil
		}
		if time.Since(since) >= atMost {
			return &Error{profile.Cause{Code: profile.CallUnderWay}}
		}
	}
}

// Stop stops all threads of a process. If that fails, those that have been stopped go on, and the others are
// let go of when this thread ends. The error is an *Error, or ESRCH for a process that has ended.
func Stop(p procfs.Process, o Options) (*Stopped, error) {
	o = o.orDefault()
	if err := awaitUncut(p, o.Uncut); err != nil {
		return nil, err
	}
	s := &Stopped{process: p, options: o, begun: time.Now()}
	seized := make(map[int]bool)
	b := NewBackoff()
	for {
		fresh, err := s.seize(seized)
		err = cmp.Or(s.await(fresh, b), err)
		if err != nil {
			s.Release()
			if o.Stood != nil && len(s.threads) > 0 {
				o.Stood(time.Since(s.begun))
			}
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
func (s *Stopped) seize(seized map[int]bool) (fresh []*Thread, err error) {
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
		t := &Thread{ID: id, leader: id == int(s.process)}
		if needsBlocked {
			t.look()
		}
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
func (t *Thread) seize() (err error) {
	for range 3 { // an exec ends its process's first thread, and gives its number to the one that execs
		if err = ptrace(unix.PTRACE_SEIZE, t.ID, 0, unix.PTRACE_O_TRACESYSGOOD); err == nil {
			return t.interrupt()
		}
		if t.hasEnded() {
			return unix.ESRCH
		}
	}
	return err
}

// notTraced returns the error for a thread that cannot be traced.
func (s *Stopped) notTraced(id int, err error) error {
	if status, statusErr := s.process.ThreadStatus(id); statusErr == nil && status.Tracer != 0 {
		return &Error{profile.Cause{Code: profile.TracedByOther, Number: int64(status.Tracer)}}
	}
	return &Error{profile.Cause{Code: profile.TracingDenied, Detail: err.Error()}}
}

// await waits until the threads have stopped, of which those that end are left out. Where one does not stop, it
// waits for the others nevertheless: only what is known to stand can be let go on as if it never had.
func (s *Stopped) await(fresh []*Thread, b Backoff) (err error) {
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
func (s *Stopped) awaitOne(t *Thread, b Backoff) (standing bool, err error) {
	for {
		how, hasStopped, err := t.poll()
		if err == nil && hasStopped {
			standing, err = t.settle(how)
		}
		switch {
		case err != nil:
			return false, nil
		case standing:
			return true, nil
		case !hasStopped && b.IsSlow():
			if err := s.lookWhy(t, time.Since(b.since)); err != nil {
				return false, err
			}
		}
		b.Wait()
	}
}

// lookWhy looks into why a thread has not stopped after a while. The error says that it is not to be waited
// for any longer.
func (s *Stopped) lookWhy(t *Thread, waited time.Duration) error {
	status, err := s.process.ThreadStatus(t.ID)
	switch {
	case err == nil && s.options.All != 0 && time.Since(s.begun) > s.options.All:
		return &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(t.ID)}}
	case err != nil, waited < s.options.Waking, status.State != 'D' && waited < s.options.Within:
		return nil
	}
	return &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(t.ID)}}
}

// Begun returns when the first thread was to stop.
func (s *Stopped) Begun() time.Time { return s.begun }

// Release lets all threads go on as if they had never been stopped.
func (s *Stopped) Release() {
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
func (s *Stopped) awaitSignals(t *Thread) {
	for b := NewBackoff(); !b.IsSlow(); b.Wait() {
		status, err := s.process.ThreadStatus(t.ID)
		if err != nil || status.Shared&^status.Blocked&status.Caught == 0 {
			return
		}
	}
}

// AwaitEnded waits for the threads that have ended before they could be let go of: nobody is told of the process's
// end as long as such are left. own says whether the process is a child of this one, for the end of which another thread waits.
func (s *Stopped) AwaitEnded(own bool) {
	wait := func(t *Thread) { _, _, _ = waitid(t.ID, unix.WEXITED, nil) }
	var leader *Thread
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
func (t *Thread) settle(s stop) (done bool, err error) {
	if s.event == unix.PTRACE_EVENT_STOP {
		return true, nil
	}
	// Each stop takes back what was asked for before it.
	if err := t.interrupt(); err != nil {
		return false, err
	}
	return false, t.resume(unix.PTRACE_CONT, s)
}

// Borrow has the thread, which stands as settle leaves it, do what f has it do, and makes it afterwards what
// it was. With code that is lent to it, it is nowhere else from the first to the last, so that whenever this process
// should be killed the thread becomes what it was.
func (t *Thread) Borrow(l Lent, f func() error) error {
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
	usual := func() {}
	if l.urgent {
		usual = urgently(t.ID)
	}
	err = f()
	how := stop{signal: callStop}
	for done := false; !done; {
		var settleErr error
		if done, settleErr = t.settle(how); settleErr == nil && !done {
			how, settleErr = t.next()
		}
		if settleErr != nil {
			usual()
			return errors.Join(err, settleErr)
		}
	}
	usual() // as long as it is where it would give that up itself
	err = errors.Join(err, t.blockSignals(blocked), t.writeRegisters(&t.regs))
	if l.code != 0 {
		err = errors.Join(err, l.leave(t))
	}
	return err
}
