package view

import (
	"regexp"
	"slices"

	"heapprof/internal/report/types"
)

// dropFilter tells which frees the options leave: their expressions match a function, a file
// or a module of the stack that frees or of the one that had allocated, or a type that was
// dropped.
type dropFilter struct {
	side          *side
	focus, ignore *regexp.Regexp
	known         map[typeMatch]bool
}

type typeMatch struct {
	re   *regexp.Regexp
	drop types.Type
}

func newDropFilter(s *side, o Options) *dropFilter {
	return &dropFilter{s, o.Focus, o.Ignore, map[typeMatch]bool{}}
}

// kind returns Unfocused or Ignored for a free that the options leave out, Entry for any
// other.
func (f *dropFilter) kind(allocated, freed []uint32, drops []types.Type) Kind {
	matches := func(re *regexp.Regexp, frames []bool) bool {
		in := func(frame uint32) bool { return frames[frame] }
		return slices.ContainsFunc(allocated, in) || slices.ContainsFunc(freed, in) ||
			slices.ContainsFunc(drops, func(d types.Type) bool { return f.matches(re, d) })
	}
	switch {
	case f.ignore != nil && matches(f.ignore, f.side.ignore.frames):
		return Ignored
	case f.focus != nil && !matches(f.focus, f.side.focus.frames):
		return Unfocused
	}
	return Entry
}

// matches reports whether an expression matches a type's name.
func (f *dropFilter) matches(re *regexp.Regexp, d types.Type) bool {
	m := typeMatch{re, d}
	match, known := f.known[m]
	if !known {
		match = re.MatchString(d.Name) || re.MatchString(d.Full)
		f.known[m] = match
	}
	return match
}
