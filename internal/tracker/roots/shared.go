package roots

import (
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// SharedPages returns the pages of mappings shared with others that a process has read or written, in ascending
// order; none where the kernel does not tell. own is with what the path of a mapping begins that is none of the program's.
func SharedPages(p procfs.Process, own string) (all []Range) {
	maps, err := p.Maps()
	if err != nil {
		return nil
	}
	pages, err := p.Written()
	if err != nil {
		return nil
	}
	defer pages.Close()
	for _, m := range maps {
		if isShared(m, own) {
			_ = pages.EachShared(m.Start, m.End, func(start, end uint64) { all = append(all, Range{start, end}) })
		}
	}
	return all
}

// isShared reports whether a mapping is shared with others and may have addresses of the process's in it.
func isShared(m procfs.Mapping, own string) bool {
	return m.Protection[:2] == "rw" && m.Protection[3] == 's' && !strings.HasPrefix(m.Path, own)
}

// addKept adds what the kernel keeps for the process by a call. Most often a variable holds the same, and has it alone then.
func (f *finder) addKept(by string, words []uint64) {
	if len(words) > 0 {
		f.words(f.own(Owner{Kind: profile.KernelOwner, Module: -1, Thread: -1, Mapped: -1, Path: by}), ofStorage, words)
	}
}

// addShared adds what is shared with others, as it is now.
func (f *finder) addShared() {
	shared := f.Shared
	for _, m := range f.Maps {
		if !isShared(m, f.Own.Memory) {
			continue
		}
		whole, owner := Range{m.Start, m.End}, -1
		for len(shared) > 0 && shared[0].Start < m.End {
			if in := shared[0].and(whole); !in.isEmpty() {
				if owner < 0 {
					by, _ := f.mapper(whole)
					owner = int(f.own(Owner{Kind: profile.MappingOwner, Module: -1, Thread: -1, Mapped: by, Range: whole, Path: m.Path}))
				}
				f.claimedRoot(uint32(owner), graph.Firm, in)
			}
			if shared[0].End > m.End {
				break
			}
			shared = shared[1:]
		}
	}
}
