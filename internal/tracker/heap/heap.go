// Package heap keeps the account of a program's heap: it takes allocator
// events in time order and knows at any moment which blocks live, what each
// allocation site holds and held, and what the heap looked like at its peak.
//
// Sizes are bytes as the program asked for them. Stamps are readings of one
// clock whose unit only the caller knows (a cycle counter, say); the package
// calls it a tick and never converts it.
//
// The rules of accounting are those of valgrind's DHAT, so that the numbers
// agree with its:
//
//   - A realloc adds one block and the new size to the totals of the site that
//     first allocated the block, changes what is live by the difference in one
//     step, and leaves the block's site and birth as they were.
//   - The global peak (t-gmax) is the last moment at which as many bytes were
//     live as ever. So the last of equal peaks counts.
//
// Two things differ on purpose. malloc(0) counts 0 bytes where DHAT counts 1,
// and a site's own maxima are its true ones, each at its own moment.
//
// A block is temporary if the thread that allocated it frees it before it
// allocates or resizes another one, however often that thread resized the block
// itself. A block that another thread resized is not temporary.
//
// A Heap is not safe for concurrent use. Different heaps are independent, even
// a heap and its Clone. The package imports nothing of ours.
package heap

// Options limits what a Heap keeps.
type Options struct {
	// TimelinePoints is the most readings that Result.Timeline may have; 0
	// means 2000, and fewer than 4 means 4.
	TimelinePoints int

	// Attached says that the account begins while the program has blocks already: what is freed or resized and was not
	// seen being allocated is one of them. See Before.
	Attached bool
}

// SiteID names an allocation site: one distinct call stack. IDs count from 0
// in the order of the NewSite calls.
type SiteID uint32

// Outside is the site of blocks that are not counted: no Alloc is to be told of them. What frees and resizes such a
// block frees and resizes one that was not seen.
const Outside = ^SiteID(0) - 1

// Heap is the state of one program's heap. Use New.
type Heap struct {
	live  table
	sites sites

	bytes, blocks uint64 // live now
	peak          moment // the last moment at which bytes was as high as ever

	extras   extras
	partners partners
	timeline timeline
	due      uint64 // until this moment nothing is due that time brings: no reading, no end of a window

	touched uint8 // keeps the loads of Touch from being optimized away

	resizing []resizing // blocks between BeginRealloc and EndRealloc
	orphans  orphans
	frees    *frees // nil before the first free that has a stack
	before   before
	watch    watch

	counts    Counts
	inherited Amount
	forked    uint64 // the stamp of the fork, for a clone; blocks born until then are inherited
}

// moment is how much was live at one time.
type moment struct {
	stamp, bytes, blocks uint64
}

// New returns an empty heap.
func New(o Options) *Heap {
	return &Heap{
		live:     newTable(),
		sites:    sites{moments: newMoments()},
		timeline: newTimeline(o.TimelinePoints),
		before:   before{has: o.Attached},
	}
}

// NewSite returns the ID of a site that nothing was allocated at yet.
func (h *Heap) NewSite() SiteID {
	return h.sites.add()
}

// allocSlow does the work of Alloc for any event.
func (h *Heap) allocSlow(t *Thread, addr, size, stamp uint64, site SiteID) {
	if stamp > h.due {
		h.advance(stamp)
	}
	addr, size = addr&maxAddr, min(size, maxSize)
	if addr == 0 {
		return // no allocator returns it: a damaged event
	}
	a := h.accountOf(t)
	b := block{addr: addr, size: size, birth: a.born(stamp, size), mark: uint32(site)}
	if stamp < h.orphans.newest && h.allocLate(b, stamp) {
		return
	}
	x := uint32(0)
	if h.partners.looks() && b.birth>>ownerShift != 0 {
		x = h.extras.add(site)
	}
	old := h.live.insert(b.with(x))
	lives := old.addr == 0 || h.replace(old, b.with(x), stamp)
	t.recent = h.grow(b, stamp)
	t.newest = b.born()
	if size>>markShift != 0 {
		a.large++
	}
	if x != 0 {
		h.lookAt(a, x)
	}
	if h.watch.isOn() {
		h.look(site, b.size, stamp, Amount{h.bytes - b.size, h.blocks - 1})
	}
	if !lives {
		h.endUnseen(b, x, stamp)
	}
}

// allocFreeSlow does the work of AllocFree for any event.
func (h *Heap) allocFreeSlow(t *Thread, addr, size, born, died uint64, site SiteID) {
	h.Alloc(t, addr, size, born, site)
	h.Free(t, addr, died)
}

// grow counts a new block, and returns what its thread's recent is then.
func (h *Heap) grow(b block, stamp uint64) (recent uint32) {
	id := b.site()
	s := h.sites.at(id)
	a := h.owner(b.birth)
	h.save(id, a)
	h.rise(b.size, stamp)
	s.grow(b.size)
	a.grow(b.size)
	if !h.sites.isFirst(id, a) {
		h.sites.growShare(id, a, b.size)
	}
	if s.totalBlocks <= firstChunks && b.size >= LeastChunk {
		h.sites.remember(id, b.size, 0)
	}
	return h.sites.countSize(id, b.size)
}

