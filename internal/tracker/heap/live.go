package heap

// Live is the blocks of a heap that were live at one moment. It does not change any more, and
// may be read while the heap goes on, even by another goroutine.
type Live struct {
	table         table
	resizing      []block
	Bytes, Blocks uint64
}

// Live returns the blocks that are live now. Blocks between BeginRealloc and EndRealloc are, as they
// were before. As with Copy, the time that it takes grows with the address space that the
// blocks are in, and not with their number.
func (h *Heap) Live() *Live {
	l := &Live{table: h.live.clone(), Bytes: h.bytes, Blocks: h.blocks}
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

// EachIn is Each for the blocks of those regions that are wanted, by their first addresses.
func (l *Live) EachIn(wanted func(region uint64) bool, f func(addr, size uint64, site SiteID)) {
	each := func(b block) { f(b.addr, b.size, b.site()) }
	l.table.eachIn(wanted, func(base uint64, l *leaf) { l.each(base, each) })
	for _, b := range l.resizing {
		if wanted(b.addr &^ (regionSize - 1)) {
			each(b)
		}
	}
}
