package heap

import "slices"

// longest makes g's longest chain that of the given sizes if it is longer.
func (g *Growth) longest(sizes []uint64, ties longest) {
	c := Growth{Steps: uint64(len(sizes) - 1), First: sizes[0], Last: sizes[len(sizes)-1], LeastAdded: ^uint64(0)}
	for i := range c.Steps {
		added := sizes[i+1] - sizes[i]
		c.LeastAdded, c.MostAdded = min(c.LeastAdded, added), max(c.MostAdded, added)
	}
	if c.Steps > g.Steps || c.Steps == g.Steps && c.Last > g.Last {
		clear(ties)
		g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded = c.Steps, c.First, c.Last, c.LeastAdded, c.MostAdded
	}
	if c.Steps == g.Steps && c.Last == g.Last {
		ties[c.ofLongest()] = true
	}
}

// chain counts a whole chain.
func (g *Growth) chain(sizes []uint64, ties longest) {
	if len(sizes) < 2 {
		return
	}
	g.Chains++
	if steps := uint64(len(sizes) - 1); steps >= 4 {
		g.LongChains++
		g.LongBlocks += steps
		for _, size := range sizes[:steps] {
			g.LongBytes += size
		}
	}
	// One that has become so long later does not take the place of one that was first.
	for n := 2; n <= len(sizes); n++ {
		g.longest(sizes[:n], ties)
	}
}

// longest are the longest chains of a site of which it is left open which one counts.
type longest map[[5]uint64]bool

func (g *Growth) ofLongest() [5]uint64 {
	return [...]uint64{g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded}
}

func (m *model) growth(blocks []*modelBlock, replaced []replacement) (*Growth, longest) {
	var g Growth
	ties := longest{}
	larger, others, given := 0, 0, false
	next := map[*modelBlock]*modelBlock{}
	follows := map[*modelBlock]bool{}
	for _, r := range replaced {
		if given {
			break
		}
		if r.new.sizes()[0] > r.old.size {
			larger++
			next[r.old], follows[r.new] = r.new, true
		} else {
			others++
		}
		given = others >= 32 && 3*others > larger
	}
	if given || 3*others > larger {
		clear(next)
	}
	for _, b := range blocks {
		row := b.sizes()[:1]
		for i, size := range b.sizes()[1:] {
			if was := b.sizes()[i]; size < was {
				g.chain(row, ties)
				row = nil
			} else if size > was && b.facts.moves[i] {
				g.Moves++
				g.CopiedBytes += was
			}
			if len(row) == 0 || size > row[len(row)-1] {
				row = append(slices.Clone(row), size)
			}
		}
		g.chain(row, ties)
		// A chain of replaced blocks begins with one that replaces none, or that was resized
		// larger or smaller meanwhile.
		if n := next[b]; n != nil {
			g.Moves++
			g.CopiedBytes += b.size
			if m.facts.peakLive[b] && m.facts.peakLive[n] {
				g.PeakOld += b.size
			}
		}
		if changes := m.changes(b); next[b] != nil && (!follows[b] || changes) {
			row := []uint64{b.size}
			for n := next[b]; n != nil; n = next[n] {
				row = append(row, n.sizes()[0])
				if m.changes(n) {
					break
				}
			}
			g.chain(row, ties)
		}
	}
	if g.Chains == 0 {
		return nil, nil
	}
	return &g, ties
}

func (b *modelBlock) sizes() []uint64 { return b.facts.sizes }

// changes reports whether a block was resized to another size.
func (m *model) changes(b *modelBlock) bool {
	return slices.ContainsFunc(b.sizes(), func(size uint64) bool { return size != b.sizes()[0] })
}