// save keeps what a site and an account are before the first change of each in an epoch.
func (h *Heap) save(site SiteID, a *account) {
	if h.sites.at(site).epoch != h.sites.epoch {
		h.sites.save(site)
	}
	if a.epoch != h.sites.epoch {
		a.save(&h.sites)
	}
}

// rise counts a new block in all that is live.
func (h *Heap) rise(size, stamp uint64) {
	h.bytes += size
	h.blocks++
	if h.bytes >= h.peak.bytes {
		h.peak = moment{stamp, h.bytes, h.blocks}
	}
}

// freeSlow does the work of Free for any event.
func (h *Heap) freeSlow(t *Thread, addr, stamp uint64) {
	if stamp > h.due {
		h.advance(stamp)
	}
	b, x := h.take(addr&maxAddr, stamp)
	if b.addr == 0 {
		h.freeUnknown(addr&maxAddr, stamp, Freer{})
		return
	}
	h.end(t, b, x, stamp)
}

// end counts that thread t frees block b, whose place in the table is vacant already and whose
// extra is x.
func (h *Heap) end(t *Thread, b block, x uint32, stamp uint64) {
	h.countTemporary(t, b)
	h.growReplaced(t, b, x)
	h.part(t, b, x, stamp)
	h.dropExtra(x)
	owner := h.owner(b.birth)
	h.shrink(b, owner, stamp)
	a := h.accountOf(t)
	if number := b.birth >> ownerShift; number != a.owner {
		h.sites.cold(b.site()).countForeign(owner, a, number)
	}
}

// endUnseen does what end does, for a block of which it is not known who has freed it.
func (h *Heap) endUnseen(b block, x uint32, stamp uint64) {
	h.dropExtra(x)
	owner := h.owner(b.birth)
	h.shrink(b, owner, stamp)
	owner.freedByOthers++
	h.sites.cold(b.site()).freedUnknown++
}

// countTemporary counts block b, which thread t frees, as temporary if it is the block that
// the thread allocated last.
func (h *Heap) countTemporary(t *Thread, b block) {
	if t.isNewest(b) {
		t.newest = birth{}
		h.owner(b.birth).temporary++
		h.sites.at(b.site()).counts[temporary]++
	}
}

// shrink counts the end of block b, which is its owner's, and whose place in the table is vacant
// already.
func (h *Heap) shrink(b block, owner *account, stamp uint64) {
	id, age := b.site(), b.age(stamp)
	s := h.sites.at(id)
	h.blocks--
	h.leave(id, owner, b.size)
	h.bytes -= b.size
	owner.shrink(b.size)
	if !h.sites.isFirst(id, owner) {
		h.sites.shrinkShare(id, owner, b.size)
	}
	if s.shrink(b.size, age) {
		h.sites.cold(id).lifetimeHigh++
	}
	if s.blocks == 0 {
		s.counts[emptied]++
	}
	if age >= leastLife {
		s.countLife(age)
	}
}

// leave prepares for the end of a block of that site, owner and size, which is not counted in
// h.blocks any more.
func (h *Heap) leave(site SiteID, owner *account, size uint64) {
	if h.bytes == h.peak.bytes {
		h.endPeak(size)
	}
	h.save(site, owner)
}

// endPeak ends the peak, as a block of that size is freed; but where it has no bytes, as
// many are live after that: it is still the peak, and has one block less.
func (h *Heap) endPeak(size uint64) {
	if size == 0 {
		h.peak.blocks = h.blocks
		return
	}
	h.sites.beginFall()
}

// Allocated reports whether anything was allocated or resized since New or Clone.
func (h *Heap) Allocated() bool { return h.sites.hasCounted() }

// LiveBytes returns how many bytes are live now.
func (h *Heap) LiveBytes() uint64 { return h.bytes }

// LiveBlocks returns how many blocks are live now.
func (h *Heap) LiveBlocks() uint64 { return h.blocks }

// Resident records that rss bytes of the process were resident at the moment stamp. The
// readings of the timeline have the figure that was recorded last. Events from before that
// moment may still come.
func (h *Heap) Resident(stamp, rss uint64) {
	h.read(stamp)
	h.timeline.rss = rss
}

// read takes the readings of the timeline that are due before the moment stamp.
func (h *Heap) read(stamp uint64) {
	if stamp <= h.timeline.due {
		return
	}
	if !h.timeline.begun() {
		h.peak.stamp = stamp // of a clone: it was at its peak when it began
	}
	h.timeline.advance(stamp, h.bytes, h.blocks)
}

// advance does what is due before the moment stamp of an event.
func (h *Heap) advance(stamp uint64) {
	h.read(stamp)
	h.sites.moments.pass(stamp, int(h.sites.n), h.sites.beginMoment)
	if h.partners.pass(stamp) {
		h.sites.drain()
	}
	h.due = min(h.timeline.due, h.sites.moments.due, h.partners.nextDue(), h.watch.due())
}
