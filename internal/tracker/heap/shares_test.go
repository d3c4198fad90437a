package heap

import (
	"fmt"
	"testing"
)

// checkShares checks that the shares of each site add up to it, and those of each thread to its row.
func checkShares(t *testing.T, r *Result) {
	t.Helper()
	rows := make([]Share, len(r.Threads))
	for id, f := range r.Facts {
		var sum Share
		for _, s := range f.Threads {
			sum.add(&s)
			if s.Thread != NoThread {
				rows[s.Thread].add(&s)
			}
		}
		s := r.Sites[id]
		want := Share{Total: Amount{s.TotalBytes, s.TotalBlocks}, Peak: Amount{s.PeakBytes, s.PeakBlocks}, End: Amount{s.EndBytes, s.EndBlocks}}
		if sum != want {
			t.Fatalf("the threads of site %d have %+v, want %+v", id, sum, want)
		}
	}
	for i, row := range r.Threads {
		want := Share{Total: Amount{row.TotalBytes, row.TotalBlocks}, Peak: Amount{row.PeakBytes, row.PeakBlocks}, End: Amount{row.EndBytes, row.EndBlocks}}
		if rows[i] != want {
			t.Fatalf("the sites of thread %q have %+v, want %+v", row.Name, rows[i], want)
		}
	}
}

// TestSharesOfThreadsThatHaveEndedAreSummedByName has more threads come and go than have accounts of their own. Each is the first
// at a site of its own, and all allocate at two others.
func TestSharesOfThreadsThatHaveEndedAreSummedByName(t *testing.T) {
	h := New(Options{})
	both, late := h.NewSite(), h.NewSite()
	var th Thread
	stamp := uint64(1)
	for i := range uint64(3 * maxEnded) {
		h.BeginThread(&th, i+1)
		h.NameThread(&th, fmt.Sprintf("worker %d", i%2))
		own := h.NewSite()
		for n, site := range []SiteID{both, late, own} {
			h.Alloc(&th, 0x1000*uint64(n+1), 10, stamp, site)
			h.AllocFree(&th, 0x8000, 100, stamp, stamp, site)
			stamp++
		}
		for n := range uint64(3) {
			h.Free(&th, 0x1000*(n+1), stamp)
		}
	}
	h.BeginThread(&th, 1<<20)
	h.NameThread(&th, "last")
	h.Alloc(&th, 0x1000, 1000, stamp, both)
	r := h.Finish(stamp)
	checkShares(t, r)
	sums := map[string]uint64{}
	for _, s := range r.Facts[both].Threads {
		sums[r.Threads[s.Thread].Name] += s.Total.Blocks
	}
	if want := uint64(3 * maxEnded); sums["worker 0"] != want || sums["worker 1"] != want || sums["last"] != 1 {
		t.Errorf("blocks by name are %v, want %d and 1", sums, want)
	}
	checkShares(t, h.Copy().Finish(stamp))
	checkShares(t, h.Clone(stamp).Finish(stamp))
}

// TestBlocksOfMoreThreadsAndSitesThanAreKeptApartAreNobodys has more pairs of both than there may be shares.
func TestBlocksOfMoreThreadsAndSitesThanAreKeptApartAreNobodys(t *testing.T) {
	const threads = 200
	sites := SiteID(maxShares/threads + 100)
	h := New(Options{})
	for range sites {
		h.NewSite()
	}
	all := make([]Thread, threads)
	addr := func(thread, site int) uint64 { return 0x10000 + 16*uint64(thread*int(sites)+site) }
	stamp := uint64(1)
	for i := range all {
		h.BeginThread(&all[i], uint64(i+1))
		for site := range sites {
			h.Alloc(&all[i], addr(i, int(site)), 8, stamp, site)
			stamp++
		}
	}
	for i := range all { // each frees what its neighbour has
		for site := range sites / 2 {
			h.Free(&all[i], addr((i+1)%threads, int(site)), stamp)
			stamp++
		}
	}
	child := h.Clone(stamp)
	for i := range all {
		h.Free(&all[i], addr(i, int(sites)-1), stamp)
		child.Free(&Thread{}, addr(i, int(sites)-1), stamp)
	}
	for _, h := range []*Heap{h, child} {
		r := h.Finish(stamp)
		nobodys := uint64(0)
		for id, f := range r.Facts {
			var sum Share
			for _, s := range f.Threads {
				sum.add(&s)
				if s.Thread == NoThread {
					nobodys += s.End.Blocks
				}
				if s.End.Blocks > threads || s.Total.Blocks < s.End.Blocks {
					t.Fatalf("a share of site %d is %+v", id, s)
				}
			}
			if s := r.Sites[id]; sum.End != (Amount{s.EndBytes, s.EndBlocks}) || sum.Total != (Amount{s.TotalBytes, s.TotalBlocks}) {
				t.Fatalf("the threads of site %d have %+v, want %+v", id, sum, s)
			}
		}
		if nobodys == 0 {
			t.Error("all is somebody's")
		}
	}
}
