package heap

import (
	"math"
	"math/bits"
)

// Result is the account of a heap up to one moment.
type Result struct {
	Sites []SiteResult // by SiteID
	Facts []Facts      // by SiteID; empty in the account of a Sampled

	// Totals over all sites. Every column is the sum of the sites', but for
	// the maxima, which sites reach at different moments: they are 0 here.
	Total SiteResult

	PeakStamp uint64 // when the heap reached its peak (t-gmax) for the last time
	EndStamp  uint64

	// Inherited is what was live when the heap was cloned. It is in the totals,
	// but not in Sizes.
	Inherited Amount

	// Chunks tells the sizes of all blocks of those sites that may be an arena's
	// or a pool's: see remember and uniformSizes.
	Chunks map[SiteID][]SizeRun

	Frees *Frees // where blocks were freed; nil if no free had a stack

	Moments []Moment // in time order

	// By SiteID, in time order: what the site was at those moments at which it was not what
	// it had been at the moment before (before the first nothing was allocated), and when
	// the blocks were born that live at the end.
	States [][]State
	Births [][]Births

	Threads []ThreadResult // in the order in which they began; empty in the account of a Sampled

	Timeline  []Reading   // in time order, with the peak and the end
	Sizes     []SizeClass // of each allocation and each realloc, ascending
	Lifetimes []LifeClass // of the freed blocks; empty in the account of a Sampled
	Counts    Counts
	Before    Before // all 0 in the account of a Sampled, which cannot tell such blocks from those that were not sampled
}

// Amount is a number of bytes in a number of blocks.
type Amount struct {
	Bytes, Blocks uint64
}

// SiteResult is the account of one allocation site.
type SiteResult struct {
	TotalBytes, TotalBlocks uint64 // allocated, reallocs included
	Lifetime                Ticks  // summed over all blocks, live ones up to the end

	MaxBytes, MaxBlocks   uint64 // the most that was live at once, each at its own moment
	PeakBytes, PeakBlocks uint64 // live at the peak of the whole heap (t-gmax)
	EndBytes, EndBlocks   uint64 // live at the end

	TemporaryBlocks uint64 // freed by their thread before it allocated or resized another
	Reallocs        uint64 // how many of TotalBlocks are reallocs

	// What the numbers are estimated from, in the account of a Sampled.
	TotalSamples, PeakSamples, EndSamples Samples
}

// Facts is what else is known of how the blocks of one site lived.
type Facts struct {
	FreedElsewhere uint64      // blocks that another thread freed than the one that had allocated them
	FreedUnknown   uint64      // blocks that were freed without both threads being known
	Emptied        uint64      // how often the last live block was freed
	Growth         *Growth     // nil where no block grew
	Partner        *Partner    // nil where there is none
	Sizes          []SizeClass // as Result.Sizes, those that have blocks
	Lifetimes      []LifeClass // of freed blocks
	Threads        []Share     // what each thread has of the site, by their index
}

// Counts is how many events did not match what was known before. All are zero for a
// complete recording.
type Counts struct {
	UnknownFrees uint64 // blocks freed or resized that were not seen being allocated
	LostFrees    uint64 // live blocks whose address was allocated again
	LateEvents   uint64 // events out of order, put right by address and stamp
}

// Ticks is a sum of times, in ticks: 128 bits, as a billion blocks that live
// for minutes exceed 64.
type Ticks struct {
	Hi, Lo uint64
}

// Add returns t plus u.
func (t Ticks) Add(u Ticks) Ticks {
	lo, carry := bits.Add64(t.Lo, u.Lo, 0)
	return Ticks{t.Hi + u.Hi + carry, lo}
}

// Scale returns t·num/den, rounded down: the time in another unit. It is
// math.MaxUint64 if it is more than that. It panics if den is 0.
func (t Ticks) Scale(num, den uint64) uint64 {
	// Long multiplication, then long division by words.
	carry, w0 := bits.Mul64(t.Lo, num)
	w2, w1 := bits.Mul64(t.Hi, num)
	w1, c := bits.Add64(w1, carry, 0)
	w2 += c
	if w2 != 0 || w1 >= den {
		if den == 0 {
			panic("heap: scale by a zero denominator")
		}
		return math.MaxUint64
	}
	q, _ := bits.Div64(w1, w0, den)
	return q
}

// Sums returns of the account up to stamp what takes no time for each live block: the sites with their totals, the
// threads, the timeline and the counts. No lifetime of a site's is known then, and all else is empty. The heap stays as it is.
func (h *Heap) Sums(stamp uint64) *Result {
	r, _ := h.sums(stamp)
	return r
}

