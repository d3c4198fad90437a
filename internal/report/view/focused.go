package view

import (
	"regexp"

	"heapprof/internal/profile"
)

// Focused adds up the points of a profile that a report with Options.Focus shows, all where re is nil, and
// apart from them what it does not show of stacks that are cut: in the part that is not known they may have
// a function that matches. Errors are Total's.
func Focused(s *Source, re *regexp.Regexp) (sums, cut Sums, err error) {
	total, err := Total(s.Profile)
	if err != nil || re == nil {
		return total, cut, err
	}
	side := newSide(s, newKeys(), Options{Focus: re})
	for i := range s.Profile.Points {
		switch pt := &s.Profile.Points[i]; {
		case side.filter(i) == Entry:
			sums.add(pt)
		case s.isCut(pt):
			cut.add(pt)
		}
	}
	return sums, cut, nil
}

// isCut reports whether not all callers of a point's allocation are known.
func (s *Source) isCut(pt *profile.Point) bool {
	n := pt.Stack.Len()
	return n == 0 || s.Frames.Frame(pt.Stack.At(n-1)).Marker
}
