package roots

import (
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// finder collects the roots of a process.
type finder struct {
	*Subject
	Found
	images []image

	// claimed is memory of which it is decided what it is, whether it became roots or is to be none.
	claimed ranges
}

// Find returns the roots of a process. Where parts of its memory cannot be read, fewer are found.
func Find(s *Subject) (*Found, error) {
	f := &finder{Subject: s}
	f.readImages()
	f.claimOwn()
	f.addThreads()
	if err := f.addData(); err != nil {
		return nil, err
	}
	f.claimHeaps()
	if err := f.addMappings(); err != nil {
		return nil, err
	}
	return &f.Found, nil
}

// own adds an owner and returns its number.
func (f *finder) own(o Owner) uint32 {
	f.Owners = append(f.Owners, o)
	return uint32(len(f.Owners) - 1)
}

// root adds memory of an owner's as a root.
func (f *finder) root(owner uint32, stratum graph.Stratum, r Range) {
	if r = r.words(); !r.isEmpty() {
		f.Roots = append(f.Roots, graph.Root{Owner: owner, Stratum: stratum, Start: r.Start, End: r.End})
		f.Bytes += r.End - r.Start
	}
}

// unclaimed calls do for what of a range has anything in it and is not claimed.
func (f *finder) unclaimed(r Range, do func(Range)) error {
	return f.Pages.Each(r.Start, r.End, func(start, end uint64) {
		f.claimed.without(Range{start, end}.and(r), do)
	})
}

// claimOwn claims what is heapprof's. What the library has mapped for itself is wiped in a
// forked child, such as a copy is.
func (f *finder) claimOwn() {
	for _, m := range f.Maps {
		if m.Path != "" && (m.Path == f.Own.Library || strings.HasPrefix(m.Path, f.Own.Memory)) {
			f.claimed.add(Range{m.Start, m.End})
		}
	}
	for _, c := range f.Own.Code {
		f.claimed.add(Range{c.Start, c.End})
	}
	for i := range f.Modules {
		if m := &f.Modules[i]; m.Path == f.Own.Library {
			f.claimed.add(f.whole(m))
		}
	}
}

// addMappings adds what nobody has claimed: the program has mapped it itself.
func (f *finder) addMappings() error {
	for _, m := range f.Maps {
		if !mayHold(m) {
			continue
		}
		owner := -1
		err := f.unclaimed(Range{m.Start, m.End}, func(r Range) {
			if owner < 0 {
				owner = int(f.own(Owner{Kind: profile.MappingOwner, Module: -1, Thread: -1, Mapped: -1, Range: Range{m.Start, m.End}, Path: m.Path}))
			}
			f.root(uint32(owner), graph.Firm, r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mayHold reports whether a mapping can be read, and may have pointers in it: a file's code and
// constants have none.
func mayHold(m procfs.Mapping) bool {
	return m.Protection[0] == 'r' && !strings.HasPrefix(m.Path, "[v") && (m.Protection[2] != 'x' || m.Path == "")
}
