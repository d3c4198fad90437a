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

import "math/bits"

// Options limits what a Heap keeps.
type Options struct {
	// TimelinePoints is the most samples that Result.Timeline may have; 0
	// means 2000, and fewer than 4 means 4.
	TimelinePoints int
}

// SiteID names an allocation site: one distinct call stack. IDs count from 0
// in the order of the NewSite calls.
type SiteID uint32

// Thread is what a Heap remembers about one thread of the program. The zero
// value is a thread that has done nothing yet. A Thread belongs to one Heap.
type Thread struct {
	newest  birth  // of the block that this thread allocated last, while it is live and no other was resized since
	resizes uint32 // 1 + the index in Heap.resizing of the block between BeginRealloc and EndRealloc, or 0
	ignores bool   // whether the block between BeginInnerRealloc and EndRealloc was not seen being allocated
}

// Heap is the state of one program's heap. Use New.
type Heap struct {
	live  table
	sites sites

	bytes, blocks uint64 // live now
	peak          moment // the last moment at which bytes was as high as ever

	sizes    sizeHistogram
	timeline timeline

	touched uint64 // keeps the loads of Touch from being optimized away

	resizing []resizing // blocks between BeginRealloc and EndRealloc
	orphans  orphans

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
		timeline: newTimeline(o.TimelinePoints),
	}
}

// NewSite returns the ID of a site that nothing was allocated at yet.
func (h *Heap) NewSite() SiteID {
	return h.sites.add()
}

// Alloc records that thread t was given a block of size bytes at addr, at the
// moment stamp, by an allocation at site. The site must come from NewSite of
// this heap or of the heap it was cloned from before the cloning.
//
// Where addr holds a live block already, that block's free was lost: it is
// freed here first and counted in Counts.LostFrees.
func (h *Heap) Alloc(t *Thread, addr, size, stamp uint64, site SiteID) {
	l := h.live.region(addr).leaf(addr)
	if h.takesSlowPath(stamp) || addr == 0 || size > maxSize || !l.hasRoom() || l.holds(addr) {
		h.allocSlow(t, addr, size, stamp, site)
		return
	}
	b := newBlock(addr, size, stamp, site)
	l.put(addr, b)
	t.newest = b.born()
	h.grow(size, stamp, site)
	if size >= LeastChunk {
		h.sites.remember(site, size, 0)
	}
}

// takesSlowPath reports whether an event at the moment stamp takes more work than most do:
// a sample of the timeline is due, or the event may be of a block whose free came first.
func (h *Heap) takesSlowPath(stamp uint64) bool {
	return stamp > h.timeline.due || stamp < h.orphans.newest
}

// allocSlow does the work of Alloc for any event. Alloc returns right after calling it, so
// that Alloc's values need not survive a call and stay in registers.
func (h *Heap) allocSlow(t *Thread, addr, size, stamp uint64, site SiteID) {
	if stamp > h.timeline.due {
		h.sample(stamp)
	}
	addr, size = addr&maxAddr, min(size, maxSize)
	if addr == 0 {
		return // no allocator returns it: a damaged event
	}
	b := newBlock(addr, size, stamp, site)
	if stamp < h.orphans.newest && h.allocLate(b, stamp) {
		return
	}
	old := h.live.insert(b)
	lives := old.key == 0 || h.replace(old, b, stamp)
	h.grow(size, stamp, site)
	if size >= LeastChunk {
		h.sites.remember(site, size, 0)
	}
	t.newest = b.born()
	if !lives {
		h.shrink(b, stamp)
	}
}

// grow counts a new block.
func (h *Heap) grow(size, stamp uint64, site SiteID) {
	h.sizes.count(size)
	h.bytes += size
	h.blocks++
	s := h.sites.at(site)
	s.totalBytes += size
	s.totalBlocks++
	if h.bytes >= h.peak.bytes {
		h.peak = moment{stamp, h.bytes, h.blocks}
	} else if s.epoch != h.sites.epoch {
		s.save(h.sites.epoch) // before the first change since the peak
	}
	s.bytes += size
	s.blocks++
	s.maxBytes = max(s.maxBytes, s.bytes)
	s.maxBlocks = max(s.maxBlocks, s.blocks)
}

// Free records that thread t is about to free the block at addr, at the
// moment stamp. A block that was not seen being allocated is counted in
// Counts.UnknownFrees and otherwise ignored.
func (h *Heap) Free(t *Thread, addr, stamp uint64) {
	l := h.live.region(addr).leaf(addr)
	if h.takesSlowPath(stamp) || l == nil || l.frozen {
		h.freeSlow(t, addr, stamp)
		return
	}
	slot, before := l.find(addr)
	b := l.block(slot, addr)
	if slot == 0 || b.signedAge(stamp) < 0 {
		h.freeSlow(t, addr, stamp)
		return
	}
	l.take(addr, slot, before)
	h.countTemporary(t, b)
	h.shrink(b, stamp)
}

// freeSlow does the work of Free for any event.
func (h *Heap) freeSlow(t *Thread, addr, stamp uint64) {
	if stamp > h.timeline.due {
		h.sample(stamp)
	}
	b := h.live.remove(addr&maxAddr, stamp)
	if b.key == 0 {
		h.freeUnknown(addr&maxAddr, stamp)
		return
	}
	h.countTemporary(t, b)
	h.shrink(b, stamp)
}

// countTemporary counts block b, which thread t frees, as temporary if it is the block that
// the thread allocated last.
func (h *Heap) countTemporary(t *Thread, b block) {
	if b.born() == t.newest {
		t.newest = birth{}
		h.sites.cold(b.site()).temporary++
	}
}

// shrink counts the end of block b, whose place in the table is vacant
// already.
func (h *Heap) shrink(b block, stamp uint64) {
	size, site := b.size(), b.site()
	s := h.sites.at(site)
	h.blocks--
	if size == 0 && h.bytes == h.peak.bytes {
		h.peak.blocks = h.blocks // as many bytes as before: still the peak
	} else {
		h.leavePeak(s)
		h.bytes -= size
	}
	s.bytes -= size
	s.blocks--
	lifetime, carry := bits.Add64(s.lifetime, b.age(stamp), 0)
	s.lifetime = lifetime
	if carry != 0 {
		h.sites.cold(site).lifetimeHigh++
	}
}

// leavePeak prepares for a change of site s after which fewer bytes will be
// live than at the peak.
func (h *Heap) leavePeak(s *site) {
	if h.bytes == h.peak.bytes {
		h.sites.beginEpoch()
	}
	if s.epoch != h.sites.epoch {
		s.save(h.sites.epoch)
	}
}

// Allocated reports whether anything was allocated or resized since New or Clone.
func (h *Heap) Allocated() bool { return h.sizes != sizeHistogram{} }

// LiveBytes returns how many bytes are live now.
func (h *Heap) LiveBytes() uint64 { return h.bytes }

// Sample records that rss bytes of the process were resident at the moment stamp. The
// samples of the timeline have the figure that was recorded last.
func (h *Heap) Sample(stamp, rss uint64) {
	if stamp > h.timeline.due {
		h.sample(stamp)
	}
	h.timeline.rss = rss
}

// sample takes the samples of the timeline that are due before the moment stamp.
func (h *Heap) sample(stamp uint64) {
	if !h.timeline.begun() {
		h.peak.stamp = stamp // of a clone: it was at its peak when it began
	}
	h.timeline.advance(stamp, h.bytes, h.blocks)
}
