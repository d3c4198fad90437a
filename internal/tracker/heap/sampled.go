package heap

import (
	"maps"
	"math/bits"
	"slices"
)

// Sampled is the account of a heap of which some blocks are recorded, each by chance: it
// estimates what Heap counts. A sampled block stands for as many as 1/p, where p is the
// probability that a block of its size is sampled. The rules are Heap's but for two:
//
//   - A realloc ends the block, and what it makes is a new one, sampled or not by its own size.
//   - What is freed and is not known is no loss: most blocks are not known.
//
// There are few sampled blocks, so that it need not be as fast as a Heap. A Sampled is not
// safe for concurrent use, nor are two that share a Thread.
type Sampled struct {
	mean  float64 // bytes
	live  map[uint64]*sampledBlock
	sites []sampledSite

	epoch, ofPeak, ofState uint64 // as of sites
	moments                moments
	due                    uint64 // as Heap.due

	now  Amount // live
	peak moment

	sizes    sizeHistogram
	timeline timeline
	orphans  orphans

	counts    Counts
	inherited Amount
	forked    uint64 // as Heap.forked
}

// sampledBlock does not change, but for moving.
type sampledBlock struct {
	addr, size, birth uint64
	site              SiteID
	estimate          estimate
	moving            bool // between BeginRealloc and EndRealloc: its address may be another's
}

// sampledSite is the account of one site.
type sampledSite struct {
	total, live, saved estimate // saved is live when the peak fell, if epoch is not before that
	max                Amount   // each at its own moment
	lifetime           Ticks    // of freed blocks
	temporary, epoch   uint64
}

// SampledThread is what a Sampled remembers about one thread, as Thread is for a Heap.
type SampledThread struct {
	newest   *sampledBlock
	resizing *sampledBlock // nil: none
	began    uint64        // the stamp of BeginRealloc
}

// NewSampled returns an empty heap of which blocks are sampled so many bytes apart on average.
func NewSampled(mean uint64, o Options) *Sampled {
	return &Sampled{mean: float64(mean), live: make(map[uint64]*sampledBlock), moments: newMoments(), timeline: newTimeline(o.TimelinePoints)}
}

// NewSite returns the ID of a site that nothing was allocated at yet.
func (h *Sampled) NewSite() SiteID {
	h.sites = append(h.sites, sampledSite{})
	return SiteID(len(h.sites) - 1)
}

// Alloc is Heap.Alloc for a sampled block.
func (h *Sampled) Alloc(t *SampledThread, addr, size, stamp uint64, site SiteID) {
	h.advance(stamp)
	addr, size = addr&maxAddr, min(size, maxSize)
	if addr == 0 {
		return
	}
	b := &sampledBlock{addr: addr, size: size, birth: stamp, site: site, estimate: estimateOf(size, h.mean, addr^bits.RotateLeft64(stamp, 32))}
	if free, ok := h.orphans.take(addr, stamp); stamp < h.orphans.newest && ok {
		h.counts.LateEvents++
		h.grow(b, stamp)
		h.shrink(b, free.stamp)
		return
	}
	old, lives := h.live[addr], true
	if old != nil && !old.moving {
		lives = h.replace(old, b, stamp)
	}
	h.grow(b, stamp)
	t.newest = b
	if lives {
		h.live[addr] = b
	} else {
		h.shrink(b, stamp)
	}
}

// replace is Heap.replace.
func (h *Sampled) replace(old, b *sampledBlock, stamp uint64) (lives bool) {
	if h.inherited.Blocks > 0 && old.birth <= h.forked {
		h.counts.LateEvents++
		h.shrink(old, stamp)
		return true
	}
	h.counts.LostFrees++
	if old.birth > stamp {
		h.counts.LateEvents++
		return false
	}
	h.shrink(old, stamp)
	return true
}

