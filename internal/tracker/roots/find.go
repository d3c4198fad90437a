package roots

import (
	"cmp"
	"debug/elf"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// finder collects the roots of a process.
type finder struct {
	*Subject
	Found
	images       []image
	machine      elf.Machine
	descriptions map[uint64]uint64 // where the loader's descriptions of modules are, by the modules' biases; nil: not read
	storage      []storage         // of each thread

	// unsure reports whether it is not known which anonymous mappings are an allocator's.
	unsure bool

	// claimed is memory of which it is decided what it is, whether it became roots or is to be none.
	claimed ranges
}

// Find returns the roots of a process. Where parts of its memory cannot be read, fewer are found.
func Find(s *Subject) (*Found, error) {
	f := &finder{Subject: s}
	f.readImages()
	f.claimOwn()
	if err := f.addThreads(); err != nil {
		return nil, err
	}
	if err := f.addData(); err != nil {
		return nil, err
	}
	f.claimHeaps()
	if err := f.addMappings(); err != nil {
		return nil, err
	}
	f.addShared()
	f.addKept("epoll_ctl", f.Kept.Epoll)
	f.addKept("timer_create", f.Kept.Timers)
	var signalStacks []uint64
	for i := range f.Threads {
		if at := f.Threads[i].SignalStack; at != 0 {
			signalStacks = append(signalStacks, at)
		}
	}
	f.addKept("sigaltstack", signalStacks)
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
		f.claimed.add(Range(c))
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
		stratum := graph.Firm
		if f.unsure && m.Path == "" {
			stratum = graph.Loose
		}
		owners := make(map[int]uint32) // by who mapped it
		err := f.unclaimed(Range{m.Start, m.End}, func(r Range) {
			for !r.isEmpty() {
				by, end := f.mapper(r)
				owner, ok := owners[by]
				if !ok {
					owner = f.own(f.ownerOf(m, by))
					owners[by] = owner
				}
				f.root(owner, stratum, Range{r.Start, end})
				r.Start = end
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ownerOf returns the owner of a mapping's memory that a call has mapped; by is its index in Mapped, or -1. Where
// the program's first thread has its storage the loader has its own data, which it has mapped before there was a C library.
func (f *finder) ownerOf(m procfs.Mapping, by int) Owner {
	owner := Owner{Kind: profile.MappingOwner, Module: -1, Thread: -1, Mapped: by, Range: Range{m.Start, m.End}, Path: m.Path}
	loader := slices.IndexFunc(f.Modules, func(m Module) bool { return strings.HasPrefix(filepath.Base(m.Path), "ld-") })
	if len(f.Threads) > 0 && by < 0 && m.Path == "" && loader >= 0 && owner.Range.has(f.Threads[0].Registers.ThreadPointer) {
		owner.Kind, owner.Module = profile.DataOwner, loader
	}
	return owner
}

// mapper returns the index in Mapped of the call that mapped what a range begins with, -1: it is not known; and
// where what it mapped ends, or the range.
func (f *finder) mapper(r Range) (by int, end uint64) {
	i, _ := slices.BinarySearchFunc(f.Mapped, r.Start, func(m Mapped, at uint64) int { return cmp.Compare(m.End, at+1) })
	switch {
	case i == len(f.Mapped) || f.Mapped[i].Start >= r.End:
		return -1, r.End
	case f.Mapped[i].Start > r.Start:
		return -1, f.Mapped[i].Start
	}
	return i, min(f.Mapped[i].End, r.End)
}

// mayHold reports whether a mapping may have pointers in it, if it was written to: a file's code has none. Memory
// of no file may be one that the program must not read or write at the moment.
func mayHold(m procfs.Mapping) bool {
	return m.Path == "" || m.Protection[0] == 'r' && !strings.HasPrefix(m.Path, "[v") && m.Protection[2] != 'x'
}
