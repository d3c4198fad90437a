package view

import (
	"cmp"
	"path"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
	"heapprof/internal/report/types"
)

// Site is what a row stands for: a frame, with as much of it as the rows are grouped by. In
// a view by file it has no function, say.
type Site struct {
	Name     string // what a program is to call it: the function, or module+offset
	Label    string // what a reader is to call it; in a diff without what a rebuild changes
	Place    string // beside Label: where it is, "parse.c:10" or "libz.so.1"; may be empty
	Function string
	File     string
	Line     int // 0 where it is unknown or differs
	Module   string
	Crate    string // the crate of the frame, with its version where that is known
	Own      bool   // it is the program's own code
}

// naming is how the frames of a view become sites.
type naming struct {
	by        By
	allFrames bool
	function  bool // a site is a function, whatever its line
	builds    bool // the frames are of two builds, whose lines differ
}

func (n naming) site(f *frames.Frame) *Site {
	switch {
	case n.by == ByCrate:
		return &Site{Name: crateLabel(f), Label: crateLabel(f), Crate: f.Crate.String(), Own: f.Own}
	case n.by == ByDir:
		return &Site{Name: dirLabel(f), Label: dirLabel(f), Own: f.Own}
	case n.by == ByFile:
		return &Site{Name: fileLabel(f), Label: fileLabel(f), File: f.File}
	case n.by == ByModule:
		return &Site{Name: moduleLabel(f), Label: moduleLabel(f), Module: f.Module}
	case f.Runtime != nil && !n.allFrames:
		return &Site{Name: f.Runtime.Name, Label: f.Runtime.Name, Place: f.Runtime.Place, Module: f.Module}
	}
	s := &Site{
		Name: f.Name(), Label: f.Name(), Place: f.Place(), Function: f.Function, File: f.File, Line: f.Line, Module: f.Module,
		Crate: f.Crate.String(), Own: f.Own,
	}
	switch {
	case n.by == ByFunction || n.builds:
		// The lines differ: within the function, or between the two profiles.
		s.Line, s.Place = 0, ""
		if owner := f.Owner(); owner != "" && f.Function != "" {
			s.Place = path.Base(owner)
		}
	case n.function:
		whole := *f
		whole.Line = 0
		s.Line, s.Place = 0, whole.Place()
	}
	if n.builds {
		s.Label = names.Stable(s.Name)
	}
	return s
}

// Site returns the site of a stack, with its line.
func (s *Source) Site(stack []uint32) *Site {
	f := &frames.Frame{}
	if i := s.Frames.Site(stack, false); i >= 0 {
		f = s.Frames.Frame(stack[i])
	}
	return naming{by: BySite}.site(f)
}

// typeSite is what a row stands for that stands for a type.
func typeSite(t types.Type) *Site {
	if t.Name == "" {
		return &Site{Name: NoTypeKnown, Label: NoTypeKnown}
	}
	return &Site{Name: t.Name, Label: t.Name}
}

// NoTypeKnown stands for what has no type that is known.
const NoTypeKnown = "(no type known)"

// crateLabel is the crate of a frame with its version, else its module, which may be a library
// in another language.
func crateLabel(f *frames.Frame) string {
	if f.Crate.Name != "" {
		return f.Crate.String()
	}
	return packageName(f)
}

// packageName is a frame's crate as its code calls it, without a version, else its module.
func packageName(f *frames.Frame) string {
	switch {
	case f.Crate.Name != "":
		return f.Crate.Name
	case f.Runtime != nil:
		return f.Runtime.Place
	case f.Module != "":
		return path.Base(f.Module)
	}
	return "(no crate known)"
}

func dirLabel(f *frames.Frame) string { return cmp.Or(f.Dir, "(no directory known)") }

func fileLabel(f *frames.Frame) string {
	switch {
	case f.File != "":
		return f.File
	case f.Module != "":
		return "(no source file) " + path.Base(f.Module)
	}
	return "(no source file)"
}

func moduleLabel(f *frames.Frame) string {
	if f.Module != "" {
		return f.Module
	}
	if f.Script && f.File != "" {
		return f.File
	}
	return "(unknown module)"
}

// Outward returns the frames of a stack from its site outward, up to where the program's own code begins.
func (s *Source) Outward(stack []uint32) []*Site {
	from, to := s.Frames.Trim(stack, false)
	if from < 0 {
		return nil
	}
	var all []*Site
	for _, f := range stack[from:max(to, from+1)] {
		all = append(all, naming{by: BySite}.site(s.Frames.Frame(f)))
	}
	return all
}
