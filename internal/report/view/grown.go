package view

import (
	"cmp"
	"errors"
	"strconv"

	"heapprof/internal/profile"
)

// The errors for a report of growth.
var (
	ErrNoFacts    = errors.New("how blocks grew was not recorded")
	ErrGrowthTree = errors.New("what grew is shown of sites, and not of calls")
)

// Span is the part of a run over which a report of growth says how live bytes rose: from when a
// fifth of the run is over, which may be spent on starting, to when most was live after that.
type Span struct {
	From, To uint64 // since the start, in the profile's time unit
	from, to int    // indices into the profile's moments
}

// Grown is how what a row stands for grew.
type Grown struct {
	Live           []uint64 // bytes that were live at each of the profile's moments
	profile.Growth          // zero where no block grew
}

// Risen returns how many more bytes of a row were live at the end of the report's span than at
// its beginning, or fewer.
func (r *Report) Risen(row *Row) int64 {
	if r.Span == nil || row.Grown == nil {
		return 0
	}
	return int64(row.Grown.Live[r.Span.to] - row.Grown.Live[r.Span.from])
}

// LiveOf returns how many bytes of a row were live at the beginning and at the end of the report's
// span.
func (r *Report) LiveOf(row *Row) (from, to uint64) {
	return row.Grown.Live[r.Span.from], row.Grown.Live[r.Span.to]
}

// newSpan returns the span of a profile whose live bytes at its moments are these; nil where it has too few moments.
func newSpan(p *profile.Profile, live []uint64) *Span {
	const warmUp = 0.2 // of the run
	s := &Span{from: -1}
	for i, m := range p.Moments {
		switch {
		case float64(m.Time) < warmUp*float64(p.EndTime):
		case s.from < 0:
			s.from, s.to = i, i
		case live[i] > live[s.to] || s.to == s.from:
			s.to = i
		}
	}
	if s.from < 0 || s.to == s.from {
		return nil
	}
	s.From, s.To = p.Moments[s.from].Time, p.Moments[s.to].Time
	return s
}

// findGrown sets how the groups of a report grew, and what the filters left out.
func (b *builder) findGrown(r *Report, groups []*Row) {
	s := b.sides[0]
	moments := len(s.Profile.Moments)
	for _, row := range append(groups, r.Total, b.filtered.unfocused, b.filtered.ignored) {
		row.Grown = &Grown{Live: make([]uint64, moments)}
	}
	for i, row := range s.rows {
		if row == nil {
			row = b.filtered.row(s.filter(i))
		}
		if f := s.Profile.Points[i].Rest().Facts; f != nil {
			row.Grown.addFacts(f)
			r.Total.Grown.addFacts(f)
		}
	}
	r.Span = newSpan(s.Profile, r.Total.Grown.Live)
}

// addFacts adds what is known of a point.
func (g *Grown) addFacts(f *profile.Facts) {
	for i, state := range f.History {
		next := len(g.Live)
		if i+1 < len(f.History) {
			next = int(f.History[i+1].Moment)
		}
		for m := int(state.Moment); m < next; m++ {
			g.Live[m] += state.Bytes
		}
	}
	g.addGrowth(f.Growth)
}

func (g *Grown) addGrowth(other *profile.Growth) {
	if other == nil || other.Chains == 0 && other.Moves == 0 {
		return
	}
	g.Growth = *g.Growth.Plus(other)
}

// add adds how another row grew, which may be nil.
func (g *Grown) add(other *Grown) *Grown {
	if other == nil {
		return g
	}
	if g == nil {
		g = &Grown{Live: make([]uint64, len(other.Live))}
	}
	for i, n := range other.Live {
		g.Live[i] += n
	}
	g.addGrowth(&other.Growth)
	return g
}

// byGrowth reports whether rows are sorted by how they grew.
func (v *View) byGrowth() bool { return v.Options.Question == AskGrowth && v.Options.Metric == nil }

// compareGrown puts the row first that rose by more, of those that rose by a thousandth of what is
// live, then the one of which more was copied.
func (r *Report) compareGrown(a, b *Row) int {
	const least = 0.001
	rose := func(row *Row) int64 {
		n := r.Risen(row)
		if r.Span == nil || float64(n) < least*float64(r.Total.Grown.Live[r.Span.to]) {
			return 0
		}
		return n
	}
	return cmp.Or(
		cmp.Compare(rose(b), rose(a)),
		cmp.Compare(b.Grown.CopiedBytes, a.Grown.CopiedBytes),
		cmp.Compare(r.Risen(b), r.Risen(a)),
		cmp.Compare(b.Grown.Chains, a.Grown.Chains),
	)
}

// growthValues are the numbers of how a row grew.
func (r *Report) growthValues(row *Row) []Number {
	var g Grown
	if row.Grown != nil {
		g = *row.Grown
	}
	estimated := r.Units.Estimated
	var out []Number
	if r.Span != nil {
		out = append(out, Number{called("risen-bytes", estimated), strconv.FormatInt(r.Risen(row), 10)})
	}
	for _, n := range []struct {
		name  string
		value uint64
	}{
		{"chains", g.Chains}, {"long-chains", g.LongChains}, {"longest-steps", g.Steps}, {"longest-first-bytes", g.First}, {"longest-last-bytes", g.Last},
		{"moves", g.Moves}, {"copied-bytes", g.CopiedBytes}, {"peak-old-bytes", g.PeakOld},
	} {
		out = append(out, Number{called(n.name, estimated), strconv.FormatUint(n.value, 10)})
	}
	return out
}

// Course returns how live bytes of a row were over the run: the most of each of n equal parts of it, or
// of as many as there are moments. Where no moment is in one, it is as it was before.
func (r *Report) Course(row *Row, n int) []uint64 {
	p := r.Source.Profile
	if row.Grown == nil || len(p.Moments) == 0 || p.EndTime == 0 {
		return nil
	}
	n = min(n, len(p.Moments))
	course := make([]uint64, n)
	m := 0
	for i := range course {
		first := m
		for end := float64(p.EndTime) * float64(i+1) / float64(n); m < len(p.Moments) && float64(p.Moments[m].Time) <= end; m++ {
			course[i] = max(course[i], row.Grown.Live[m])
		}
		if m == first && m > 0 {
			course[i] = row.Grown.Live[m-1]
		}
	}
	return course
}
