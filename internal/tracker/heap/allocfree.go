package heap

import "math/bits"

// AllocFree records a block that thread t was given at the moment born and
// frees at the moment died, with no event of any thread between. It is the same
// as Alloc and then Free, for less: in programs that churn most blocks are such,
// and they need not enter the table of live blocks.
func (h *Heap) AllocFree(t *Thread, addr, size, born, died uint64, site SiteID) {
	// The slow path is for the few events at which a sample is due, the block makes a
	// new peak, or something did not match before.
	if died > h.timeline.due || size > maxSize || h.bytes+size >= h.peak.bytes || born < h.orphans.newest ||
		h.live.find(addr&maxAddr).key != 0 {
		h.Alloc(t, addr, size, born, site)
		h.Free(t, addr, died)
		return
	}
	h.sizes.count(size)
	s := h.sites.at(site)
	s.totalBytes += size
	s.totalBlocks++
	s.maxBytes = max(s.maxBytes, s.bytes+size)
	s.maxBlocks = max(s.maxBlocks, s.blocks+1)
	age := died - min(born, died)
	lifetime, carry := bits.Add64(s.lifetime, age, 0)
	s.lifetime = lifetime
	cold := h.sites.cold(site)
	cold.lifetimeHigh += carry
	cold.temporary++
	t.newest = birth{}
	if size >= LeastChunk {
		h.sites.remember(site, size, 1)
	}
}
