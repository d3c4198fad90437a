package heap

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// everyBlock is a mean that samples each block, and has it stand for itself only.
const everyBlock = 1

// TestSampledIsAHeapWhereEachBlockIsSampled holds all that a Sampled does against a Heap that
// is told of the same: late events, lost ones, resizes that fail, a child of a fork.
func TestSampledIsAHeapWhereEachBlockIsSampled(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 9))
		h, s := New(Options{TimelinePoints: 20}), NewSampled(everyBlock, Options{TimelinePoints: 20})
		var threads [3]Thread
		var sampled [3]SampledThread
		for range 4 {
			h.NewSite()
			s.NewSite()
		}
		var stamp uint64
		for range 400 {
			stamp += rng.Uint64N(4000)
			at := stamp
			if rng.IntN(50) == 0 && seed%2 == 0 { // late
				at -= min(at, 5000)
			}
			i, addr, size := rng.IntN(len(threads)), 16*(1+rng.Uint64N(20)), 64+rng.Uint64N(1000)
			lives := h.live.find(addr).addr != 0
			switch op := rng.IntN(20); {
			case op < 8:
				if !lives || seed%4 == 0 { // else the free of the block there was lost
					site := SiteID(rng.IntN(4))
					h.Alloc(&threads[i], addr, size, at, site)
					s.Alloc(&sampled[i], addr, size, at, site)
				}
			case op < 16:
				h.Free(&threads[i], addr, at)
				s.Free(&sampled[i], addr, at, false)
			case op < 18:
				if lives {
					outcome := []Outcome{Failed, Freed}[rng.IntN(2)]
					h.BeginRealloc(&threads[i], addr, at)
					h.EndRealloc(&threads[i], 0, 0, at, 0, outcome)
					s.BeginRealloc(&sampled[i], addr, at)
					s.EndRealloc(&sampled[i], at, outcome)
				}
			case op == 18:
				h.Resident(at, size)
				s.Resident(at, size)
			case rng.IntN(10) == 0:
				h, s = h.Clone(at), s.Clone(at)
				threads, sampled = [3]Thread{}, [3]SampledThread{}
			default:
				h, s = h.Copy(), s.Copy()
				threads, sampled = [3]Thread{}, [3]SampledThread{}
			}
		}
		want, got := h.Finish(stamp), s.Finish(stamp)
		takeFacts(want)
		if got, want := takePasts(got), takePasts(want); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %s, want %s", seed, cut(got), cut(want))
		}
		for i := range got.Sites {
			site := &got.Sites[i]
			if site.TotalSamples.Blocks != site.TotalBlocks || site.PeakSamples.Blocks != site.PeakBlocks || site.EndSamples.Blocks != site.EndBlocks {
				t.Errorf("seed %d: %+v", seed, site)
			}
			site.TotalSamples, site.PeakSamples, site.EndSamples = Samples{}, Samples{}, Samples{}
			// Only a Heap counts as temporary what a thread frees by a resize.
			want.Sites[i].TemporaryBlocks, site.TemporaryBlocks = 0, 0
		}
		want.Total, got.Total = SiteResult{}, SiteResult{}
		want.Chunks = nil
		want.Counts.UnknownFrees = 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d:\ngot  %+v\nwant %+v", seed, got, want)
		}
	}
}

// TestEstimatesAreRightOnAverage has blocks sampled by chance, again and again.
func TestEstimatesAreRightOnAverage(t *testing.T) {
	const mean, runs, blocks = 512, 200, 1000
	sizes := []uint64{16, 64, 500, 4000}
	rng := rand.New(rand.NewPCG(3, 4))
	var off, squares, variance [4][2]float64 // of bytes and blocks
	for range runs {
		h := NewSampled(mean, Options{})
		var thread SampledThread
		began := rng.Uint64N(1 << 40) // what is rounded up depends on when it was
		var live []uint64
		for i, size := range sizes {
			site := h.NewSite()
			for j := range uint64(blocks) {
				if rng.Float64() < 1/weight(size, mean) {
					addr := uint64(i)<<32 + 16*j + 16
					h.Alloc(&thread, addr, size, began+j, site)
					live = append(live, addr)
				}
			}
		}
		r := h.Finish(began + blocks)
		for i, size := range sizes {
			s := r.Sites[i]
			for k, estimated := range [2]uint64{s.TotalBytes, s.TotalBlocks} {
				is := float64(blocks)
				if k == 0 {
					is *= float64(size)
				}
				d := float64(estimated)/is - 1
				off[i][k] += d
				squares[i][k] += d * d
				variance[i][k] += [2]float64{s.TotalSamples.BytesVariance, s.TotalSamples.BlocksVariance}[k] / (is * is)
			}
			if s.EndBytes != s.TotalBytes || s.PeakBlocks != s.TotalBlocks || s.EndSamples != s.TotalSamples {
				t.Errorf("what was never freed does not live: %+v", s)
			}
		}
		for _, addr := range live {
			h.Free(&thread, addr, began+blocks, false)
		}
		for _, s := range h.Finish(began + blocks).Sites {
			if s.EndBytes != 0 || s.EndBlocks != 0 || s.EndSamples != (Samples{}) {
				t.Fatalf("live though all was freed: %+v", s)
			}
		}
	}
	for i, size := range sizes {
		for k, of := range []string{"bytes", "blocks"} {
			if mean := off[i][k] / runs; math.Abs(mean) > 0.01 {
				t.Errorf("%s of blocks of %d: off by %.2f%% on average", of, size, 100*mean)
			}
			// Rounding to whole blocks adds as much again where nearly all are sampled.
			if ratio := squares[i][k] / variance[i][k]; ratio < 0.7 || ratio > 1.4 && size < 4000 || ratio > 2.5 {
				t.Errorf("%s of blocks of %d: spread %.2f times as far as said", of, size, ratio)
			}
		}
	}
}

// TestATemporarySampleIsOneThatItsThreadFreesBeforeItAllocates is for what only the program
// knows: most blocks are not told of.
func TestATemporarySampleIsOneThatItsThreadFreesBeforeItAllocates(t *testing.T) {
	h := NewSampled(everyBlock, Options{})
	site := h.NewSite()
	var a, b SampledThread
	for i, free := range []func(addr uint64){
		func(addr uint64) { h.Free(&a, addr, 2, false) },
		func(addr uint64) { h.Free(&a, addr, 2, true) },
		func(addr uint64) { h.Free(&b, addr, 2, false) },
	} {
		h.Alloc(&a, 0x1000, 100, 1, site)
		free(0x1000)
		if got := h.Finish(3).Sites[site].TemporaryBlocks; got != 1 {
			t.Errorf("after %d: %d", i, got)
		}
	}
}