// Free is Heap.Free, but that a block which is not known was not sampled. outlived is
// whether the thread has allocated since the block, as only the program knows.
func (h *Sampled) Free(t *SampledThread, addr, stamp uint64, outlived bool) {
	h.advance(stamp)
	addr &= maxAddr
	b := h.live[addr]
	switch {
	case b == nil:
		h.orphans.add(orphan{addr: addr, stamp: stamp})
		return
	case b.birth > stamp: // a younger block: the free was of the one before it
		h.counts.LateEvents++
		if h.counts.LostFrees > 0 {
			h.counts.LostFrees--
		}
		return
	}
	delete(h.live, addr)
	if b == t.newest {
		t.newest = nil
		if !outlived {
			h.sites[b.site].temporary += b.estimate.Blocks
		}
	}
	h.shrink(b, stamp)
}

// BeginRealloc is Heap.BeginRealloc.
func (h *Sampled) BeginRealloc(t *SampledThread, addr, stamp uint64) {
	h.advance(stamp)
	if t.resizing != nil { // the end of the last one was lost
		h.EndRealloc(t, stamp, Failed)
	}
	if b := h.live[addr&maxAddr]; b != nil && b.birth <= stamp {
		b.moving = true
		t.resizing, t.began = b, stamp
	}
}

// EndRealloc is Heap.EndRealloc. Whatever the outcome but Failed, the old block has ended.
func (h *Sampled) EndRealloc(t *SampledThread, stamp uint64, outcome Outcome) {
	h.advance(stamp)
	b := t.resizing
	if b == nil {
		return
	}
	t.resizing, b.moving = nil, false
	isThere := h.live[b.addr] == b
	switch {
	case outcome != Failed:
		if isThere {
			delete(h.live, b.addr)
		}
		h.shrink(b, t.began)
	case !isThere:
		h.counts.LostFrees++
		h.shrink(b, stamp)
	}
}

// read is Heap.read.
func (h *Sampled) read(stamp uint64) {
	if stamp <= h.timeline.due {
		return
	}
	if !h.timeline.begun() {
		h.peak.stamp = stamp
	}
	h.timeline.advance(stamp, h.now.Bytes, h.now.Blocks)
}

// advance does what is due before the moment stamp of an event.
func (h *Sampled) advance(stamp uint64) {
	if stamp <= h.due {
		return
	}
	h.read(stamp)
	h.moments.pass(stamp, len(h.sites), h.beginMoment)
	h.due = min(h.timeline.due, h.moments.due)
}

// beginMoment is sites.beginMoment.
func (h *Sampled) beginMoment() uint64 {
	h.epoch++
	h.ofState = h.epoch
	return h.epoch
}

// grow counts a new block.
func (h *Sampled) grow(b *sampledBlock, stamp uint64) {
	e := b.estimate
	h.sizes.count(b.size, e.Amount)
	h.now.Bytes += e.Bytes
	h.now.Blocks += e.Blocks
	if h.now.Bytes >= h.peak.bytes {
		h.peak = moment{stamp, h.now.Bytes, h.now.Blocks}
	}
	s := &h.sites[b.site]
	h.save(b.site)
	s.total.add(e)
	s.live.add(e)
	s.max.Bytes = max(s.max.Bytes, s.live.Bytes)
	s.max.Blocks = max(s.max.Blocks, s.live.Blocks)
}

// shrink counts the end of a block.
func (h *Sampled) shrink(b *sampledBlock, stamp uint64) {
	e := b.estimate
	s := &h.sites[b.site]
	if h.now.Bytes == h.peak.bytes {
		h.epoch++
		h.ofPeak = h.epoch
	}
	h.save(b.site)
	h.now.Bytes -= e.Bytes
	h.now.Blocks -= e.Blocks
	s.live.remove(e)
	s.lifetime = s.lifetime.Add(b.lifetime(stamp))
}

// save is sites.save.
func (h *Sampled) save(id SiteID) {
	s := &h.sites[id]
	if s.epoch < h.ofPeak {
		s.saved = s.live
	}
	if s.epoch < h.ofState {
		h.moments.save(id, s.epoch, s.total.Amount, s.live.Amount)
	}
	s.epoch = h.epoch
}

// lifetime returns how long all blocks that b stands for lived up to stamp.
func (b *sampledBlock) lifetime(stamp uint64) Ticks {
	hi, lo := bits.Mul64(stamp-min(b.birth, stamp), b.estimate.Blocks)
	return Ticks{hi, lo}
}

