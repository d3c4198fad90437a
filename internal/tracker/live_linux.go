//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"sync"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// liveRecording is a recording whose user looks at it while it is under way.
type liveRecording struct {
	of   *recording
	done chan struct{} // closed when the Reader has read all

	using sync.RWMutex // held for reading by whoever uses the recording, which goes away after its end

	looking sync.Mutex // guards looks
	looks   map[int]*looks
}

// goLive tells who wants to know that recording has begun. What it returns is to be called when the Reader has read
// all: it returns when nobody uses the recording any more.
func (r *recording) goLive() (end func()) {
	if r.options.Live == nil {
		return func() {}
	}
	l := &liveRecording{of: r, done: make(chan struct{}), looks: make(map[int]*looks)}
	var user sync.WaitGroup
	user.Go(func() { r.options.Live(&Live{from: l}) })
	return func() {
		close(l.done)
		l.using.Lock() // until then somebody may be at work
		l.looks = nil
		l.using.Unlock()
		user.Wait()
	}
}

// use reports whether the recording can be used, until what it returns is called.
func (l *liveRecording) use() (done func(), err error) {
	l.using.RLock()
	select {
	case <-l.done:
		l.using.RUnlock()
		return nil, ErrEnded
	default:
		return l.using.RUnlock, nil
	}
}

func (l *liveRecording) ended() <-chan struct{} { return l.done }

func (l *liveRecording) stop() { l.of.end() }

// running returns the images that run, that which matters most first.
func (l *liveRecording) running() []replay.Living {
	all := l.of.reader.Living()
	root := l.of.root.PID
	weight := func(i *replay.Living) uint64 {
		c := candidate{own: heap.Own{Peak: i.Peak}, start: i.RunsIn(root)}
		return c.weight()
	}
	slices.SortFunc(all, func(a, b replay.Living) int {
		return cmp.Or(cmp.Compare(weight(&b), weight(&a)), cmp.Compare(a.Index, b.Index))
	})
	return all
}

func (l *liveRecording) processes() (all []LiveProcess, err error) {
	done, err := l.use()
	if err != nil {
		return nil, err
	}
	defer done()
	now := l.of.reader.Now()
	for _, i := range l.running() {
		p := LiveProcess{
			PID: i.PID, Program: i.Program, Command: i.Command, Started: i.RunsIn(l.of.root.PID), Forked: i.Parent >= 0,
			LiveBytes: i.LiveBytes, PeakBytes: i.Peak, Age: l.of.since(i.Start, now),
		}
		if l.of.options.NoCommandLine {
			p.Command = ""
		}
		all = append(all, p)
	}
	return all, nil
}

// first calls take with the images of a process, or of all, in the order of what they matter, until it reports true: it has that
// image.
func (l *liveRecording) first(pid int, take func(replay.Living) bool) error {
	for _, i := range l.running() {
		if (pid == 0 || i.PID == pid) && take(i) {
			return nil
		}
	}
	select {
	case <-l.of.root.Ended: // it is about to be told
		return ErrEnded
	default:
	}
	if pid != 0 && pid != l.of.root.PID {
		return ErrNoSuchProcess
	}
	return nil
}

func (l *liveRecording) look(pid int) (*profile.Profile, error) {
	done, err := l.use()
	if err != nil {
		return nil, err
	}
	defer done()
	var s *replay.Snapshot
	if err := l.first(pid, func(i replay.Living) (ok bool) {
		s, ok = l.of.reader.Look(i.Index)
		return ok
	}); err != nil {
		return nil, err
	}
	if s == nil {
		s = l.nothing()
	}
	l.looking.Lock()
	defer l.looking.Unlock()
	of := l.looks[s.Index]
	if of == nil {
		l.forget()
		of = newLooks(l.of.builder, s)
		l.looks[s.Index] = of
	}
	return of.profile(recorded{Snapshot: s, answers: l.of.patcher.AnswersTo(s.Index), dump: liveDump()}), nil
}

// forget lets go of what is kept of images that have ended.
func (l *liveRecording) forget() {
	runs := make(map[int]bool)
	for _, i := range l.of.reader.Living() {
		runs[i.Index] = true
	}
	maps.DeleteFunc(l.looks, func(index int, _ *looks) bool { return !runs[index] })
}

// nothing returns the snapshot of a program that has allocated nothing yet.
func (l *liveRecording) nothing() *replay.Snapshot {
	s := replay.NewImage(l.of.root.PID, l.of.builder.clock.Stamp).Finish()
	s.Index = noImage
	return s
}

// noImage is the index of an image that is not in the process table.
const noImage = -1

// liveDump is why a profile is made that is not of a program's end.
func liveDump() *profile.Dump {
	return &profile.Dump{Why: profile.DumpAsked, Recorder: recorderIdentity()}
}

func (l *liveRecording) profile(pid int) (*profile.Profile, error) {
	done, err := l.use()
	if err != nil {
		return nil, err
	}
	defer done()
	var c *candidate
	if err := l.first(pid, func(i replay.Living) bool {
		s, ok := l.of.reader.Snapshot(i.Index)
		c = &candidate{own: heap.Own{Peak: i.Peak}, number: i.Number, start: i.RunsIn(l.of.root.PID), ending: unknownEnding, recorded: recorded{Snapshot: s}}
		return ok
	}); err != nil {
		return nil, err
	}
	if c == nil {
		c = &candidate{start: true, ending: unknownEnding, recorded: recorded{Snapshot: l.nothing()}}
	}
	c.answers, c.dump = l.of.patcher.AnswersTo(c.Index), liveDump()
	l.of.images.building.Lock()
	defer l.of.images.building.Unlock()
	return l.of.images.build(c).Profile, nil
}

func (l *liveRecording) mark(name string) (string, error) {
	done, err := l.use()
	if err != nil {
		return "", err
	}
	defer done()
	self, err := procfs.Self()
	if err != nil {
		return "", &MarkError{MarkUnknown, err}
	}
	m, err := shm.OpenMarking(self.Path("fd/" + strconv.Itoa(l.of.memory.Descriptor())))
	if err != nil {
		return "", &MarkError{whyNotFound(err), err}
	}
	defer m.Close()
	a, err := m.Ask(shm.MarkRequest{Kind: wire.MarkNamed, Process: -1, Name: cutMarkName(name)}, markPatience)
	switch {
	case err != nil:
		return "", &MarkError{whyNotFound(err), err}
	case a.Outcome == wire.MarkNoRoom:
		return "", &MarkError{Code: MarkTooMany}
	case a.Outcome != wire.MarkMade:
		return "", &MarkError{Code: MarkTooLate}
	}
	return a.Name, nil
}
