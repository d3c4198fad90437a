package screen

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/underway"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/source"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// LiveOptions are how a recording under way is looked at.
type LiveOptions struct {
	Streams *console.Streams
	Rules   frames.Rules
	source  opening.SourceFlags
	Period  time.Duration
	Top     int // sites in a line of JSON
	Count   int // lines; 0: until the end

	Quit      string                                 // what q does, in words
	Write     func(*profile.Profile) (string, error) // writes a profile and returns its file
	Of        func(pid int) underway.Recording       // the same recording, of another process
	Interrupt func()                                 // what Ctrl-C does; nil: it quits
}

// Looker takes looks at a recording under way and keeps what is told of several.
type Looker struct {
	o    *LiveOptions
	live underway.Recording

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

// NewLooker returns what takes looks at a recording under way.
func NewLooker(o *LiveOptions, live underway.Recording) *Looker {
	return &Looker{o: o, live: live}
}

// newLook makes a look of the profile that a recording under way has given.
func (l *Looker) newLook(p *profile.Profile) *look {
	s := view.NewSourceByRules(p, l.o.Rules)
	s.Name = "the recording"
	return &look{s, p.EndTime}
}

// take takes a look. It returns tracker.ErrEnded when there is nothing more to be seen.
func (l *Looker) take() error {
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
func (l *Looker) keep(taken *look) {
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
		l.files = l.o.source.Of(taken.Profile)
	}
	if last := l.anchors[len(l.anchors)-1]; time.Duration(taken.time-last.time)*time.Microsecond >= anchorEach*l.o.Period {
		l.anchors = append(l.anchors, taken)
		l.anchors = slices.Delete(l.anchors, 0, max(len(l.anchors)-anchorsKept, 0))
	}
	l.sites = nil
	l.follow()
}

// bySite returns the diff of the last two looks, by what lives; nil where it cannot be made.
func (l *Looker) bySite() *view.Diff {
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
func (l *Looker) follow() {
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
func (l *Looker) base(otherwise *look) *look {
	if l.since && l.marked != nil {
		return l.marked
	}
	return cmp.Or(otherwise, l.before)
}

// seconds returns how much time is between two looks.
func seconds(from, to *look) float64 { return float64(to.time-min(from.time, to.time)) / 1e6 }

// chosen returns the recording, of the process that was chosen.
func (l *Looker) chosen() underway.Recording {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pid == 0 || l.o.Of == nil {
		return l.live
	}
	return l.o.Of(l.pid)
}

func (l *Looker) choose(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pid = pid
}