// Allocated reports whether anything was allocated since NewSampled or Clone.
func (h *Sampled) Allocated() bool { return h.sizes != sizeHistogram{} }

// LiveBytes returns how many bytes are live now.
func (h *Sampled) LiveBytes() uint64 { return h.now.Bytes }

// LiveBlocks returns how many blocks are live now.
func (h *Sampled) LiveBlocks() uint64 { return h.now.Blocks }

// Resident is Heap.Resident.
func (h *Sampled) Resident(stamp, rss uint64) {
	h.read(stamp)
	h.timeline.rss = rss
}

// Clone is Heap.Clone. It takes time for each live block.
func (h *Sampled) Clone(stamp uint64) *Sampled {
	c := &Sampled{
		mean:  h.mean,
		live:  make(map[uint64]*sampledBlock, len(h.live)),
		sites: make([]sampledSite, len(h.sites)),
		now:   h.now,
		peak:  moment{0, h.now.Bytes, h.now.Blocks},

		timeline:  timeline{limit: h.timeline.limit},
		moments:   newMoments(),
		inherited: h.now,
		forked:    stamp,
	}
	for addr, b := range h.live {
		own := *b
		own.moving = false // the thread that moves it is not the child's
		c.live[addr] = &own
	}
	for i := range c.sites {
		live := h.sites[i].live
		c.sites[i] = sampledSite{total: live, live: live, max: live.Amount}
	}
	return c
}

// Copy is Heap.Copy.
func (h *Sampled) Copy() *Sampled {
	c := *h
	c.live = maps.Clone(h.live)
	c.sites = slices.Clone(h.sites)
	c.timeline.readings = slices.Clone(h.timeline.readings)
	c.moments = h.moments.copy()
	return &c
}

// Sums is Heap.Sums.
func (h *Sampled) Sums(stamp uint64) *Result {
	peak := h.peak
	if !h.timeline.begun() {
		peak.stamp = stamp
	}
	r := &Result{
		Sites:     make([]SiteResult, len(h.sites)),
		PeakStamp: peak.stamp,
		EndStamp:  stamp,
		Inherited: h.inherited,
		Counts:    h.counts,
		Timeline:  h.timeline.finish(peak, moment{stamp, h.now.Bytes, h.now.Blocks}),
	}
	for i := range h.sites {
		s := &h.sites[i]
		atPeak := s.live
		if h.now.Bytes != h.peak.bytes && s.epoch >= h.ofPeak {
			atPeak = s.saved
		}
		r.Sites[i] = SiteResult{
			TotalBytes: s.total.Bytes, TotalBlocks: s.total.Blocks,
			MaxBytes: s.max.Bytes, MaxBlocks: s.max.Blocks,
			PeakBytes: atPeak.Bytes, PeakBlocks: atPeak.Blocks,
			EndBytes: s.live.Bytes, EndBlocks: s.live.Blocks,
			TemporaryBlocks: s.temporary,
			TotalSamples:    s.total.samples, PeakSamples: atPeak.samples, EndSamples: s.live.samples,
		}
	}
	r.addTotal()
	return r
}

// Finish is Heap.Finish. The sizes of blocks are not known of any site's: Result.Chunks is
// nil.
func (h *Sampled) Finish(stamp uint64) *Result {
	r := h.Sums(stamp)
	r.Sizes = h.sizes.classes()
	moments := h.moments.until(stamp, h.epoch+1)
	r.addMoments(moments)
	r.States = moments.history.bySite(moments, len(h.sites), func(id SiteID) State {
		s := &h.sites[id]
		return State{moments.pending(s.epoch, s.total.Blocks), s.total.Bytes, s.total.Blocks, s.live.Bytes, s.live.Blocks}
	})
	for i := range h.sites {
		r.Sites[i].Lifetime = h.sites[i].lifetime
	}
	for _, b := range h.live {
		s := &r.Sites[b.site]
		s.Lifetime = s.Lifetime.Add(b.lifetime(stamp))
		addBirth(&r.Births[b.site], moments.at(b.birth), b.estimate.Amount)
	}
	r.addTotal()
	return r
}
