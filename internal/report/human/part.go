package human

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Instant returns an instant of a run, in a few words: mark loaded, the end, 3.19 s.
func (u Units) Instant(at profile.Instant) string {
	switch {
	case at.Kind == profile.AtStart:
		return "the start"
	case at.Kind == profile.AtEnd:
		return "the end"
	case at.Kind == profile.AtPeak:
		return "the peak"
	case at.Mark != "":
		return "mark " + names.Printable(at.Mark)
	}
	return u.Time(float64(at.Time))
}

// Part returns of which part of a run a profile is: "at mark loaded"; "" where it is of all.
func Part(p *profile.Profile) string {
	s, u := p.Span, UnitsOf(p)
	switch {
	case s == nil:
		return ""
	case s.IsMoment():
		return "at " + u.Instant(s.To)
	}
	return "from " + u.Instant(s.From) + " to " + u.Instant(s.To)
}
