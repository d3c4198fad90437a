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

// Part returns of which part of a run a profile is: "at mark loaded", "of thread worker"; "" where it is of all.
func Part(p *profile.Profile) string {
	s, u := p.Span, UnitsOf(p)
	switch {
	case s == nil:
		return ofThreads(p.OnlyThreads)
	case s.IsMoment():
		return "at " + u.Instant(s.To)
	}
	return "from " + u.Instant(s.From) + " to " + u.Instant(s.To)
}

// ofThreads returns whose blocks alone a profile has; "" where it has those of all.
func ofThreads(only []profile.Thread) string {
	n, name := uint64(0), ""
	for i := range only {
		n += max(only[i].Threads, 1)
		if i == 0 || only[i].Name == name {
			name = only[i].Name
		} else {
			name = ""
		}
	}
	switch {
	case n == 0:
		return ""
	case name == "":
		return "of " + Counted(n, "thread")
	case n == 1:
		return "of thread " + names.Printable(name)
	}
	return "of " + Counted(n, "thread") + " " + names.Printable(name)
}
