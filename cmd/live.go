package cmd

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/source"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// recordingUnderWay is what is looked at: a *tracker.Live.
type recordingUnderWay interface {
	Processes() ([]tracker.LiveProcess, error)
	Look() (*profile.Profile, error)
	Profile() (*profile.Profile, error)
	Mark(name string) (string, error)
	Ended() <-chan struct{}
}

// addLive has one more that looks at a recording when it is under way, beside those that do.
func addLive(to *func(*tracker.Live), one func(*tracker.Live)) {
	others := *to
	if others == nil {
		*to = one
		return
	}
	*to = func(live *tracker.Live) {
		var looking sync.WaitGroup
		looking.Go(func() { others(live) })
		one(live)
		looking.Wait()
	}
}

// liveOptions are how a recording under way is looked at.
type liveOptions struct {
	streams *Streams
	rules   frames.Rules
	source  sourceFlags
	period  time.Duration
	top     int // sites in a line of JSON
	count   int // lines; 0: until the end

	quit      string                                 // what q does, in words
	write     func(*profile.Profile) (string, error) // writes a profile and returns its file
	of        func(pid int) recordingUnderWay        // the same recording, of another process
	interrupt func()                                 // what Ctrl-C does; nil: it quits
}

// looker takes looks at a recording under way and keeps what is told of several.
type looker struct {
	o    *liveOptions
	live recordingUnderWay

	mu      sync.Mutex            // guards what follows
	pid     int                   // the process that was chosen; 0: the one that matters most
	now     *look                 // nil: none was taken
	before  *look                 // the one before; at first nothing at the recording's beginning
	anchors []*look               // some of the last, the oldest first
	courses map[courseOf][]uint64 // nil: nobody asks for them
	sites   *view.Diff            // of the last two looks, by what lives; nil: it was not made yet
	marked  *look                 // at the last mark that was taken here; nil: there was none
	mark    string
	since   bool // what changed since the mark is shown
	others  int  // processes that are recorded besides
	files   *source.Files
	ended   bool
}

// look is one look at a process.
type look struct {
	*view.Source
	time uint64 // since its recording began, in µs
}

// courseOf is what the course of live bytes is kept of: a site; the zero value is all together.
type courseOf struct{ name, file, typ string }

// How much is kept of what was.
const (
	coursePoints = 8 // of a sparkline
	anchorsKept  = 4
	anchorEach   = 10 // periods between two
)

func newLooker(o *liveOptions, live recordingUnderWay) *looker {
	return &looker{o: o, live: live}
}

// newLook makes a look of the profile that a recording under way has given.
func (l *looker) newLook(p *profile.Profile) *look {
	s := view.NewSourceByRules(p, l.o.rules)
	s.Name = "the recording"
	return &look{s, p.EndTime}
}

// take takes a look. It returns tracker.ErrEnded when there is nothing more to be seen.
func (l *looker) take() error {
	live := l.chosen()
	p, err := live.Look()
	if errors.Is(err, tracker.ErrNoSuchProcess) {
		l.choose(0)
		p, err = l.chosen().Look()
	}
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended = true
		return err
	}
	others := 0
	if all, err := l.live.Processes(); err == nil {
		others = max(len(all)-1, 0)
	}
	taken := l.newLook(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.others = others
	l.keep(taken)
	return nil
}

// keep takes a look among those that are kept.
func (l *looker) keep(taken *look) {
	if l.now == nil || !isSameProcess(l.now.Profile, taken.Profile) {
		l.before = l.newLook(nothingYet(taken.Profile))
		l.anchors = []*look{l.before}
		l.marked, l.since, l.files = nil, false, nil
		clear(l.courses)
	} else {
		l.before = l.now
	}
	l.now = taken
	if l.files == nil {
		l.files = l.o.source.of(taken.Profile)
	}
	if last := l.anchors[len(l.anchors)-1]; time.Duration(taken.time-last.time)*time.Microsecond >= anchorEach*l.o.period {
		l.anchors = append(l.anchors, taken)
		l.anchors = slices.Delete(l.anchors, 0, max(len(l.anchors)-anchorsKept, 0))
	}
	l.sites = nil
	l.follow()
}

// bySite returns the diff of the last two looks, by what lives; nil where it cannot be made.
func (l *looker) bySite() *view.Diff {
	if l.sites == nil {
		l.sites, _ = view.NewDiff(l.before.Source, l.now.Source, view.Options{Order: view.ByLater, Metric: new(view.EndBytes)})
	}
	return l.sites
}

// isSameProcess reports whether two looks are at one process that runs one program.
func isSameProcess(a, b *profile.Profile) bool {
	return a.PID == b.PID && a.Recording.Start.Equal(b.Recording.Start) && a.Recording.Program == b.Recording.Program
}

// nothingYet returns what there was of a profile when its recording began.
func nothingYet(p *profile.Profile) *profile.Profile {
	q := *p
	q.Points, q.Frames, q.Timeline, q.EndTime = nil, p.Frames[:1], nil, 0
	return &q
}

// follow adds the live bytes of each site to its course.
func (l *looker) follow() {
	if l.courses == nil {
		return
	}
	d := l.bySite()
	if d == nil {
		return
	}
	seen := make(map[courseOf]bool, len(d.Rows))
	for _, r := range append(slices.Clip(d.Rows), d.Total) {
		if of, ok := courseOfRow(r); ok {
			seen[of] = true
			course := append(l.courses[of], r.Sums.Get(view.EndBytes))
			l.courses[of] = course[max(len(course)-coursePoints, 0):]
		}
	}
	for of := range l.courses {
		if !seen[of] {
			delete(l.courses, of)
		}
	}
}

// courseOfRow returns what the course of a row of a table is kept of.
func courseOfRow(r *view.Row) (of courseOf, ok bool) {
	switch {
	case r.Kind == view.Whole:
		return courseOf{}, true
	case r.Kind == view.Entry && r.Site != nil:
		return courseOf{cmp.Or(r.Site.Name, "?"), r.Site.File, r.Type.Name}, true
	}
	return of, false
}

// base returns the look that the present one is compared to: the one at the mark if that is asked for, else the one that is
// given, or the one before.
func (l *looker) base(otherwise *look) *look {
	if l.since && l.marked != nil {
		return l.marked
	}
	return cmp.Or(otherwise, l.before)
}

// seconds returns how much time is between two looks.
func seconds(from, to *look) float64 { return float64(to.time-min(from.time, to.time)) / 1e6 }

// chosen returns the recording, of the process that was chosen.
func (l *looker) chosen() recordingUnderWay {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pid == 0 || l.o.of == nil {
		return l.live
	}
	return l.o.of(l.pid)
}

func (l *looker) choose(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pid = pid
}
