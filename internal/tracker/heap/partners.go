package heap

import "math/bits"

// The partner of a site is another one whose blocks are born and freed right beside its own: one
// allocation would do for both. To find it, blocks are looked at from birth to death: first
// all, then some in bursts, in so little of the time that it costs nothing to speak of.
//
// Two blocks are neighbours at birth if one thread allocated one right after the other, whatever it freed
// between; and at death if one thread freed one right after the other. Both must have lived at the same time.

const (
	firstBurst  = 1 << 11 // events
	laterBursts = 1 << 7
	pause       = 128     // times as long as a burst is between two
	longBurst   = 1 << 17 // in ticks: one that took longer, as the first does, counts as long

	leastLooked = 8 // blocks of a site, where it is to have a partner

	maxLooked = 1 << 16 // live blocks that are looked at
	maxPairs2 = 1 << 18 // pairs of sites
)

// birthOrder is how a block was born.
type birthOrder struct {
	nth    uint64 // of the thread's allocations, from 1 on; 0: nobody looked
	thread uint32 // the serial number of the thread's account
}

// isBeside reports whether two blocks are neighbours at birth.
func (l birthOrder) isBeside(o birthOrder) bool {
	return l.thread == o.thread && (l.nth == o.nth+1 || o.nth == l.nth+1)
}

// death is the last death of a block that was looked at.
type death struct {
	birthOrder
	nthFree uint64 // of the thread's frees, from 0 on
	stamp   uint64
	site    SiteID
	paired  SiteID // with which one it was counted as together; its own: with none
}

// Partner is what is known of a site's partner.
type Partner struct {
	Site     SiteID
	Looked   uint64 // blocks of the site that were looked at from birth to death
	Together uint64 // those of which one neighbour at birth and at death was a block of the partner
}

// partners looks for partners.
type partners struct {
	due    uint64 // when the next burst begins
	left   int    // events in this burst; 0: there is none
	began  uint64 // when it began
	live   int    // blocks that are looked at
	random uint64
	bursts int
	pairs  map[sitePair]uint64 // blocks of the first that were together with one of the second
}

type sitePair struct{ of, with SiteID }

// pass is called before events: each one in a burst, and others when something is due. It begins and
// ends bursts, and reports whether one begins.
func (p *partners) pass(stamp uint64) (begins bool) {
	if p.left > 0 {
		if p.left--; p.left == 0 {
			p.end(stamp)
		}
		return false
	}
	if stamp <= p.due {
		return false
	}
	p.left, p.began = laterBursts, stamp
	if p.bursts == 0 {
		p.left = firstBurst
	}
	p.bursts++
	return true
}

// end ends a burst, and decides when the next one begins.
func (p *partners) end(stamp uint64) {
	took := min(stamp-min(p.began, stamp), longBurst)
	// By chance up to half as much more or less, so as not to keep step with the program.
	p.random = p.random*6364136223846793005 + 1442695040888963407
	chance, _ := bits.Mul64(p.random, pause)
	p.due = stamp + (pause/2+chance)*(took+1)
}

// nextDue returns until when nothing is to be done.
func (p *partners) nextDue() uint64 {
	if p.left > 0 {
		return 0
	}
	return p.due
}

// looks reports whether a block that is allocated now is to be looked at.
func (p *partners) looks() bool { return p.left > 0 && p.live < maxLooked }

// lookAt looks at a block that thread t has just been given, and whose extra is that at index x.
func (h *Heap) lookAt(a *account, x uint32) {
	h.extras.all[x].look = birthOrder{a.allocations(), a.serial}
	h.partners.live++
}

// dropExtra drops the extra of a block that has ended; 0: it has none.
func (h *Heap) dropExtra(x uint32) {
	if x != 0 {
		h.lookAway(x)
		h.extras.drop(x)
	}
}

// lookAway ends looking at a block, if anybody does.
func (h *Heap) lookAway(x uint32) {
	if look := &h.extras.all[x].look; look.nth != 0 {
		h.extras.all[x].look = birthOrder{}
		h.partners.live--
	}
}

// part counts that thread t frees block b, whose extra is x and which may have been looked at.
func (h *Heap) part(t *Thread, b block, x uint32, stamp uint64) {
	if x == 0 || h.extras.all[x].look.nth == 0 {
		return
	}
	a, site := h.accountOf(t), b.site()
	if a.owner == sharedOwner {
		t.died = death{}
		return
	}
	h.sites.cold(site).looked++
	d := death{h.extras.all[x].look, a.frees(), stamp, site, site}
	last := t.died
	if last.nth != 0 && last.nthFree+1 == d.nthFree && last.isBeside(d.birthOrder) && b.signedAge(last.stamp) >= 0 && last.site != site {
		if last.paired != site {
			h.partners.together(last.site, site)
		}
		h.partners.together(site, last.site)
		d.paired = last.site
	}
	t.died = d
}

func (p *partners) together(of, with SiteID) {
	if p.pairs == nil {
		p.pairs = make(map[sitePair]uint64)
	}
	pair := sitePair{of, with}
	if _, known := p.pairs[pair]; known || len(p.pairs) < maxPairs2 {
		p.pairs[pair]++
	}
}

// finish adds the partners to a result: of each site that with which most of its blocks were together, if
// those are half of them or more.
func (p *partners) finish(s *sites, r *Result) {
	for pair, together := range p.pairs {
		looked := s.cold(pair.of).looked
		site := &r.Facts[pair.of]
		if b := site.Partner; looked < leastLooked || 2*together < looked || b != nil && (b.Together > together || b.Together == together && b.Site < pair.with) {
			continue
		}
		site.Partner = &Partner{pair.with, looked, together}
	}
}
