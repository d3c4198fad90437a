package view

import "regexp"

// Focused adds up the points of a profile that a report with Options.Focus shows, all where re is nil. Errors are
// Total's.
func Focused(s *Source, re *regexp.Regexp) (Sums, error) {
	total, err := Total(s.Profile)
	if err != nil || re == nil {
		return total, err
	}
	side := newSide(s, newKeys(), Options{Focus: re})
	var sums Sums
	for i := range s.Profile.Points {
		if side.filter(i) == Entry {
			sums.add(&s.Profile.Points[i])
		}
	}
	return sums, nil
}