// sums is Sums, and returns the index of each thread by the serial of its account.
func (h *Heap) sums(stamp uint64) (r *Result, rows map[uint32]int) {
	peak := h.peak
	if !h.timeline.begun() {
		peak.stamp = stamp
	}
	r = &Result{
		Sites:     make([]SiteResult, h.sites.n),
		PeakStamp: peak.stamp,
		EndStamp:  stamp,
		Inherited: h.inherited,
		Counts:    h.counts,
		Before:    h.before.Before,
	}
	atPeak := h.isAtPeak()
	for i := range r.Sites {
		s := h.sites.at(SiteID(i))
		sr := SiteResult{
			TotalBytes: s.totalBytes, TotalBlocks: s.totalBlocks,
			MaxBytes: s.maxBytes, MaxBlocks: uint64(s.maxBlocks),
			PeakBytes: s.bytes, PeakBlocks: uint64(s.blocks),
			EndBytes: s.bytes, EndBlocks: uint64(s.blocks),
			TemporaryBlocks: h.sites.count(SiteID(i), temporary),
			Reallocs:        h.sites.cold(SiteID(i)).reallocs,
		}
		if !atPeak && s.epoch >= h.sites.ofPeak {
			sr.PeakBytes, sr.PeakBlocks = s.savedBytes, uint64(s.savedBlocks)
		}
		r.Sites[i] = sr
	}
	r.addTotal()
	r.Threads, rows = h.sites.threads.result(&h.sites, atPeak)
	r.Timeline = h.timeline.finish(peak, moment{stamp, h.bytes, h.blocks})
	return r, rows
}

// isAtPeak reports whether as many bytes live as ever.
func (h *Heap) isAtPeak() bool { return h.bytes == h.peak.bytes }

// Finish returns the account up to stamp, where the blocks still live are
// taken to end. Blocks between BeginRealloc and EndRealloc are live, as they
// were before. The heap stays as it is: with the same stamp the result is the
// same.
func (h *Heap) Finish(stamp uint64) *Result {
	r, rows := h.sums(stamp)
	r.Frees = h.frees.result()
	moments := h.sites.moments.until(stamp, uint64(h.sites.epoch)+1)
	r.addMoments(moments)

	var all histograms
	r.Facts = make([]Facts, len(r.Sites))
	for i := range r.Sites {
		s, cold := h.sites.at(SiteID(i)), h.sites.cold(SiteID(i))
		r.Sites[i].Lifetime = Ticks{cold.lifetimeHigh, s.lifetime}
		r.Facts[i] = Facts{
			FreedElsewhere: cold.freedElsewhere,
			FreedUnknown:   cold.freedUnknown,
			Emptied:        h.sites.count(SiteID(i), emptied),
			Growth:         cold.growth.result(h.peak.stamp),
		}
		r.Facts[i].Sizes, r.Facts[i].Lifetimes = all.of(&h.sites, SiteID(i))
	}

	r.States = moments.history.bySite(moments, len(r.Sites), func(id SiteID) State {
		s := h.sites.at(id)
		return State{moments.pending(uint64(s.epoch), s.totalBlocks), s.totalBytes, s.totalBlocks, s.bytes, uint64(s.blocks)}
	})

	uniform := h.sites.uniformSizes()
	addLifetime := func(b block) {
		b, _ = h.extras.resolve(b)
		s, age := &r.Sites[b.site()], b.age(stamp)
		s.Lifetime = s.Lifetime.Add(Ticks{0, age})
		addBirth(&r.Births[b.site()], moments.at(stamp-min(age, stamp)), Amount{b.size, 1})
		uniform.check(b)
	}
	h.live.blocks(addLifetime)
	for _, p := range h.resizing {
		if p.block.addr != 0 {
			addLifetime(p.block)
		}
	}

	r.addTotal()
	r.Sizes, r.Lifetimes = all.sizes.classes(), all.lives.addTo(nil)
	h.partners.finish(&h.sites, r)
	h.addShares(r, rows, h.isAtPeak())
	r.Chunks = h.sites.chunkSizes(uniform)
	return r
}

// addTotal sums the sites up.
func (r *Result) addTotal() {
	r.Total = SiteResult{}
	for i := range r.Sites {
		r.Total.add(&r.Sites[i])
	}
}

// addMoments adds the moments that there were.
func (r *Result) addMoments(m *moments) {
	r.Births = make([][]Births, len(r.Sites))
	for _, k := range m.kept {
		r.Moments = append(r.Moments, k.Moment)
	}
}

// add adds the columns of s to those of t, except the maxima.
func (t *SiteResult) add(s *SiteResult) {
	t.TotalBytes += s.TotalBytes
	t.TotalBlocks += s.TotalBlocks
	t.Lifetime = t.Lifetime.Add(s.Lifetime)
	t.PeakBytes += s.PeakBytes
	t.PeakBlocks += s.PeakBlocks
	t.EndBytes += s.EndBytes
	t.EndBlocks += s.EndBlocks
	t.TemporaryBlocks += s.TemporaryBlocks
	t.Reallocs += s.Reallocs
	t.TotalSamples.add(s.TotalSamples)
	t.PeakSamples.add(s.PeakSamples)
	t.EndSamples.add(s.EndSamples)
}
