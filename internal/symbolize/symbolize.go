// Package symbolize names frames of a profile after it was recorded: where their files, or debug files of them, are at hand now
// and were not then, or where whoever recorded names nothing. It looks them up by package symbol.
//
// A frame can be named that has an address and a module. Of a module that lay nobody knows where, as heaptrack and valgrind write
// them, the calls in its code tell where, if there are enough. A frame that has a function and no line gets its lines, and the calls
// that were inlined there, where debug information is found. No number of a profile changes.
package symbolize

import (
	"cmp"
	"slices"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
)

// Options are where names come from.
type Options struct {
	DebugDirs []string // as symbol.Options has them; nil: the usual ones
	Roots     []string // directories that may have the files themselves: by their paths, or beside each other

	// Fetch, if it is not nil, gets debug files that were found nowhere, puts them into one of DebugDirs, and returns the
	// build-ids of those that are there now.
	Fetch func(files []Missing) (fetched map[string]bool)

	// All says that modules are looked at, too, of which debug information was at hand when the profile was recorded. Without
	// it they are left out, as reading that again takes time and tells nothing, unless the recorder has learnt something.
	All bool

	// Recorded is when the profile was recorded, as far as is known. A file without a build-id that was written
	// after that is not believed to be the one that ran. Zero: not known.
	Recorded time.Time

	Progress func(done, all int) // called now and then while addresses get their names; nil: nobody asks
}

// Missing is a file of which a debug file is wanted.
type Missing struct {
	BuildID string
	Path    string // of the file in the profile
	Shared  bool   // what is wanted is the file to which dwz moved what several debug files have in common
}

// IsEmpty reports whether nothing was found that the profile does not have.
func (r *Result) IsEmpty() bool { return r.Named+r.Lined+r.Parted == 0 }

// IsEmpty reports whether nothing was found of the module that the profile does not have.
func (m *Module) IsEmpty() bool { return m.Named+m.Lined+m.Parted == 0 }

// Result is what came of it.
type Result struct {
	Named   int      // frames that have got a function
	Lined   int      // frames that had a function, and have got its line
	Parted  int      // frames that have got no name, but where their function begins: those of one function are known to be
	Unnamed int      // frames that could be named if their files were found
	Modules []Module // with frames that lacked something, those with the most places first
}

// Module is what came of the frames of one module.
type Module struct {
	Of       *profile.Module
	Nameless int // frames that had no function
	Lineless int // frames that had a function, and no line
	Named    int // of Nameless, those that have got one
	Lined    int // of Lineless, those that have got a line
	Parted   int // of Nameless, those that have got where their function begins

	Files     []string // that were read; empty where none was found
	DebugInfo bool     // whether one of them has debug information
	Why       Why      // Files is empty; "" otherwise
	ByPath    bool     // the profile has no build-id of it, and so the file at its path was believed
}

// Why is why nothing was read of a module.
type Why string

// The causes.
const (
	NoFile     Why = "no-file"     // its file is not at its path, and no debug file of its build-id was found
	OtherBuild Why = "other-build" // another build is at its path, and no debug file of its build-id was found
	Younger    Why = "younger"     // it has no build-id, and what is at its path was written after the profile
	Unfitting  Why = "unfitting"   // what is at its path cannot have been mapped where the module was
	NoCalls    Why = "no-calls"    // nobody knows where it lay, and what is at its path has no calls that fit, or not enough to tell
	NotAFile   Why = "not-a-file"  // it is none, as the kernel's own code
	Unread     Why = "unread"      // its file cannot be read
)

// Name names frames of p, in place. Modules of p that were found where they are by their headers have their Bias then.
func Name(p *profile.Profile, o Options) Result {
	lacking := lackingIn(p, o.All)
	if len(lacking) == 0 {
		return Result{}
	}
	resolver := symbol.NewResolver(symbol.Options{DebugDirs: o.DebugDirs})
	defer resolver.Close() // only read
	n := &namer{options: o, resolver: resolver, profile: p}
	for _, m := range lacking {
		n.open(m)
	}
	n.fetch(lacking)
	n.lookUp(lacking)
	return n.replace(lacking)
}

// lacking is a module with frames that lack something.
type lacking struct {
	Module
	frames []uint32 // indices of them

	file *symbol.Module // nil: none was found
	bias uint64
}

