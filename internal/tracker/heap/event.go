package heap

import "math"

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
	l, a := h.live.region(addr).leaf(addr), t.account
	if l == nil || a == nil || h.takesSlowPath(stamp) || addr == 0 || size >= variedSize {
		h.allocSlow(t, addr, size, stamp, site)
		return
	}
	at, key := &l.lines[home(addr)], lineKey(addr)
	if at.fill >= full || at.find(key) != lineBlocks {
		h.allocSpilled(t, addr, size, stamp, site, l)
		return
	}
	s := h.sites.at(site)
	if epoch := h.sites.epoch; s.epoch != epoch || a.epoch != epoch {
		h.save(site, a)
	}
	born := stamp&maxStamp | a.tag
	at.add(key, content{what(size, uint32(site)), born})
	t.newest, t.recent = birth{addr, born}, 0
	h.rise(size, stamp)
	s.grow(size)
	a.grow(size)
	if !h.sites.isFirst(site, a) {
		h.sites.growShare(site, a, size)
	}
	if uint32(size) != s.size {
		if sizes := h.sites.sizesOf(s); sizes == nil || size > maxSmall {
			t.recent = h.sites.countSize(site, size)
		} else {
			c := &sizes.small[sizeClass(size)%smallClasses]
			c.blocks++
			c.bytes += size
			t.recent = sizes.recent
		}
	}
	if s.totalBlocks <= firstChunks && size >= LeastChunk {
		h.sites.remember(site, size, 0)
	}
}

// Free records that thread t is about to free the block at addr, at the
// moment stamp. A block that was not seen being allocated is counted in
// Counts.UnknownFrees, or in Before, and otherwise ignored.
func (h *Heap) Free(t *Thread, addr, stamp uint64) {
	l, a := h.live.region(addr).leaf(addr), t.account
	if l == nil || a == nil || h.takesSlowPath(stamp) {
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
	if age < 0 || uint32(what>>markShift)|mayGrow == t.recent || what&(extraMark<<markShift) != 0 {
		h.freeSlow(t, addr, stamp)
		return
	}
	t.recent = 0
	at.remove(i)
	size, site := what%(1<<markShift), SiteID(what>>markShift&maxSite)
	owner := a
	if number := born >> ownerShift; number != a.owner {
		owner = h.sites.threads.byOwner[number]
		h.sites.cold(site).countForeign(owner, a, number)
	}
	if t.newest == (birth{addr, born}) && int64(what) >= 0 {
		t.newest = birth{}
		owner.temporary++
		h.sites.at(site).counts[temporary]++
	}
	s := h.sites.at(site)
	h.blocks--
	if epoch := h.sites.epoch; h.bytes == h.peak.bytes || s.epoch != epoch || owner.epoch != epoch {
		h.leave(site, owner, size)
	}
	h.bytes -= size
	owner.shrink(size)
	if !h.sites.isFirst(site, owner) {
		h.sites.shrinkShare(site, owner, size)
	}
	if s.shrink(size, uint64(age)) {
		h.sites.cold(site).lifetimeHigh++
	}
	if s.blocks == 0 {
		s.counts[emptied]++
	}
	if age >= leastLife {
		s.countLife(uint64(age))
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
	b := block{addr: addr, size: size, birth: t.account.born(stamp, size), mark: uint32(site)}
	at.add(lineKey(addr), content{what(size, b.mark), b.birth})
	t.newest = b.born()
	t.recent = h.grow(b, stamp)
}

// freeSpilled does the work of Free where the block does not lie in its home, in leaf l, as
// one of less than 4 GiB.
func (h *Heap) freeSpilled(t *Thread, addr, stamp uint64, l *leaf) {
	at, i := l.find(addr)
	if i >= lineBlocks {
		h.freeSlow(t, addr, stamp)
		return
	}
	b, x := h.extras.resolve(at.block(i, addr))
	if b.signedAge(stamp) < 0 {
		h.freeSlow(t, addr, stamp)
		return
	}
	l.take(addr, at, i)
	h.end(t, b, x, stamp)
}

// AllocFree records a block that thread t was given at the moment born and
// frees at the moment died, with no event of any thread between. It is the same
// as Alloc and then Free, for less: in programs that churn most blocks are such,
// and they need not enter the table of live blocks.
func (h *Heap) AllocFree(t *Thread, addr, size, born, died uint64, site SiteID) {
	l, a := h.live.region(addr).leaf(addr), t.account
	if l == nil || a == nil || died > h.due || size >= variedSize || born < h.orphans.newest {
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
	isPeak := h.bytes+size >= h.peak.bytes
	if isPeak {
		if size == 0 || h.sites.epoch == math.MaxUint32 {
			h.allocFreeSlow(t, addr, size, born, died, site)
			return
		}
		// The block makes the peak, which falls as it is freed.
		h.peak = moment{born, h.bytes + size, h.blocks + 1}
		h.sites.epoch++
		h.sites.ofPeak, s.epoch, a.epoch = h.sites.epoch, h.sites.epoch, h.sites.epoch
		s.savedBytes, s.savedBlocks = s.bytes+size, s.blocks+1
		a.saved = a.live()
		a.saved.Bytes += size
		a.saved.Blocks++
	}
	t.newest, t.recent = birth{}, 0
	a.pass(size)
	if !h.sites.isFirst(site, a) {
		h.sites.passShare(site, a, size, isPeak)
	}
	s.totalBytes += size
	s.totalBlocks++
	s.maxBytes = max(s.maxBytes, s.bytes+size)
	s.maxBlocks = max(s.maxBlocks, s.blocks+1)
	s.counts[temporary]++
	if s.blocks == 0 {
		s.counts[emptied]++
	}
	age := died - min(born, died)
	s.lifetime += age
	if s.lifetime < age {
		h.sites.cold(site).lifetimeHigh++
	}
	if age >= leastLife {
		s.countLife(age)
	}
	if uint32(size) != s.size {
		if sizes := h.sites.sizesOf(s); sizes == nil || size > maxSmall {
			h.sites.countSize(site, size)
		} else {
			c := &sizes.small[sizeClass(size)%smallClasses]
			c.blocks++
			c.bytes += size
		}
	}
	if s.totalBlocks <= firstChunks && size >= LeastChunk {
		h.sites.remember(site, size, 1)
	}
}

// takesSlowPath reports whether an event at the moment stamp takes more work than most do:
// a reading of the timeline is due, or the event may be of a block whose free came first.
func (h *Heap) takesSlowPath(stamp uint64) bool {
	return stamp > h.due || stamp < h.orphans.newest
}
