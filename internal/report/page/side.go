package page

import (
	"path"
	"slices"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

var unitNames = [...]string{view.UnitBytes: "bytes", view.UnitBlocks: "blocks", view.UnitTime: "time"}

// side returns what a page has of one profile.
func (b *builder) side(i int) Side {
	s := &b.joint.Sides[i]
	p := s.Profile
	side := Side{
		File: names.Printable(s.Name), Command: names.Printable(p.Command), Mode: names.Printable(p.Mode),
		Estimated: !p.Sampling.IsExact(), MeanBytes: p.Sampling.MeanBytes, EndTime: p.EndTime,
	}
	if p.KnowsPeakTime() {
		side.PeakTime, side.HasPeak = p.PeakTime, true
	}
	if r := p.Recording; r != nil {
		side.Program, side.Host = names.Printable(path.Base(r.Program)), names.Printable(r.Host)
		if !r.Start.IsZero() {
			side.Started = r.Start.Format(time.RFC3339)
		}
	}
	for _, c := range b.columns {
		if c.side != i {
			continue
		}
		side.Totals = append(side.Totals, c.total)
		if side.Estimated {
			side.Exact = append(side.Exact, exact(p, c.metric))
		}
	}
	side.Timeline = TimelineOf(p)
	return side
}

// isRounded reports whether a browser, whose numbers have 53 bits, rounds a sum of a page.
func (b *builder) isRounded() bool {
	return slices.ContainsFunc(b.columns, func(c column) bool { return c.total > 1<<53 })
}

// exact returns what of an estimate was counted, 0 where that is not known.
func exact(p *profile.Profile, m view.Metric) uint64 {
	switch m {
	case view.TotalBytes:
		return p.Sampling.ExactBytes
	case view.TotalBlocks:
		return p.Sampling.ExactBlocks
	}
	return 0
}

// TimelineOf returns the heap over time as a page has it.
func TimelineOf(p *profile.Profile) (t Timeline) {
	for _, r := range p.Timeline {
		t.Time, t.Bytes, t.Blocks, t.RSS = append(t.Time, r.Time), append(t.Bytes, r.Bytes), append(t.Blocks, r.Blocks), append(t.RSS, r.RSS)
	}
	return t
}
