package view

import (
	"path"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// leaveInlined takes from the stacks of a side the functions that are inlined into what the
// other side has no lines for: of a build without debug information nobody knows them, so that
// its sites are the functions that were compiled. The frames of both sides are matched. It
// reports whether one of those functions is of the program and may be a site.
func (s *side) leaveInlined(other *side) bool {
	compiled := s.compiledIn(other)
	if !slices.Contains(compiled, true) {
		return false
	}
	inlined := func(f uint32) bool { return s.Frames.Frame(f).Inlined }
	p := *s.Profile
	p.Points = nil
	sites := false
	var buffer []uint32
	for i := range s.Profile.Points {
		stack := s.Profile.Points[i].Stack.Into(&buffer)
		if !slices.ContainsFunc(stack, inlined) {
			continue
		}
		rest := make([]uint32, 0, len(stack))
		into := false // what the other side was compiled without lines
		for _, f := range slices.Backward(stack) {
			if !inlined(f) {
				into = compiled[f]
			}
			if !inlined(f) || !into {
				rest = append(rest, f)
				continue
			}
			sites = sites || s.isOfProgram(s.Frames.Frame(f)) && maySite(s.Frames.Frame(f))
		}
		if len(rest) == len(stack) {
			continue
		}
		if p.Points == nil {
			p.Points = slices.Clone(s.Profile.Points)
		}
		slices.Reverse(rest)
		p.Points[i].Stack = profile.StackOf(rest...)
	}
	if p.Points != nil {
		source := *s.Source
		source.Profile = &p
		s.Source = &source
	}
	return sites
}

// compiledIn returns which frames of a side are functions that the other side was compiled
// without lines: those that it has without, or, where a whole executable or library has none,
// those of it that are not known there to have some. A function that the other side inlines, too,
// is known of the executable alone; some of Rust's own libraries have lines in every program.
func (s *side) compiledIn(other *side) []bool {
	const bare, lined = 1, 2 // without lines, and with: the same function may be either in two libraries
	keys := make([]uint8, len(s.keys.frames))
	for i, key := range other.ids {
		switch f := other.Frames.Frame(uint32(i)); {
		case f.Inlined || f.Function == "":
		case f.File == "":
			keys[key] |= bare
		default:
			keys[key] |= lined
		}
	}
	modules := other.linesOfModules()
	compiled := make([]bool, len(s.ids))
	for i, key := range s.ids {
		f := s.Frames.Frame(uint32(i))
		known := keys[key]
		compiled[i] = !f.Inlined && (known&bare != 0 || known == 0 && f.Module != "" && modules[s.moduleKey(f)] == bareModule)
	}
	return compiled
}

// moduleLines is what is known of the lines of an executable or library.
type moduleLines uint8

const (
	unseenModule moduleLines = iota // no frame tells
	bareModule                      // it was built without debug information
	linedModule
)

// linesOfModules returns which executables and libraries were built with lines, by moduleKey.
// What the compiler's own libraries have tells nothing.
func (s *side) linesOfModules() map[string]moduleLines {
	modules := map[string]moduleLines{}
	for i := range s.Frames.Len() {
		f := s.Frames.Frame(uint32(i))
		if f.Module == "" || f.Function == "" || !maySite(f) {
			continue
		}
		if key := s.moduleKey(f); f.File != "" {
			modules[key] = linedModule
		} else if modules[key] == unseenModule {
			modules[key] = bareModule
		}
	}
	return modules
}

// maySite reports whether a frame may be of the program's code or of a library's that it asked
// for: its lines, and what is inlined into it, are worth telling.
func maySite(f *frames.Frame) bool {
	return !f.Plumbing && !f.Startup && !f.Marker && f.Runtime == nil && (f.Crate.Name == "" || isPackage(f))
}

// moduleKey is what two builds of an executable or library have alike: nothing of the program's
// own but that it is that, as it may be called otherwise.
func (s *side) moduleKey(f *frames.Frame) string {
	if s.isOfProgram(f) {
		return ""
	}
	return path.Base(f.Module)
}

// isOfProgram reports whether a frame is of the recorded executable.
func (s *side) isOfProgram(f *frames.Frame) bool {
	r := s.Profile.Recording
	return r != nil && f.Module != "" && f.Module == r.Program
}
