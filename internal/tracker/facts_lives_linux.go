//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
)

// addLives adds how the blocks of a site lived to the facts of its point, but for the partner,
// whose point may not be made yet.
func (f *facts) addLives(made *profile.Facts, site *heap.Facts) {
	made.FreedElsewhere, made.FreedUnknown, made.Emptied = site.FreedElsewhere, site.FreedUnknown, site.Emptied
	if site.Growth != nil {
		made.Growth = (*profile.Growth)(site.Growth)
	}
	firstSize, firstLifetime, firstThread := len(f.sizes), len(f.lifetimes), len(f.threads)
	for _, c := range site.Sizes {
		f.sizes = append(f.sizes, profile.SizeClass(c))
	}
	f.lifetimes = f.times.addLifetimes(f.lifetimes, site.Lifetimes, f.longest)
	for _, s := range site.Threads {
		f.threads = append(f.threads, profile.ThreadShare{
			Thread:     s.Thread,
			TotalBytes: s.Total.Bytes, TotalBlocks: s.Total.Blocks, PeakBytes: s.Peak.Bytes, PeakBlocks: s.Peak.Blocks, EndBytes: s.End.Bytes, EndBlocks: s.End.Blocks,
		})
	}
	made.Threads = f.threads[firstThread:len(f.threads):len(f.threads)]
	made.Sizes, made.Lifetimes = f.sizes[firstSize:len(f.sizes):len(f.sizes)], f.lifetimes[firstLifetime:len(f.lifetimes):len(f.lifetimes)]
}

// addPartners adds the partners to the facts of the points that sites have become.
func addPartners(p recorded, points []profile.Point, sites []sitePoint) {
	for site := range p.Heap.Facts {
		if partner := p.Heap.Facts[site].Partner; partner != nil {
			points[sites[site].index].Rest().Facts.Partner = &profile.Partner{Point: sites[partner.Site].index, Looked: partner.Looked, Together: partner.Together}
		}
	}
}

// longestLife returns how long a block of an image may have lived, in microseconds. Those that a
// forked child has from its parent may be older than the child.
func longestLife(p recorded, t times) uint64 {
	if p.Parent >= 0 {
		return t.span(heap.Ticks{Lo: p.Heap.EndStamp})
	}
	return t.since(p.Heap.EndStamp)
}

// addLifetimes adds a histogram of lifetimes, of which none is longer than longest.
func (t times) addLifetimes(to []profile.LifetimeClass, lives []heap.LifeClass, longest uint64) []profile.LifetimeClass {
	for i, c := range lives {
		limit := longest
		if c.Ticks != 0 {
			limit = t.span(heap.Ticks{Lo: c.Ticks - 1})
		}
		// Where the clock is fast, the first classes are all of less than a microsecond.
		if last := len(to) - 1; i > 0 && to[last].Max == limit {
			to[last].Blocks += c.Blocks
			continue
		}
		to = append(to, profile.LifetimeClass{Max: limit, Blocks: c.Blocks})
	}
	return to
}

// threads returns what each thread of an image allocated.
func threads(p recorded) (rows []profile.Thread) {
	for _, r := range p.Heap.Threads {
		rows = append(rows, profile.Thread(r))
	}
	return rows
}
