package mappings

import (
	"cmp"
	"slices"

	"heapprof/internal/tracker/heap"
)

// Result is the account up to one moment, by site. Blocks are mappings, total bytes include
// what mremap added, and temporary blocks and reallocs are 0.
type Result struct {
	Sites     []heap.SiteResult // by SiteID
	PeakStamp uint64            // when most was mapped, for the last time
}

// Finish returns the account up to the moment stamp, at which the mappings that have not
// ended are taken to end. The account stays as it is.
func (a *Account) Finish(stamp uint64) *Result {
	r := &Result{Sites: make([]heap.SiteResult, len(a.sites)), PeakStamp: a.peakStamp}
	atPeak := a.bytes == a.peak
	for i := range a.sites {
		s := &a.sites[i]
		r.Sites[i] = s.SiteResult
		out := &r.Sites[i]
		out.EndBytes, out.EndBlocks = s.bytes, s.blocks
		out.PeakBytes, out.PeakBlocks = s.bytes, s.blocks
		if !atPeak && s.epoch == a.epoch {
			out.PeakBytes, out.PeakBlocks = s.savedBytes, s.savedBlocks
		}
	}
	for m := range a.mappings() {
		out := &r.Sites[m.site]
		out.Lifetime = out.Lifetime.Add(heap.Ticks{Lo: age(m.birth, stamp)})
	}
	return r
}

// mappings returns the mappings that have not ended.
func (a *Account) mappings() map[*mapping]struct{} {
	all := make(map[*mapping]struct{})
	for _, p := range a.pieces {
		all[p.mapping] = struct{}{}
	}
	for _, r := range a.taken {
		for _, p := range r.pieces {
			all[p.mapping] = struct{}{}
		}
	}
	return all
}

// Clone returns the account of a child that was forked at the moment stamp: all that its
// parent has mapped is mapped in it. Its totals begin with that, as if the child had mapped
// it all itself, and its peak and maxima are those since the fork.
func (a *Account) Clone(stamp uint64) *Account {
	c := &Account{pieces: slices.Clone(a.pieces), sites: make([]site, len(a.sites)), bytes: a.bytes}
	for i := range a.sites {
		c.sites[i] = site{bytes: a.sites[i].bytes, blocks: a.sites[i].blocks}
	}
	copies := make(map[*mapping]*mapping)
	own := func(p *piece) {
		m := copies[p.mapping]
		if m == nil {
			m = new(mapping)
			*m = *p.mapping
			copies[p.mapping] = m
		}
		p.mapping = m
	}
	for i := range c.pieces {
		own(&c.pieces[i])
	}
	// The threads that unmap or move something do not exist in the child. What one
	// of them took first was away before another could take the same addresses.
	pending := slices.Clone(a.taken)
	slices.SortStableFunc(pending, func(a, b taken) int { return cmp.Compare(b.stamp, a.stamp) })
	for _, r := range pending {
		r.pieces = slices.Clone(r.pieces)
		for i := range r.pieces {
			own(&r.pieces[i])
		}
		c.restore(r, stamp)
	}
	c.peak, c.peakStamp = c.bytes, stamp
	for i := range c.sites {
		s := &c.sites[i]
		s.SiteResult = heap.SiteResult{TotalBytes: s.bytes, TotalBlocks: s.blocks, MaxBytes: s.bytes, MaxBlocks: s.blocks}
	}
	return c
}
