package screen

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// facts returns the numbers of the present look.
func (l *Looker) facts() json.Live {
	p, before := l.now.Profile, l.before.Profile
	total, was := p.Totals(), before.Totals()
	f := json.Live{
		Time: float64(l.now.time) / 1e6, PID: p.PID, Program: p.Recording.Program,
		LiveBytes: total.EndBytes, LiveBlocks: total.EndBlocks, GrownBytes: int64(total.EndBytes - was.EndBytes), GrownBlocks: int64(total.EndBlocks - was.EndBlocks),
		PeakBytes: total.PeakBytes, TotalBytes: total.TotalBytes, TotalBlocks: total.TotalBlocks,
		Resident: residentNow(p), Threads: p.Recording.Threads, Lost: p.Recording.Counts.LostEvents, Sampled: p.Sampling.MeanBytes, Others: l.others,
	}
	if s := seconds(l.before, l.now); s > 0 {
		f.Allocations = uint64(math.Round(float64(total.TotalBlocks-min(was.TotalBlocks, total.TotalBlocks)) / s))
		f.AllocatedBytes = uint64(math.Round(float64(total.TotalBytes-min(was.TotalBytes, total.TotalBytes)) / s))
	}
	return f
}

// residentNow returns how much of a process was in RAM when it was looked at; 0 where that is not known.
func residentNow(p *profile.Profile) uint64 {
	if n := len(p.Timeline); n > 0 {
		return p.Timeline[n-1].RSS
	}
	return 0
}

// mostLive returns the sites with most live bytes.
func (l *Looker) mostLive(most int) []json.LiveSite {
	all := []json.LiveSite{}
	if most == 0 {
		return all
	}
	d := l.bySite()
	if d == nil {
		return all
	}
	for _, r := range d.Rows {
		if len(all) == most {
			break
		}
		if r.Kind != view.Entry {
			continue
		}
		all = append(all, json.LiveSite{
			Function: cmp.Or(r.Site.Function, r.Site.Name), File: r.Site.File, Line: r.Site.Line, Module: r.Site.Module, Type: r.Type.Name,
			LiveBytes: r.Sums.Get(view.EndBytes), LiveBlocks: r.Sums.Get(view.EndBlocks), GrownBytes: int64(r.Sums.Get(view.EndBytes) - r.Before.Get(view.EndBytes)),
			TotalBytes: r.Sums.Get(view.TotalBytes), TotalBlocks: r.Sums.Get(view.TotalBlocks),
		})
	}
	return all
}

// Lines writes a line for each look, until there are so many, or the recording has ended. A line that cannot be written
// ends it, too: nobody reads on.
func (l *Looker) Lines(w io.Writer, asJSON bool) error {
	due := time.Now().Add(l.o.Period)
	for n := 0; l.o.Count == 0 || n < l.o.Count; n++ {
		select {
		case <-l.live.Ended():
			return nil
		case <-time.After(time.Until(due)):
		}
		began := time.Now()
		if err := l.take(); errors.Is(err, tracker.ErrEnded) {
			return nil
		} else if err != nil {
			return err
		}
		if err := l.line(w, asJSON); err != nil {
			return err
		}
		now := time.Now()
		due = later(due.Add(l.o.Period), now.Add(now.Sub(began))) // looks take half the time at most
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// line writes the present look.
func (l *Looker) line(w io.Writer, asJSON bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.facts()
	if asJSON {
		f.Sites = l.mostLive(l.o.Top)
		return json.LiveLine(w, f)
	}
	_, err := fmt.Fprintln(w, names.Printable(l.lineOf(f)))
	return err
}

// lineOf says it in a line.
func (l *Looker) lineOf(f json.Live) string {
	u := human.UnitsOf(l.now.Profile)
	sign := func(n int64) string {
		if n < 0 {
			return human.Sign(-1) + u.Size(uint64(-n))
		}
		return "+" + u.Size(uint64(n))
	}
	line := fmt.Sprintf("%8s  live %s (%s) in %s  resident %s  %s allocs/s", briefTime(f.Time), u.Size(f.LiveBytes), sign(f.GrownBytes),
		u.Blocks(f.LiveBlocks), orUnknown(f.Resident), u.Count(f.Allocations))
	if f.Lost > 0 {
		line += fmt.Sprintf("  lost %s", human.Counted(f.Lost, "call"))
	}
	return line
}
