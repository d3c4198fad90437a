package resident

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/heap"
)

// zone is a range of addresses whose pages are of one kind, where they hold no block.
type zone struct {
	start, end uint64
	kind       profile.ResidentKind
	name       string // the file that it is of
	resident   uint64 // bytes in RAM that are of this kind or in blocks
	of         sizeclass.Allocator
	unsure     bool // it is only what it seems to be if it has blocks
	mappable   bool // glibc may have mapped a block that lies here alone

	blocks bool   // whether it has any
	alone  bool   // whether all of them are such as glibc maps alone
	held   uint64 // bytes in RAM of pages that have blocks

	// The block with the highest address, of glibc's main arena: 0 where there is none.
	top     uint64
	topSite heap.SiteID
}

// layout is the address space of a process.
type layout struct {
	zones []zone                // in ascending order; none overlap
	extra []extra               // what is in RAM besides
	parts []procfs.MappedMemory // the mappings, in ascending order
}

// extra is what of a mapping is in RAM and of another kind than its zone.
type extra struct {
	kind  profile.ResidentKind
	name  string
	bytes uint64
}

// layOut tells what each mapping of a process is.
func layOut(s *Subject, survey *procfs.Survey) (*layout, error) {
	parts := survey.Parts
	l := &layout{parts: parts}
	modules := slices.Clone(s.Modules)
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Start, b.Start) })
	for i := range parts {
		m := &parts[i]
		if m.Resident == 0 {
			continue
		}
		if z, ok := s.named(m); ok {
			if z.kind == profile.Files && m.Anonymous > 0 {
				l.extra = append(l.extra, extra{profile.StaticData, m.Path, m.Anonymous})
				z.resident -= min(m.Anonymous, z.resident)
			}
			l.zones = append(l.zones, z)
			continue
		}
		if err := l.addAnonymous(s, i, modules, survey); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// named returns the zone of a mapping that its name, or its flags, tell; ok is false for anonymous
// memory of the program's.
func (s *Subject) named(m *procfs.MappedMemory) (z zone, ok bool) {
	z = zone{start: m.Start, end: m.End, name: m.Path, resident: m.Resident}
	shared := m.Protection[3] == 's'
	switch {
	// The tracker's own memory is wiped in forked children and takes no room before it is used: no
	// other mapping is likely to be like that.
	case m.Path != "" && m.Path == s.Library, strings.HasPrefix(m.Path, s.Memory), m.Path == "" && m.HasFlags("wf", "nr"):
		z.kind = profile.OfTracker
	case m.Path == "[stack]":
		z.kind = profile.MainStack
	case strings.HasPrefix(m.Path, "/dev/shm/"), strings.HasPrefix(m.Path, "/memfd:"), strings.HasPrefix(m.Path, "/SYSV"), shared && strings.HasPrefix(m.Path, "/dev/zero"), shared && m.Path == "":
		z.kind = profile.SharedMemory
	case strings.HasPrefix(m.Path, "/dev/zero"):
		z.kind = profile.MappedByProgram
	case strings.HasPrefix(m.Path, "/"), strings.HasPrefix(m.Path, "[v"): // the kernel's own code
		z.kind = profile.Files
	default:
		return z, false
	}
	return z, true
}

// addAnonymous adds the zones of the anonymous mapping i. Variables of modules may begin it.
func (l *layout) addAnonymous(s *Subject, i int, modules []Module, pages *procfs.Survey) error {
	m := &l.parts[i]
	rest := zone{start: m.Start, end: m.End, kind: profile.MappedByProgram, resident: m.Resident, of: s.Allocator, alone: true}
	at, _ := slices.BinarySearchFunc(modules, m.Start, func(o Module, start uint64) int { return cmp.Compare(o.End, start+1) })
	for ; at < len(modules) && modules[at].Start < m.End && rest.resident > 0; at++ {
		start, end := max(modules[at].Start, rest.start), min(modules[at].End, m.End)
		if start != rest.start || start >= end {
			break // only what a module begins with is its
		}
		end = min((end+pages.Page()-1)&^(pages.Page()-1), m.End)
		variables := rest.resident
		if end < m.End {
			var err error
			if variables, err = residentIn(pages, start, end); err != nil {
				return err
			}
			variables = min(variables, rest.resident)
		}
		kind := profile.StaticData
		if modules[at].Path == s.Library {
			kind = profile.OfTracker
		}
		l.zones = append(l.zones, zone{start: start, end: end, kind: kind, name: modules[at].Path, resident: variables, alone: true})
		rest.start, rest.resident = end, rest.resident-variables
	}
	if rest.start == m.End || rest.resident == 0 {
		return nil
	}
	switch {
	case m.Path == "[heap]":
		rest.kind = profile.FreeAllocator
		switch s.Allocator {
		case sizeclass.Glibc, sizeclass.Jemalloc, sizeclass.Mimalloc: // the latter two use no brk, so that it is the C library's
			rest.kind, rest.of = profile.FreeHeap, sizeclass.Glibc
		}
	case slices.ContainsFunc(s.Code, func(c Code) bool { return c.Start < m.End && m.Start < c.End }):
		rest.kind = profile.OfTracker
	case m.Protection[2] == 'x':
		rest.kind = profile.MadeCode
	case s.Allocator == sizeclass.Glibc && l.isArena(i):
		rest.kind, rest.unsure = profile.FreeArenas, !m.HasFlags("nr")
	case l.isStack(i):
		rest.kind = profile.ThreadStacks
	}
	rest.mappable = rest.kind == profile.MappedByProgram || rest.kind == profile.ThreadStacks
	l.zones = append(l.zones, rest)
	return nil
}

// residentIn returns how many bytes of a range are in RAM.
func residentIn(pages *procfs.Survey, start, end uint64) (bytes uint64, err error) {
	err = pages.Each(start, end, func(_ uint64, present bool) {
		if present {
			bytes += pages.Page()
		}
	})
	return bytes, err
}

// arenaBytes is the size and the alignment of a heap of an arena of glibc's (HEAP_MAX_SIZE).
const arenaBytes = 64 << 20

// isArena reports whether the anonymous mapping i is what is in use of a heap of one of glibc's
// arenas of threads, or of several: each is reserved whole, and the rest of it has no access.
func (l *layout) isArena(i int) bool {
	m := &l.parts[i]
	if m.Start%arenaBytes != 0 {
		return false
	}
	if m.End%arenaBytes == 0 {
		return !m.KnowsFlags() || m.HasFlags("nr") // it is used up
	}
	end := m.End + arenaBytes - m.End%arenaBytes
	return i+1 < len(l.parts) && isReserved(&l.parts[i+1]) && l.parts[i+1].Start == m.End && l.parts[i+1].End >= end
}

// isStack reports whether the anonymous mapping i lies behind a few pages without access, as
// stacks of threads do.
func (l *layout) isStack(i int) bool {
	const most = 1 << 20 // of such a guard
	if i == 0 {
		return false
	}
	guard := &l.parts[i-1]
	return isReserved(guard) && guard.End == l.parts[i].Start && guard.End-guard.Start <= most
}

// isReserved reports whether a mapping is anonymous, and nobody may touch it.
func isReserved(m *procfs.MappedMemory) bool {
	return m.Path == "" && m.Protection == "---p"
}

// find returns the zone of an address, nil where there is none. hint is one that it may be.
func (l *layout) find(address uint64, hint *zone) *zone {
	if hint != nil && hint.start <= address && address < hint.end {
		return hint
	}
	i, _ := slices.BinarySearchFunc(l.zones, address, func(z zone, at uint64) int { return cmp.Compare(z.end, at+1) })
	if i == len(l.zones) || l.zones[i].start > address {
		return nil
	}
	return &l.zones[i]
}

// isHeap reports whether it is glibc's main arena.
func (z *zone) isHeap() bool { return z.kind == profile.FreeHeap }

// settle decides what the zones are that blocks tell more of.
func (l *layout) settle() {
	for i := range l.zones {
		z := &l.zones[i]
		switch {
		case z.unsure && !z.blocks:
			z.kind = profile.MappedByProgram
		case !z.mappable || !z.blocks:
		case z.of != sizeclass.Glibc || !z.alone:
			z.kind = profile.FreeAllocator
		case z.kind == profile.ThreadStacks:
			z.kind = profile.MappedByProgram
		}
	}
}
