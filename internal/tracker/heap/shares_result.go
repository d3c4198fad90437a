package heap

import (
	"cmp"
	"slices"
)

// NoThread stands for the threads of which nobody knows what each has of a site, for there were too many.
const NoThread = -1

// Share is what one thread has of a site, or several that have a row of their own together.
type Share struct {
	Thread           int // index into Result.Threads, or NoThread
	Total, Peak, End Amount
}

// addShares adds to the facts of each site whose its blocks are. rows has the index of each thread by the serial of its account.
func (h *Heap) addShares(r *Result, rows map[uint32]int, atPeak bool) {
	s := &h.sites
	ends := make([]int, len(r.Sites)+1) // where the next share of each site comes
	s.threads.eachShare(func(_ *account, id SiteID, _ *share) { ends[id]++ })
	begin := 0
	for i, n := range ends {
		ends[i] = begin
		begin += n + 1 // and one for the first
	}
	begins, all := slices.Clone(ends), make([]Share, begin)
	s.threads.eachShare(func(a *account, id SiteID, own *share) {
		thread := NoThread
		if a != nil {
			thread = rows[a.serial]
		}
		all[ends[id]] = own.result(thread, atPeak, s.ofPeak)
		ends[id]++
	})
	for i := range r.Facts {
		shares := append(all[begins[i]:ends[i]:begins[i+1]], Share{
			Thread: s.firstOf(SiteID(i), rows),
			Total:  Amount{r.Sites[i].TotalBytes, r.Sites[i].TotalBlocks},
			Peak:   Amount{r.Sites[i].PeakBytes, r.Sites[i].PeakBlocks},
			End:    Amount{r.Sites[i].EndBytes, r.Sites[i].EndBlocks},
		})
		first := &shares[len(shares)-1]
		for _, other := range shares[:len(shares)-1] {
			first.remove(&other)
		}
		r.Facts[i].Threads = joined(shares)
	}
}

// result returns what a share is of that thread's.
func (s *share) result(thread int, atPeak bool, ofPeak uint32) Share {
	r := Share{
		Thread: thread,
		Total:  Amount{s.totalBytes, s.totalBlocks},
		Peak:   Amount{s.bytes, uint64(s.blocks)},
		End:    Amount{s.bytes, uint64(s.blocks)},
	}
	if !atPeak && s.epoch >= ofPeak {
		r.Peak = Amount{s.savedBytes, uint64(s.savedBlocks)}
	}
	return r
}

// firstOf returns the index of the thread that is a site's first.
func (s *sites) firstOf(id SiteID, rows map[uint32]int) int {
	serial := s.chunks[id>>siteChunkBits].first[id%siteChunkSize]
	if sum, ok := s.threads.merged[serial]; ok {
		serial = sum
	}
	if row, ok := rows[serial]; ok {
		return row
	}
	return NoThread
}

// eachShare calls f for each share, and with nil for those of nobody in particular.
func (s *threads) eachShare(f func(a *account, id SiteID, own *share)) {
	s.each(func(a *account) { a.shares.each(func(id SiteID, own *share) { f(a, id, own) }) })
	s.others.each(func(id SiteID, own *share) { f(nil, id, own) })
}

// joined returns shares by their threads, one of each, without those in which nothing is.
func joined(shares []Share) []Share {
	shares = slices.DeleteFunc(shares, func(s Share) bool { return s.Total.Blocks == 0 })
	slices.SortFunc(shares, func(a, b Share) int { return cmp.Compare(a.Thread, b.Thread) })
	n := 0
	for i := range shares {
		if n > 0 && shares[n-1].Thread == shares[i].Thread {
			shares[n-1].add(&shares[i])
			continue
		}
		shares[n] = shares[i]
		n++
	}
	if n == 0 {
		return nil
	}
	return shares[:n:n]
}

func (s *Share) add(o *Share) {
	s.Total.add(o.Total)
	s.Peak.add(o.Peak)
	s.End.add(o.End)
}

func (s *Share) remove(o *Share) {
	s.Total.remove(o.Total)
	s.Peak.remove(o.Peak)
	s.End.remove(o.End)
}

func (a *Amount) add(b Amount) {
	a.Bytes += b.Bytes
	a.Blocks += b.Blocks
}

func (a *Amount) remove(b Amount) {
	a.Bytes -= b.Bytes
	a.Blocks -= b.Blocks
}
