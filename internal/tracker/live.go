package tracker

import (
	"errors"
	"time"

	"heapprof/internal/profile"
)

// ErrEnded is the error of asking a recording that has ended.
var ErrEnded = errors.New("the recording has ended")

// ErrNoSuchProcess is the error of asking a recording for a process that it does not record now.
var ErrNoSuchProcess = errors.New("this process is not recorded, or has ended")

// Live is a recording under way: see Options.Live. Its methods may be called by any goroutine. Once the
// recording has ended they return ErrEnded.
type Live struct {
	from liveSource
	pid  int // of the process that is meant; 0: the one that matters most
}

// liveSource is what Live asks. A pid of 0 means the process that matters most.
type liveSource interface {
	processes() ([]LiveProcess, error)
	look(pid int) (*profile.Profile, error)
	profile(pid int) (*profile.Profile, error)
	mark(name string) (string, error)
	stop()
	ended() <-chan struct{}
}

// LiveProcess is a process that is recorded now.
type LiveProcess struct {
	PID     int
	Program string // the path of its executable
	Command string // its command line, as far as it is known; "" with Options.NoCommandLine
	Started bool   // it is the process that was started, or attached to
	Forked  bool   // it began as a copy of another one, with what that had live

	LiveBytes uint64 // of blocks that live; an estimate where blocks are sampled
	PeakBytes uint64 // the most that lived at once, beyond what it has inherited; likewise
	Age       time.Duration
}

// Processes returns the processes that are recorded now, the one that matters most first: the one with the
// largest peak, but that the one that was started counts for a quarter more. It may be none, as before the
// program's first allocation and between two programs.
func (l *Live) Processes() ([]LiveProcess, error) { return l.from.processes() }

// Of returns the same recording, of which Look and Profile are of the process pid, and not of that which matters
// most. They return ErrNoSuchProcess when it is not recorded.
func (l *Live) Of(pid int) *Live { return &Live{l.from, pid} }

// Look returns what is known of a process without a look at each live block, and without the program's noticing:
// by stack what was allocated, what lives, lived at the peak and at most; the timeline, of which the last reading
// is of now and says what is resident; the threads; and what was lost. The profile has only the columns
// Maxima, Peak, End, Temporary and Reallocs, of sampled blocks no Reallocs, and no facts, moments or mappings. It is
// like a dump's: what lives now lives at its end. It shares with others what is never written to: frames, modules, the
// stacks of points. It is not normalized, but no two points have the same frames.
//
// The time that it takes grows with the number of stacks. Names of places that are new take longer, once.
func (l *Live) Look() (*profile.Profile, error) { return l.from.look(l.pid) }

// Profile returns the whole profile of a process as it is now, as a dump that was asked for has it. It goes
// through all live blocks, beside the recording.
func (l *Live) Profile() (*profile.Profile, error) { return l.from.profile(l.pid) }

// Mark marks this moment in all that is recorded, and returns the name that it has got: another one where there
// is one of that name. An error is ErrEnded or a *MarkError.
func (l *Live) Mark(name string) (string, error) { return l.from.mark(name) }

// Stop ends the recording, and does not wait for that: see Ended. A process that was attached to is detached. A
// program that Run has started runs on unrecorded, its hooks doing nothing; Run waits for its end as before, and
// the profiles are of all until Stop, as dumps.
func (l *Live) Stop() { l.from.stop() }

// Ended returns a channel that is closed when the recording has ended.
func (l *Live) Ended() <-chan struct{} { return l.from.ended() }
