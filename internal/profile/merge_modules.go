package profile

import (
	"cmp"
	"slices"
)

// placed is where a module of another process has come to: its addresses plus shift are those of module.
type placed struct {
	module *Module
	shift  uint64 // modulo 2^64
}

// addModules adds the modules of another process, and returns where each has come to. Each process has its libraries at
// places of its own: a file that is there already is not added, and one that would lie where another one does is moved.
func (p *Profile) addModules(modules []*Module) map[*Module]placed {
	place := make(map[*Module]placed, len(modules))
	for _, m := range modules {
		if own := p.sameFile(m); own != nil {
			place[m] = placed{own, own.Bias - m.Bias}
			continue
		}
		own, shift := m, uint64(0)
		if start := p.roomFor(m); start != m.Start {
			shift = start - m.Start
			copied := *m
			copied.Start, copied.End, copied.Bias = m.Start+shift, m.End+shift, m.Bias+shift
			own = &copied
		}
		p.Modules = append(p.Modules, own)
		place[m] = placed{own, shift}
	}
	return place
}

// sameFile returns the module of p that is the same file as m, and of which the same is known; nil if there is none.
func (p *Profile) sameFile(m *Module) *Module {
	for _, own := range p.Modules {
		if own.Path == m.Path && own.BuildID == m.BuildID && own.Nameless == m.Nameless && own.ByOffset == m.ByOffset &&
			own.Start-own.Bias == m.Start-m.Bias && own.End-own.Start == m.End-m.Start {
			return own
		}
	}
	return nil
}

// roomFor returns where m can begin so that no module of p lies there: where it is, if that can be.
func (p *Profile) roomFor(m *Module) uint64 {
	if !m.IsPlaced() {
		return m.Start
	}
	const page = 4 << 10
	start, size := m.Start, m.End-m.Start
	overlaps := func(other *Module) bool { return other.IsPlaced() && other.Start < start+size && start < other.End }
	if !slices.ContainsFunc(p.Modules, overlaps) {
		return start
	}
	// The first gap that is large enough: in 64 bits there is one.
	sorted := slices.SortedFunc(slices.Values(p.Modules), func(a, b *Module) int { return cmp.Compare(a.Start, b.Start) })
	start = 16*page + m.Start%page
	for _, other := range sorted {
		if overlaps(other) {
			start = (other.End+page-1)/page*page + m.Start%page
		}
	}
	return start
}
