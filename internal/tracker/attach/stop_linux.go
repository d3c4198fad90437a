//go:build linux && (amd64 || arm64)

package attach

import (
	"errors"
	"runtime/debug"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
)

// mostTries is for how long what may pass is waited for where nothing else is said.
const mostTries = 10 * time.Second

// standWithin is how long it may take until all threads stand: those that do stand wait for it, and for what is done then.
// Each of very many takes some time, whatever is done.
const standWithin, standEach, fewThreads = 25 * time.Millisecond, 60 * time.Microsecond, 500

func standing(p procfs.Process) time.Duration {
	ids, _ := p.Threads()
	return standWithin + time.Duration(max(len(ids)-fewThreads, 0))*standEach
}

// stopped stops a process and calls f meanwhile, and returns how long its threads stood still: 0 if none of them was stopped. Those
// of a stop that fails have stood, too.
func stopped(p procfs.Process, f func(*halt.Stopped) error) (pause time.Duration, err error) {
	done := make(chan struct{})
	defer halt.HurryAll()()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would have the stopped wait for all that it stops
	halt.OnOwnThread(func() {
		defer close(done)
		var s *halt.Stopped
		if s, err = halt.Stop(p, halt.Options{All: standing(p), Stood: func(d time.Duration) { pause = d }}); err != nil {
			return
		}
		defer s.AwaitEnded(false)
		if other := sharer(p); other != 0 {
			err = &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(other)}}
		} else {
			err = f(s)
		}
		s.Release()
		pause = time.Since(s.Begun())
	})
	<-done
	return pause, err
}

// stop is stopped for the target, whose pauses it notes.
func (t *Target) stop(f func(*halt.Stopped) error) error {
	pause, err := stopped(t.Proc, f)
	t.notePause(pause)
	return err
}

// causeOf returns why a process could not be stopped, or nothing be done while it was.
func causeOf(err error) (c profile.Cause, ok bool) {
	var own *Error
	var halted *halt.Error
	switch {
	case errors.As(err, &own):
		return own.Cause, true
	case errors.As(err, &halted):
		return halted.Cause, true
	case errors.Is(err, errNotNow):
		return profile.Cause{Code: profile.ProcessChanging}, true
	}
	return c, false
}

// passes reports whether a cause may be none in a moment.
func passes(c profile.Cause) bool {
	switch c.Code {
	case profile.ThreadNotStopped, profile.CallUnderWay, profile.TracedByOther, profile.LoaderBusy, profile.ProcessChanging, profile.ThreadInHook:
		return true
	}
	return false
}

// patience is how long what may pass is waited for.
type patience struct {
	within  time.Duration       // 0: mostTries
	waiting func(profile.Cause) // is told, once for each cause, what is waited for, when that takes a while; may be nil
	also    profile.CauseCode   // what may pass besides; "": nothing
}

// retry calls try again and again as long as it fails for what may pass. The error is an *Error where it does not.
func (p patience) retry(try func() error) error {
	const silent, longest = 500 * time.Millisecond, 50 * time.Millisecond
	within := p.within
	if within == 0 {
		within = mostTries
	}
	told := make(map[profile.CauseCode]bool)
	for since, pause := time.Now(), time.Millisecond; ; pause = min(2*pause, longest) {
		err := try()
		cause, isCause := causeOf(err)
		switch waited := time.Since(since); {
		case err == nil, !isCause:
			return err
		case !passes(cause) && cause.Code != p.also, waited >= within:
			return &Error{Cause: cause}
		case waited >= silent && p.waiting != nil && !told[cause.Code]:
			told[cause.Code] = true
			p.waiting(cause)
		}
		time.Sleep(pause)
	}
}