// lackingIn returns the modules with frames that lack a function or a line, in the order of the first of them. Where not all are wanted,
// modules are left out whose debug information was read when they were recorded.
func lackingIn(p *profile.Profile, all bool) []*lacking {
	inlined := make(map[place]bool)
	lined := make(map[*profile.Module]bool)
	for i := range p.Frames {
		f := &p.Frames[i]
		if f.Inlined {
			inlined[place{f.Module, f.Addr}] = true
		}
		if f.File != "" {
			lined[f.Module] = true
		}
	}
	byModule := make(map[*profile.Module]*lacking)
	var list []*lacking
	for i := range p.Frames {
		f := &p.Frames[i]
		m := f.Module
		if m == nil || f.Addr == 0 || f.File != "" || inlined[place{m, f.Addr}] || lined[m] && !all {
			continue
		}
		of := byModule[m]
		if of == nil {
			of = &lacking{Module: Module{Of: m}}
			byModule[m], list = of, append(list, of)
		}
		of.frames = append(of.frames, uint32(i))
		if f.Function == "" {
			of.Nameless++
		} else {
			of.Lineless++
		}
	}
	return list
}

// place is an address in a module.
type place struct {
	module *profile.Module
	addr   uint64
}

// namer names the frames of a profile.
type namer struct {
	options  Options
	resolver *symbol.Resolver
	profile  *profile.Profile
}

// lookUp has all files look up the addresses of frames.
func (n *namer) lookUp(all []*lacking) {
	var wanted []symbol.Wanted
	for _, m := range all {
		if !n.wants(m) {
			continue
		}
		w := symbol.Wanted{Module: m.file}
		for _, i := range m.frames {
			w.Addresses = append(w.Addresses, n.profile.Frames[i].Addr-m.bias)
		}
		slices.Sort(w.Addresses)
		w.Addresses = slices.Compact(w.Addresses)
		wanted = append(wanted, w)
	}
	symbol.LookUp(wanted, n.options.Progress)
}

// wants reports whether a module's file may tell something.
func (n *namer) wants(m *lacking) bool {
	return m.file != nil && (m.Nameless > 0 || m.file.HasDebugInfo())
}

// replace puts what was found in the place of frames, and returns what came of it.
func (n *namer) replace(all []*lacking) (r Result) {
	p := n.profile
	frames := slices.Clone(p.Frames)
	with := make(map[uint32][]uint32)
	for _, m := range all {
		if n.wants(m) {
			m.Of.Bias, m.Of.ByOffset = m.bias, false
			if !m.Of.IsPlaced() {
				m.Of.Start, m.Of.End = m.file.Extent(m.bias)
			}
			for _, i := range m.frames {
				frames = n.name(m, i, frames, with)
			}
			if split := m.file.MissingSplit(); len(split) > 0 {
				m.Of.MissingSplit = split
			}
		}
		if m.Named > 0 {
			m.Of.Nameless = ""
		}
		r.Named, r.Lined, r.Parted = r.Named+m.Named, r.Lined+m.Lined, r.Parted+m.Parted
		r.Unnamed += m.Nameless - m.Named
		r.Modules = append(r.Modules, m.Module)
	}
	slices.SortStableFunc(r.Modules, func(a, b Module) int {
		return cmp.Or(cmp.Compare(b.Nameless+b.Lineless, a.Nameless+a.Lineless), cmp.Compare(a.Of.Path, b.Of.Path))
	})
	if len(with) > 0 {
		p.Frames = frames
		p.ReplaceFrames(with)
		p.Normalize()
	}
	return r
}

// name adds to frames what is known of frame i of a module, if that is more than the frame has, and notes in with what replaces it.
func (n *namer) name(m *lacking, i uint32, frames []profile.Frame, with map[uint32][]uint32) []profile.Frame {
	old := &n.profile.Frames[i]
	found := m.file.Frames(old.Addr - m.bias)
	hasLine := slices.ContainsFunc(found, func(f symbol.Frame) bool { return f.File != "" && f.Line != 0 })
	outer := len(found) - 1
	switch {
	case len(found) == 0:
		return frames
	case found[outer].Function == "":
		if old.Function != "" || old.Entry != 0 || found[outer].Entry == 0 {
			return frames
		}
		m.Parted++ // it has no name even so, but all its calls are of one function
	case old.Function == "":
		m.Named++
	case hasLine:
		m.Lined++
	default:
		return frames
	}
	for j := range found {
		with[i] = append(with[i], uint32(len(frames)))
		frames = append(frames, found[j].At(old.Addr, m.Of))
	}
	return frames
}
