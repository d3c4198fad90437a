// Package mappings keeps the account of what a program has mapped into its
// address space by mmap, mremap and brk: which call stack mapped what, how much of
// it is mapped at any moment, and what was mapped when most was.
//
// A mapping is what one call mapped. It lives until its last byte is unmapped;
// what mremap adds to it is its own. Sizes are bytes of address space in whole
// pages, as the kernel takes them: whether a page was ever touched, and so takes
// memory, is not known here.
//
// Stamps, the peak (the last moment at which as much was mapped as ever) and the
// meaning of the columns are those of package heap, with mappings for blocks. Of
// ours the package imports only heap.
package mappings

import (
	"cmp"
	"slices"
	"sort"

	"heapprof/internal/tracker/heap"
)

// SiteID names a site: a call stack and what it maps. IDs count from 0 in the
// order of the NewSite calls.
type SiteID uint32

// Thread is what an Account remembers about one thread of the program. The zero
// value is a thread that has done nothing yet.
type Thread struct {
	taken uint32 // 1 + the index in Account.taken of what lies between Take and Put, or 0
}

// Account is the address space of one program. Use New. It is not safe for
// concurrent use.
type Account struct {
	pieces []piece // by address; none overlap. The kernel lets a process have 65,530 by default
	sites  []site
	taken  []taken

	bytes     uint64 // mapped now, including what is taken
	peak      uint64 // the most bytes that ever were mapped
	peakStamp uint64 // the last moment when so many were
	epoch     uint64 // how often the peak was left: see package heap's sites
}

// piece is a range of addresses that belongs to one mapping.
type piece struct {
	start, end uint64
	mapping    *mapping
}

// mapping is what one call mapped, as far as that is still mapped.
type mapping struct {
	site  SiteID
	bytes uint64 // of it that are still mapped; at 0 it has ended
	birth uint64 // stamp
}

// site is the account of one site.
type site struct {
	heap.SiteResult        // without the columns of the peak and the end
	bytes, blocks   uint64 // mapped now

	// What was mapped when the peak was left, if epoch is the account's.
	savedBytes, savedBlocks uint64
	epoch                   uint64
}

// taken is a range that a call is about to unmap or move. It counts as mapped
// until the call has returned, but may be another thread's already.
type taken struct {
	used       bool
	start, end uint64
	pieces     []piece
	stamp      uint64
}

// maxAddress is one past the highest address of an event.
const maxAddress = 1 << 48

// New returns an empty account.
func New() *Account { return new(Account) }

// NewSite returns the ID of a site that has mapped nothing yet.
func (a *Account) NewSite() SiteID {
	a.sites = append(a.sites, site{})
	return SiteID(len(a.sites) - 1)
}

// Map records that a call at site has mapped so many bytes from addr on, at the moment
// stamp. What was mapped there before ends.
func (a *Account) Map(addr, bytes, stamp uint64, site SiteID) {
	start, end := clip(addr, bytes)
	a.discard(a.remove(start, end), stamp)
	a.add(start, end, stamp, site)
}

// Take records that thread t is about to unmap or move so many bytes from addr on, at the
// moment stamp. From then on another thread may be given these addresses. A Put of the same
// thread follows.
func (a *Account) Take(t *Thread, addr, bytes, stamp uint64) {
	if t.taken != 0 {
		a.restore(a.takeBack(t), stamp) // the Put was lost
	}
	start, end := clip(addr, bytes)
	r := taken{true, start, end, a.remove(start, end), stamp}
	for i := range a.taken {
		if !a.taken[i].used {
			a.taken[i] = r
			t.taken = uint32(i + 1)
			return
		}
	}
	a.taken = append(a.taken, r)
	t.taken = uint32(len(a.taken))
}

// Put records, at the moment stamp, how the call ended for which thread t called Take: what
// was taken now lies at addr and has so many bytes. It has 0 bytes if it was unmapped, and
// the same place and size as before if the call failed. Bytes that were added belong to the
// mapping that ended where they begin; if no mapping did, they are a new one, of site.
func (a *Account) Put(t *Thread, addr, bytes, stamp uint64, site SiteID) {
	var r taken
	if t.taken != 0 {
		r = a.takeBack(t)
	}
	start, end := clip(addr, bytes)
	if start == r.start && end == r.end {
		a.restore(r, stamp) // where the call failed, another thread may have been given some of the addresses
		return
	}
	var grown *mapping
	if n := len(r.pieces); n > 0 && r.pieces[n-1].end == r.end {
		grown = r.pieces[n-1].mapping
	}
	a.discard(a.remove(start, end), stamp)
	for _, p := range r.pieces {
		moved := piece{p.start - r.start + start, p.end - r.start + start, p.mapping}
		if moved.start >= end {
			a.shrink(p.mapping, p.end-p.start, stamp)
			continue
		}
		if moved.end > end {
			a.shrink(p.mapping, moved.end-end, stamp)
			moved.end = end
		}
		a.insert(moved)
	}
	from := start + (r.end - r.start)
	switch {
	case from >= end:
	case grown != nil:
		a.insert(piece{from, end, grown})
		a.grow(grown, end-from, stamp)
	default:
		a.add(from, end, stamp, site)
	}
}

