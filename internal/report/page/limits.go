package page

import "math"

// limits are how much a page has at most.
type limits struct {
	nodes   int
	places  int
	types   int
	text    int // columns of a name
	entries int // of each list of what grew, what keeps memory resident, who holds it
	source  int // bytes of source lines
}

// firstLimits are those of nearly all profiles.
func (b *builder) firstLimits() limits {
	return limits{
		nodes: min(20_000, len(b.nodes)), places: min(10_000, len(b.places)), types: min(5_000, len(b.joint.Types)),
		text: 300, entries: 200, source: 120_000,
	}
}

// smaller returns limits of a page that has about so large a part of what it had.
func (l limits) smaller(part float64) limits {
	less := func(n, least int, part float64) int { return max(int(float64(n)*part), least) }
	if l.places < l.nodes {
		l.nodes = less(l.nodes, 1, part)
	} else { // sites, and their names, are what takes most
		each := math.Sqrt(part)
		l.nodes, l.places, l.types, l.text = less(l.nodes, 1, each), less(l.places, 1, each), less(l.types, 1, each), less(l.text, 40, each)
	}
	l.entries, l.source = less(l.entries, 10, part), less(l.source, 0, part)
	return l
}

// isLeast reports whether no page is smaller.
func (l limits) isLeast() bool { return l == l.smaller(0) }
