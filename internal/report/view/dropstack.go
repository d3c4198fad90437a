package view

import (
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// Drop is what a value that was dropped is called: the object of a C++ destructor, or what
// Rust's drop_in_place dropped.
type Drop struct {
	Type string // as a reader is to see it: "Vec<Event>"
	Full string // with its paths and all of its arguments
}

// dropStack is a stack of a free, as the views of frees look at it.
type dropStack struct {
	drops []Drop // the values that were being dropped, the outermost first; none where no drop freed
	place uint32 // the key of the frame that dropped the outermost or, where nothing was dropped, that freed
}

// outermost returns what was dropped; the zero value where nothing was.
func (d *dropStack) outermost() Drop {
	if len(d.drops) == 0 {
		return Drop{}
	}
	return d.drops[0]
}

// dropsOf looks at a stack of a free. What is only a part of how a library makes the value
// around it, as the RawVec in a Vec is, is no value of its own. placeOf has the key of each
// frame as a place.
func (s *side) dropsOf(stack, placeOf []uint32) dropStack {
	d := dropStack{place: noKey}
	outside := 0 // of all drops
	for i, f := range slices.Backward(stack) {
		drop, ok := dropOf(&s.Profile.Frames[f])
		if !ok {
			continue
		}
		if len(d.drops) == 0 {
			outside = i + 1
		} else if isPartOf(drop.Full, d.drops[len(d.drops)-1].Full) {
			continue
		}
		// A list that drops its rest drops a list: as deep as the recursion is, it is one value.
		if again := slices.Index(d.drops, drop); again >= 0 {
			d.drops = d.drops[:again]
		}
		d.drops = append(d.drops, drop)
	}
	if at := s.site(stack[outside:]); at >= 0 {
		d.place = placeOf[stack[outside+at]]
	}
	return d
}

// dropOf returns what a frame drops; ok is false for a frame that is no drop.
func dropOf(f *profile.Frame) (d Drop, ok bool) {
	for _, name := range []string{f.Instance, f.Function} {
		name = strings.TrimPrefix(name, "core::ptr::")
		if t, ok := strings.CutPrefix(name, "drop_in_place<"); ok && strings.HasSuffix(t, ">") {
			t = t[:len(t)-1]
			return Drop{Type: short(t), Full: t}, true
		}
		if i := strings.LastIndex(name, "::~"); i > 0 && strings.HasSuffix(name[i:], "()") && !strings.ContainsAny(name[i+3:], ":{") {
			return Drop{Type: short(name[:i]), Full: name[:i]}, true
		}
	}
	return Drop{}, false
}

var paths = regexp.MustCompile(`([A-Za-z_0-9]+::)+`)

func short(t string) string {
	return strings.ReplaceAll(paths.ReplaceAllString(t, ""), ", Global", "")
}

// isPartOf reports whether a value that is dropped within another one is only a part of how a
// library makes that: both are a library's, and the type of the inner one is no argument of the outer
// one's, as the String of a Vec<String> is. Of what a trait object holds nothing is known.
func isPartOf(inner, outer string) bool {
	return isLibrarys(inner) && isLibrarys(outer) && !strings.Contains(outer, "dyn ") && !strings.Contains(outer, inner)
}

// librarys is how the names of types begin that are of the languages' own libraries, or are built in.
var librarys = []string{"alloc::", "core::", "std::", "hashbrown::", "__gnu_cxx::", "[", "("}

func isLibrarys(t string) bool {
	return slices.ContainsFunc(librarys, func(prefix string) bool { return strings.HasPrefix(t, prefix) })
}
