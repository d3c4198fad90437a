package heap

// Most events are an Alloc, a Free or an AllocFree at which nothing is due, that match what was
// known before, and need one line of the table. The functions here do the work of these, and
// return right after calling another function for every other event, so that their values need
// not survive a call and stay in registers. Hence they write out what grow and fall do, which
// the compiler does not inline.

// Alloc records that thread t was given a block of size bytes at addr, at the
// moment stamp, by an allocation at site. The site must come from NewSite of
// this heap or of the heap it was cloned from before the cloning.
//
// Where addr holds a live block already, that block's free was lost: it is
// freed here first and counted in Counts.LostFrees.
func (h *Heap) Alloc(t *Thread, addr, size, stamp uint64, site SiteID) {
	l := h.live.region(addr).leaf(addr)
	if l == nil || h.takesSlowPath(stamp) || addr == 0 || size>>markShift != 0 {
		h.allocSlow(t, addr, size, stamp, site)
		return
	}
	at, key := &l.lines[home(addr)], lineKey(addr)
	if at.fill >= full || at.find(key) != lineBlocks {
		h.allocSpilled(t, addr, size, stamp, site, l)
		return
	}
	at.add(key, content{what(size, uint32(site)), stamp})
	t.newest = birth{addr, stamp}
	h.sizes.count(size)
	s := h.sites.at(site)
	h.rise(s, size, stamp, site)
	s.grow(size)
	if s.totalBlocks <= firstChunks && size >= LeastChunk {
		h.sites.remember(site, size, 0)
	}
}

// Free records that thread t is about to free the block at addr, at the
// moment stamp. A block that was not seen being allocated is counted in
// Counts.UnknownFrees and otherwise ignored.
func (h *Heap) Free(t *Thread, addr, stamp uint64) {
	l := h.live.region(addr).leaf(addr)
	if l == nil || h.takesSlowPath(stamp) {
		h.freeSlow(t, addr, stamp)
		return
	}
	at := &l.lines[home(addr)]
	i := at.find(lineKey(addr))
	if i >= lineBlocks {
		h.freeSpilled(t, addr, stamp, l)
		return
	}
	what, born := at.contents[i].what, at.contents[i].birth
	age := int64((stamp-born)<<8) >> 8
	if age < 0 {
		h.freeSlow(t, addr, stamp)
		return
	}
	at.remove(i)
	size, site := what%(1<<markShift), SiteID(what>>markShift&maxSite)
	if t.newest == (birth{addr, born}) && int64(what) >= 0 {
		t.newest = birth{}
		h.sites.cold(site).temporary++
	}
	s := h.sites.at(site)
	h.blocks--
	if h.bytes == h.peak.bytes {
		h.endPeak(size)
	}
	if s.epoch != h.sites.epoch {
		h.sites.save(site)
	}
	h.bytes -= size
	if s.shrink(size, uint64(age)) {
		h.sites.cold(site).lifetimeHigh++
	}
}

// allocSpilled does the work of Alloc where the block's home, in leaf l, may have no room, or
// there may be a block at addr already.
func (h *Heap) allocSpilled(t *Thread, addr, size, stamp uint64, site SiteID, l *leaf) {
	if _, i := l.find(addr); i < lineBlocks {
		h.allocSlow(t, addr, size, stamp, site)
		return
	}
	at, ok := l.makeRoom(home(addr))
	if !ok {
		h.allocSlow(t, addr, size, stamp, site)
		return
	}
	at.add(lineKey(addr), content{what(size, uint32(site)), stamp})
	t.newest = birth{addr, stamp}
	h.grow(size, stamp, site)
}

// freeSpilled does the work of Free where the block does not lie in its home, in leaf l, as
// one of less than 4 GiB.
func (h *Heap) freeSpilled(t *Thread, addr, stamp uint64, l *leaf) {
	at, i := l.find(addr)
	if i >= lineBlocks {
		h.freeSlow(t, addr, stamp)
		return
	}
	b := at.block(i, addr)
	if b.signedAge(stamp) < 0 {
		h.freeSlow(t, addr, stamp)
		return
	}
	l.take(addr, at, i)
	h.countTemporary(t, b)
	h.shrink(b, stamp)
}

// AllocFree records a block that thread t was given at the moment born and
// frees at the moment died, with no event of any thread between. It is the same
// as Alloc and then Free, for less: in programs that churn most blocks are such,
// and they need not enter the table of live blocks.
func (h *Heap) AllocFree(t *Thread, addr, size, born, died uint64, site SiteID) {
	l := h.live.region(addr).leaf(addr)
	if l == nil || died > h.due || size>>markShift != 0 || h.bytes+size >= h.peak.bytes || born < h.orphans.newest {
		h.allocFreeSlow(t, addr, size, born, died, site)
		return
	}
	if at := &l.lines[home(addr)]; at.fill >= odd || at.find(lineKey(addr)) != lineBlocks {
		h.allocFreeSlow(t, addr, size, born, died, site)
		return
	}
	s := h.sites.at(site)
	if s.epoch < h.sites.ofState {
		h.allocFreeSlow(t, addr, size, born, died, site)
		return
	}
	h.sizes.count(size)
	s.totalBytes += size
	s.totalBlocks++
	s.maxBytes = max(s.maxBytes, s.bytes+size)
	s.maxBlocks = max(s.maxBlocks, s.blocks+1)
	age := died - min(born, died)
	s.lifetime += age
	cold := h.sites.cold(site)
	if s.lifetime < age {
		cold.lifetimeHigh++
	}
	cold.temporary++
	t.newest = birth{}
	if s.totalBlocks <= firstChunks && size >= LeastChunk {
		h.sites.remember(site, size, 1)
	}
}

// takesSlowPath reports whether an event at the moment stamp takes more work than most do:
// a reading of the timeline is due, or the event may be of a block whose free came first.
func (h *Heap) takesSlowPath(stamp uint64) bool {
	return stamp > h.due || stamp < h.orphans.newest
}
