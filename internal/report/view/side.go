package view

import (
	"regexp"
	"slices"

	"heapprof/internal/report/frames"
)

// side is one profile of a view: a report's, or one of the two of a diff.
type side struct {
	*Source
	before        bool     // it is the earlier one of a diff
	ids           []uint32 // of each frame: see keys
	keys          *keys
	focus, ignore []bool // of each frame: whether it matches; nil without the option
	allFrames     bool
}

func newSide(s *Source, k *keys, o Options) *side {
	return &side{Source: s, keys: k, allFrames: o.AllFrames, focus: matching(s.Frames, o.Focus), ignore: matching(s.Frames, o.Ignore)}
}

// matching returns for each frame of t whether its function, file or module matches re; nil
// where there is no re.
func matching(t *frames.Table, re *regexp.Regexp) []bool {
	if re == nil {
		return nil
	}
	match := make([]bool, t.Len())
	for i := range match {
		f := t.Frame(uint32(i))
		match[i] = re.MatchString(f.Name()) || f.File != "" && re.MatchString(f.File) || f.Module != "" && re.MatchString(f.Module)
	}
	return match
}

// filter returns Unfocused or Ignored for a stack that the options leave out, Entry for any
// other.
func (s *side) filter(stack []uint32) Kind {
	if s.ignore != nil && slices.ContainsFunc(stack, func(f uint32) bool { return s.ignore[f] }) {
		return Ignored
	}
	if s.focus != nil && !slices.ContainsFunc(stack, func(f uint32) bool { return s.focus[f] }) {
		return Unfocused
	}
	return Entry
}

// site returns which frame of a stack is its site, as an index into the stack, or -1.
func (s *side) site(stack []uint32) int { return s.Frames.Site(stack, s.allFrames) }

// shown returns the part of a stack to show: from its site outward.
func (s *side) shown(stack []uint32) []uint32 {
	from, to := s.Frames.Trim(stack, s.allFrames)
	return stack[max(from, 0):to]
}

// frame returns the frame that stands for frame i of the profile's frame table.
func (s *side) frame(i uint32) *frames.Frame { return s.keys.frames[s.ids[i]] }
