package view

import (
	"regexp"

	"heapprof/internal/report/frames"
)

// side is one profile of a view: a report's, or one of the two of a diff.
type side struct {
	*Source
	before        bool                // it is the earlier one of a diff
	ids           []uint32            // of each frame: see keys
	types         []uint32            // of each point: see keys
	joined        map[siteType]uint32 // in a diff: what types count as at their sites; see matchTypes
	moved         moves               // in the table of a diff: see pairMoved
	keys          *keys
	rows          []*Row // of a table, of each point: the row that it is of, nil where the filters leave it out
	focus, ignore *matches
	allFrames     bool
	own           bool
}

func newSide(s *Source, k *keys, o Options) *side {
	side := &side{Source: s, keys: k, allFrames: o.AllFrames, own: o.Own, types: k.internTypes(s)}
	side.focus, side.ignore = side.matching(o.Focus), side.matching(o.Ignore)
	return side
}

// matches tells what a filter's expression matches.
type matches struct {
	frames []bool          // of each frame: whether its function, file, module or crate does
	types  map[uint32]bool // whether a type does
}

// matching returns what re matches; nil where there is no re.
func (s *side) matching(re *regexp.Regexp) *matches {
	if re == nil {
		return nil
	}
	m := &matches{frames: make([]bool, s.Frames.Len()), types: map[uint32]bool{}}
	for i := range m.frames {
		f := s.Frames.Frame(uint32(i))
		m.frames[i] = re.MatchString(f.Name()) || f.File != "" && re.MatchString(f.File) || f.Module != "" && re.MatchString(f.Module) ||
			f.Crate.Name != "" && re.MatchString(f.Crate.String())
	}
	for _, id := range s.types {
		if _, known := m.types[id]; !known {
			t := &s.keys.types[id]
			m.types[id] = id != noType && (re.MatchString(t.Name) || re.MatchString(t.Full))
		}
	}
	return m
}

// match reports whether a point does, by its type or by one of its frames.
func (m *matches) match(s *side, point int) bool {
	if m.types[s.types[point]] {
		return true
	}
	for _, f := range s.Profile.Points[point].Stack.All() {
		if m.frames[f] {
			return true
		}
	}
	return false
}

// filter returns Unfocused or Ignored for a point that the options leave out, Entry for any
// other.
func (s *side) filter(point int) Kind {
	if s.ignore != nil && s.ignore.match(s, point) {
		return Ignored
	}
	if s.focus != nil && !s.focus.match(s, point) {
		return Unfocused
	}
	return Entry
}

// site returns which frame of a stack is its site, as an index into the stack, or -1.
func (s *side) site(stack []uint32) int { return s.ownFrom(stack, s.Frames.Site(stack, s.allFrames)) }

// ownFrom returns the site of a stack where the program's own code is asked for: the nearest
// frame of it from the site outward, or the site itself where there is none, or where it is what
// a run-time library allocates for itself.
func (s *side) ownFrom(stack []uint32, site int) int {
	if !s.own || site < 0 || s.Frames.Frame(stack[site]).Runtime != nil && !s.allFrames {
		return site
	}
	for i, f := range stack[site:] {
		if s.Frames.Frame(f).Own {
			return site + i
		}
	}
	return site
}

// via returns the package that the site of a stack, an index into it, has called to have memory
// allocated; "" where the program's own code did so without another.
func (s *side) via(stack []uint32, site int) string {
	for i := site - 1; i >= 0; i-- {
		if f := s.Frames.Frame(stack[i]); !f.Own && !f.Marker && f.Runtime == nil && (!f.Plumbing || isPackage(f)) {
			return packageName(f)
		}
	}
	return ""
}

// isPackage reports whether a frame is of a crate that does not come with Rust: one that a
// program has asked for, though it may allocate for its callers alone.
func isPackage(f *frames.Frame) bool {
	switch f.Crate.Name {
	case "", "std", "core", "alloc", "hashbrown", "__rustc":
		return false
	}
	return true
}

// shown returns the part of a stack to show: from its site outward.
func (s *side) shown(stack []uint32) []uint32 {
	from, to := s.part(stack)
	return stack[max(from, 0):to]
}

// part returns which part of a stack shown returns, stack[from:to]; from, which is the site, is
// -1 if the stack is empty.
func (s *side) part(stack []uint32) (from, to int) {
	from, to = s.Frames.Trim(stack, s.allFrames)
	from = s.ownFrom(stack, from)
	return from, max(from+1, to)
}
