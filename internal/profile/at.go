package profile

import (
	"cmp"
	"slices"
)

// Instant is a moment of a run at which it is known what lived.
type Instant struct {
	Kind   InstantKind
	Moment uint32 // AtMoment: index into Profile.Moments
	Time   uint64 // since the start, in the profile's time unit
	Mark   string // the name of a mark; "" for any other
}

// InstantKind is what an Instant is.
type InstantKind uint8

// The kinds.
const (
	AtStart  InstantKind = iota // before anything was allocated
	AtMoment                    // the end of a window, or a mark
	AtPeak                      // the global peak; what had been allocated until then is not known
	AtEnd
)

// Span is what part of a run a profile is of that At or Between has made: From the start, or from
// a later instant, To an instant.
type Span struct {
	From, To Instant
	Whole    uint64 // when the run ended
	Window   uint64 // how long the windows are that the run has: see Profile.Window

	// NoTotals says that it is not known what was allocated in the span, and the points' totals
	// mean nothing.
	NoTotals bool
	// AtLeast says that of what was allocated in the span at least as much lived at its end as
	// the points have: more, if blocks from before it were freed in it.
	AtLeast bool
}

// IsMoment reports whether a profile is of what lived at an instant, whenever it was allocated.
func (s *Span) IsMoment() bool { return s.From.Kind == AtStart }

// Instants returns the instants at which all is known of a run, in the order of time: its start,
// its moments and its end.
func (p *Profile) Instants() []Instant {
	all := []Instant{{Kind: AtStart}}
	for i, m := range p.Moments {
		all = append(all, Instant{AtMoment, uint32(i), m.Time, m.Mark})
	}
	return append(all, p.End())
}

// Marked returns the marks of that name.
func (p *Profile) Marked(name string) (marks []Instant) {
	for i, m := range p.Moments {
		if m.Mark == name && name != "" {
			marks = append(marks, Instant{AtMoment, uint32(i), m.Time, m.Mark})
		}
	}
	return marks
}

// Nearest returns that of Instants which is the nearest to a time.
func (p *Profile) Nearest(time uint64) Instant {
	distance := func(i Instant) uint64 { return max(i.Time, time) - min(i.Time, time) }
	return slices.MinFunc(p.Instants(), func(a, b Instant) int { return cmp.Compare(distance(a), distance(b)) })
}

// Peak returns the instant of the global peak.
func (p *Profile) Peak() Instant { return Instant{Kind: AtPeak, Time: p.PeakTime} }

// End returns the instant of the end.
func (p *Profile) End() Instant { return Instant{Kind: AtEnd, Time: p.EndTime} }

// Window returns how long the windows are at whose ends it is known what lived, in the profile's
// time unit; 0 if there are none.
func (p *Profile) Window() uint64 {
	last, length := uint64(0), uint64(0)
	for _, m := range p.Moments {
		if m.Mark == "" {
			length = max(length, m.Time-last) // times are rounded
			last = m.Time
		}
	}
	return length
}

// At returns a profile of what p's program had allocated until an instant and what lived then, as
// if that were its end: the totals of its points are those until then, and their EndBytes and
// EndBlocks, of the column Live, are what lived. What is not known of that instant it does not have.
func (p *Profile) At(at Instant) *Profile {
	q := p.span(Span{To: at, NoTotals: at.Kind == AtPeak || p.Columns.Has(NoTotals)})
	for i := range p.Points {
		if s := p.Points[i].stateAt(at); s.TotalBlocks != 0 || s.Blocks != 0 || s.Bytes != 0 || s.TotalBytes != 0 {
			q.addPoint(&p.Points[i], s)
		}
	}
	return q
}

// Between returns a profile of what p's program allocated after one instant until another one, which
// is not before it, nor the peak either; and what of it lived at the latter, in the column Live: if that is the end exactly, else
// as far as is known, which Span.AtLeast says.
func (p *Profile) Between(from, to Instant) *Profile {
	if from.Kind == AtStart {
		return p.At(to)
	}
	q := p.span(Span{From: from, To: to, AtLeast: to.Kind != AtEnd})
	for i := range p.Points {
		pt := &p.Points[i]
		a, b := pt.stateAt(from), pt.stateAt(to)
		if a.TotalBlocks == b.TotalBlocks {
			continue
		}
		s := State{TotalBytes: b.TotalBytes - a.TotalBytes, TotalBlocks: b.TotalBlocks - a.TotalBlocks}
		s.Bytes, s.Blocks = pt.survivors(from, to)
		if to.Kind != AtEnd {
			// Of the blocks that lived at first as many live at most.
			s.Blocks = max(s.Blocks, b.Blocks-min(a.Blocks, b.Blocks))
			s.Bytes = max(s.Bytes, b.Bytes-min(a.Bytes, b.Bytes))
		}
		q.addPoint(pt, s)
	}
	return q
}

// span returns a profile of a part of p, without points.
func (p *Profile) span(s Span) *Profile {
	q := *p
	s.Whole, s.Window = p.EndTime, p.Window()
	q.Span, q.Columns, q.PeakTime, q.EndTime = &s, Live|p.Columns&(NoTotals|NoBlocks), 0, s.To.Time
	q.Sampling.ExactBytes, q.Sampling.ExactBlocks = 0, 0
	q.Extra = nil
	q.Points, q.Moments, q.Timeline = make([]Point, 0, len(p.Points)), nil, nil
	if r := p.Recording; r != nil {
		q.Recording = r.outline()
	}
	return &q
}

// addPoint adds what a point was, with its stack.
func (p *Profile) addPoint(pt *Point, s State) {
	p.Points = append(p.Points, Point{TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks, EndBytes: s.Bytes, EndBlocks: s.Blocks, Stack: pt.Stack})
}

// stateAt returns what the point was at an instant.
func (p *Point) stateAt(at Instant) State {
	switch at.Kind {
	case AtMoment:
		return p.StateAt(at.Moment)
	case AtPeak:
		return State{Bytes: p.PeakBytes, Blocks: p.PeakBlocks}
	case AtEnd:
		return State{TotalBytes: p.TotalBytes, TotalBlocks: p.TotalBlocks, Bytes: p.EndBytes, Blocks: p.EndBlocks}
	}
	return State{}
}

// survivors returns what lives at the end of what was allocated between two instants.
func (p *Point) survivors(from, to Instant) (bytes, blocks uint64) {
	if p.Rest().Facts == nil {
		return 0, 0
	}
	for _, b := range p.Rest().Facts.Births {
		if (from.Kind != AtMoment || b.Moment > from.Moment) && (to.Kind != AtMoment || b.Moment <= to.Moment) && from.Kind != AtEnd {
			bytes, blocks = bytes+b.Bytes, blocks+b.Blocks
		}
	}
	return bytes, blocks
}
