package heap

import (
	"cmp"
	"slices"
)

// Live is the blocks of a heap that were live at one moment. It does not change any more, and
// may be read while the heap goes on, even by another goroutine.
type Live struct {
	table         table
	sites         []SiteID // of the blocks that have extras, by index
	resizing      []block
	Bytes, Blocks uint64
}

// Live returns the blocks that are live now. Blocks between BeginRealloc and EndRealloc are, as they
// were before. As with Copy, the time that it takes grows with the address space that the
// blocks are in, and with the number of those that have extras, not with that of all.
func (h *Heap) Live() *Live {
	l := &Live{table: h.live.clone(), sites: h.extras.sites(), Bytes: h.bytes, Blocks: h.blocks}
	for _, r := range h.resizing {
		if r.block.addr != 0 {
			l.resizing = append(l.resizing, r.block)
		}
	}
	return l
}

// RegionBytes is the size of the regions of the address space by which Live has its blocks.
const RegionBytes = regionSize

// Each calls f for each block with its address, its size in bytes and its site. Blocks of one region
// come one after the other, in no further order.
func (l *Live) Each(f func(addr, size uint64, site SiteID)) {
	l.EachIn(func(uint64) bool { return true }, f)
}

// EachInOrder is Each in the order of addresses. Few blocks need to be sorted at a time: those of a leaf.
func (l *Live) EachInOrder(f func(addr, size uint64, site SiteID)) {
	byAddress := func(a, b block) int { return cmp.Compare(a.addr, b.addr) }
	late := slices.SortedFunc(slices.Values(l.resizing), byAddress)
	each := func(b block) { l.show(b, f) }
	var blocks []block
	l.table.eachInOrder(func(base uint64, leaf *leaf) {
		blocks = blocks[:0]
		leaf.each(base, func(b block) { blocks = append(blocks, b) })
		slices.SortFunc(blocks, byAddress)
		for _, b := range blocks {
			for len(late) > 0 && late[0].addr < b.addr {
				each(late[0])
				late = late[1:]
			}
			each(b)
		}
	})
	for _, b := range late {
		each(b)
	}
}

// show calls f for a block.
func (l *Live) show(b block, f func(addr, size uint64, site SiteID)) {
	site := b.site()
	if b.mark&extraMark != 0 {
		site = l.sites[site]
	}
	f(b.addr, b.size, site)
}

// EachIn is Each for the blocks of those regions that are wanted, by their first addresses.
func (l *Live) EachIn(wanted func(region uint64) bool, f func(addr, size uint64, site SiteID)) {
	each := func(b block) { l.show(b, f) }
	l.table.eachIn(wanted, func(base uint64, l *leaf) { l.each(base, each) })
	for _, b := range l.resizing {
		if wanted(b.addr &^ (regionSize - 1)) {
			each(b)
		}
	}
}
