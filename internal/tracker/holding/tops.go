package holding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
)

const (
	maxTop     = 12      // rows of an owner's Top
	leastShare = 100     // a row has at least one part in so many of what the owner retains
	maxRows    = 1 << 20 // that are looked at, of all owners
)

// tops makes the rows of Owner.Top. A row is those blocks of one kind that stand in the tree below the same rows; a
// kind is in no row twice on the way to it, so that a list is one row however long it is.
type tops struct {
	rows    []row
	numbers map[rowKey]uint32
}

// row is blocks of a kind below others. The first rows are the owners themselves, and what is shared.
type row struct {
	parent         uint32
	kind           uint32
	depth          int
	self, retained profile.Amount
}

type rowKey struct{ parent, kind uint32 }

// noRow is where blocks stand that no owner retains.
const noRow = ^uint32(0)

// findTops gives owners their Top, and returns that of what several of them hold.
func (h *heap) findTops() (shared []profile.Held) {
	p := &tops{rows: make([]row, len(h.owners)+1), numbers: map[rowKey]uint32{}}
	at := make([]uint32, len(h.in.Blocks)) // the row of each block
	for b := range h.graph.Preorder() {
		from := noRow
		if parent := h.graph.Dominator(b); parent >= 0 {
			from = at[parent]
		} else if o := h.owner(b); o == profile.SharedOwner {
			from = uint32(len(h.owners))
		} else if o >= 0 && len(h.holders[o].numbers) == 1 {
			from = uint32(o)
		}
		at[b] = from
		if from == noRow {
			continue
		}
		kind := h.kinds.of[b]
		if same, ok := p.above(from, kind); ok {
			p.rows[same].self.Add(h.amount(b))
		} else if to, ok := p.below(from, kind); ok {
			p.rows[to].self.Add(h.amount(b))
			p.rows[to].retained.Add(h.retained(b))
			at[b] = to
		}
	}
	retained := make([]uint64, len(h.owners)+1)
	for i := range h.owners {
		retained[i] = h.owners[i].Retained.Bytes
	}
	retained[len(h.owners)] = h.shared.Bytes
	all := p.all(retained, h.kinds)
	for i := range h.owners {
		h.owners[i].Top = all[i]
	}
	return all[len(h.owners)]
}

// above returns the row of a kind that is a row or one above it.
func (p *tops) above(at, kind uint32) (uint32, bool) {
	for ; p.rows[at].depth > 0; at = p.rows[at].parent {
		if p.rows[at].kind == kind {
			return at, true
		}
	}
	return 0, false
}

// below returns the row of a kind that stands right below another, which is made if it
// is not too deep to be shown.
func (p *tops) below(parent, kind uint32) (uint32, bool) {
	depth := p.rows[parent].depth + 1
	if depth > maxTop {
		return 0, false
	}
	number, ok := p.numbers[rowKey{parent, kind}]
	if !ok {
		if len(p.rows) == maxRows {
			return 0, false
		}
		number = uint32(len(p.rows))
		p.rows = append(p.rows, row{parent: parent, kind: kind, depth: depth})
		p.numbers[rowKey{parent, kind}] = number
	}
	return number, true
}

// all returns the rows of each owner, and of what is shared, given how many bytes each retains.
func (p *tops) all(retained []uint64, kinds *kinds) [][]profile.Held {
	p.numbers = nil
	rows := make([][]uint32, len(retained)) // of each owner, those that are large enough
	owner := make([]uint32, len(p.rows))
	for i := range p.rows {
		if i < len(retained) {
			owner[i] = uint32(i)
			continue
		}
		r := &p.rows[i]
		owner[i] = owner[r.parent] // parents come first
		if r.retained.Bytes >= (retained[owner[i]]+leastShare-1)/leastShare {
			rows[owner[i]] = append(rows[owner[i]], uint32(i))
		}
	}
	all := make([][]profile.Held, len(retained))
	for i := range all {
		all[i] = p.top(rows[i], uint32(i), kinds)
	}
	return all
}

// top returns the largest of an owner's rows, of which all that any stands below are there too.
func (p *tops) top(rows []uint32, owner uint32, kinds *kinds) (held []profile.Held) {
	slices.SortFunc(rows, func(a, b uint32) int { return p.compare(a, b, kinds) })
	rows = rows[:min(len(rows), maxTop)]
	var add func(parent uint32)
	add = func(parent uint32) {
		for _, r := range rows {
			if r := &p.rows[r]; r.parent == parent {
				held = append(held, profile.Held{
					Depth: r.depth - 1, Point: int(kinds.list[r.kind].point), Class: kinds.name(r.kind), Self: r.self, Retained: r.retained,
				})
			} else {
				continue
			}
			add(r)
		}
	}
	add(owner)
	return held
}

// compare puts rows that retain more first: each before those that stand below it, as it retains more blocks.
func (p *tops) compare(a, b uint32, kinds *kinds) int {
	x, y := &p.rows[a], &p.rows[b]
	if c := cmp.Or(cmp.Compare(y.retained.Bytes, x.retained.Bytes), cmp.Compare(y.retained.Blocks, x.retained.Blocks)); c != 0 {
		return c
	}
	return cmp.Or(kinds.compare(x.kind, y.kind), cmp.Compare(a, b))
}
