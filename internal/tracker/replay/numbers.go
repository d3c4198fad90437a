//go:build linux && (amd64 || arm64)

package replay

import (
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// numbers are what the numbers of an image's stacks mean, as far as its threads have told.
type numbers struct {
	stacks []StackID     // 0 where a node is not known
	sites  []heap.SiteID // site + 1, as far as known
	told   uint64        // events of nodes
}

func newNumbers() numbers {
	n := numbers{stacks: make([]StackID, wire.FirstNode), sites: make([]heap.SiteID, wire.FirstNode)}
	for i := range RootCount {
		n.stacks[wire.Root+i] = i
	}
	return n
}

// mayBeNode reports whether a number may be that of a node. They are given one after the other;
// some are not told of, as a hook was left before it could.
func (n *numbers) mayBeNode(number uint64) bool {
	const untold = 1 << 20
	return number >= wire.FirstNode && number < wire.FirstNode+min(n.told+untold, wire.MaxNodes+wire.MaxRings)
}

// stack returns the stack of a number, and reports whether that has been told.
func (n *numbers) stack(number uint64) (StackID, bool) {
	if number >= uint64(len(n.stacks)) {
		return 0, false
	}
	id := n.stacks[number]
	return id, id != 0 || number == wire.Root
}

// keepSite keeps what siteOf is to return, if it is known what the number means.
func (n *numbers) keepSite(number uint64, site heap.SiteID) {
	if _, known := n.stack(number); known {
		n.sites[number] = site
	}
}

// siteOf returns 1 + the site of a number, of numbers.sites; 0 where it is not known yet.
func siteOf(sites []heap.SiteID, number uint64) heap.SiteID {
	if number >= uint64(len(sites)) {
		return 0
	}
	return sites[number]
}

// tell takes in what a number means.
func (n *numbers) tell(number uint64, id StackID) {
	if number >= uint64(len(n.stacks)) {
		n.grow(number)
	}
	n.told++
	n.stacks[number] = id
}

// grow makes room for a number. Fresh memory, unlike memory that append clears, is only
// allocated page by page when it is touched, and most of a thousand short processes touch
// few of the pages.
func (n *numbers) grow(number uint64) {
	size := uint64(len(n.stacks))
	for size <= number {
		size *= 2
	}
	stacks, sites := make([]StackID, size), make([]heap.SiteID, size)
	copy(stacks, n.stacks)
	copy(sites, n.sites)
	n.stacks, n.sites = stacks, sites
}