// Each calls f for each range of addresses that belongs to one mapping, in ascending order, with the site that mapped
// it. What is about to be unmapped or moved is where it was.
func (a *Account) Each(f func(start, end uint64, site SiteID)) {
	all := slices.Clone(a.pieces)
	for i := range a.taken {
		if a.taken[i].used {
			all = append(all, a.taken[i].pieces...)
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return cmp.Compare(a.start, b.start) })
	end := uint64(0)
	for _, p := range all {
		if p.start = max(p.start, end); p.start < p.end {
			f(p.start, p.end, p.mapping.site)
			end = p.end
		}
	}
}

// takeBack returns the range that thread t took, and removes it from the ranges that are
// taken.
func (a *Account) takeBack(t *Thread) taken {
	r := a.taken[t.taken-1]
	a.taken[t.taken-1] = taken{}
	t.taken = 0
	return r
}

// restore puts the pieces of r back where they were, except where something else is mapped
// by now.
func (a *Account) restore(r taken, stamp uint64) {
	for _, p := range r.pieces {
		at := p.start
		for _, other := range a.within(p.start, p.end) {
			a.shrink(p.mapping, other.end-other.start, stamp)
			if at < other.start {
				a.insert(piece{at, other.start, p.mapping})
			}
			at = other.end
		}
		if at < p.end {
			a.insert(piece{at, p.end, p.mapping})
		}
	}
}

// clip returns the range of bytes from addr on, as far as there are addresses.
func clip(addr, bytes uint64) (start, end uint64) {
	start = min(addr, maxAddress)
	return start, start + min(bytes, maxAddress-start)
}

// add counts a new mapping of the addresses from start up to end, by site.
func (a *Account) add(start, end, stamp uint64, site SiteID) {
	if start == end {
		return
	}
	m := &mapping{site: site, birth: stamp}
	a.insert(piece{start, end, m})
	s := &a.sites[site]
	s.TotalBlocks++
	a.grow(m, end-start, stamp)
}

// search returns the index of the first piece that ends behind addr.
func (a *Account) search(addr uint64) int {
	return sort.Search(len(a.pieces), func(i int) bool { return a.pieces[i].end > addr })
}

// insert adds a piece. No other piece may overlap it.
func (a *Account) insert(p piece) { a.pieces = slices.Insert(a.pieces, a.search(p.start), p) }

// overlap returns the indices, from one up to the other, of the pieces that overlap a
// range.
func (a *Account) overlap(start, end uint64) (from, to int) {
	from = a.search(start)
	to = from
	for to < len(a.pieces) && a.pieces[to].start < end {
		to++
	}
	return from, to
}

// within returns copies of the pieces in a range, cut at its ends.
func (a *Account) within(start, end uint64) []piece {
	from, to := a.overlap(start, end)
	if start == end || from == to {
		return nil
	}
	pieces := slices.Clone(a.pieces[from:to])
	first, last := &pieces[0], &pieces[len(pieces)-1]
	first.start, last.end = max(first.start, start), min(last.end, end)
	return pieces
}

// remove takes a range out of the pieces and returns what was there.
func (a *Account) remove(start, end uint64) []piece {
	removed := a.within(start, end)
	if removed == nil {
		return nil
	}
	from, to := a.overlap(start, end)
	var rest []piece
	if first := a.pieces[from]; first.start < start {
		rest = append(rest, piece{first.start, start, first.mapping})
	}
	if last := a.pieces[to-1]; last.end > end {
		rest = append(rest, piece{end, last.end, last.mapping})
	}
	a.pieces = slices.Replace(a.pieces, from, to, rest...)
	return removed
}

// discard counts pieces as unmapped.
func (a *Account) discard(pieces []piece, stamp uint64) {
	for _, p := range pieces {
		a.shrink(p.mapping, p.end-p.start, stamp)
	}
}

// grow counts bytes that are added to a mapping. A mapping that had none so far is new.
func (a *Account) grow(m *mapping, bytes, stamp uint64) {
	s := &a.sites[m.site]
	a.bytes += bytes
	if a.bytes >= a.peak {
		a.peak, a.peakStamp = a.bytes, stamp
	} else {
		s.save(a.epoch)
	}
	if m.bytes == 0 {
		s.blocks++
		s.MaxBlocks = max(s.MaxBlocks, s.blocks)
	}
	m.bytes += bytes
	s.bytes += bytes
	s.TotalBytes += bytes
	s.MaxBytes = max(s.MaxBytes, s.bytes)
}

// shrink counts bytes of a mapping as unmapped.
func (a *Account) shrink(m *mapping, bytes, stamp uint64) {
	s := &a.sites[m.site]
	if a.bytes == a.peak {
		a.epoch++
	}
	s.save(a.epoch)
	a.bytes -= bytes
	m.bytes -= bytes
	s.bytes -= bytes
	if m.bytes == 0 {
		s.blocks--
		s.Lifetime = s.Lifetime.Add(heap.Ticks{Lo: age(m.birth, stamp)})
	}
}

// save keeps what is mapped now as what was mapped at the peak. It does so only before the
// first change since the peak was left, which epoch numbers.
func (s *site) save(epoch uint64) {
	if s.epoch != epoch {
		s.savedBytes, s.savedBlocks, s.epoch = s.bytes, s.blocks, epoch
	}
}

// age returns the time from birth to stamp in ticks; 0 where the clocks of two processors
// disagree on which came first.
func age(birth, stamp uint64) uint64 { return max(stamp, birth) - birth }
