package heap

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

// The benchmarks report ns/event: an Alloc, a Free, and a realloc's begin and
// end are one event each.

// benchAddr gives addresses as glibc's malloc does for small blocks.
func benchAddr(i int) uint64 { return 0x5555_5555_0000 + uint64(i)*48 }

func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// BenchmarkPairs frees each block at once: the tight loop.
func BenchmarkPairs(b *testing.B) {
	h := New(Options{})
	site := h.NewSite()
	var t Thread
	stamp := uint64(1 << 50)
	for b.Loop() {
		h.Alloc(&t, benchAddr(1), 24, stamp, site)
		h.Free(&t, benchAddr(1), stamp+40)
		stamp += 80
	}
	perEvent(b, 2*b.N)
}

func BenchmarkAllocFree(b *testing.B) {
	h := New(Options{})
	site := h.NewSite()
	var t Thread
	h.Alloc(&t, benchAddr(2), 1<<20, 1<<50, site) // so that a pair is no peak
	h.Free(&t, benchAddr(2), 1<<50)
	stamp := uint64(1 << 50)
	for b.Loop() {
		h.AllocFree(&t, benchAddr(1), 24, stamp, stamp+40, site)
		stamp += 80
	}
	perEvent(b, 2*b.N)
}

// window keeps live blocks at random addresses; each step frees the block at
// one and allocates another there. The number of sites must be a power of two.
func window(b *testing.B, live, sites int) {
	before := heapInUse()
	h := New(Options{})
	for range sites {
		h.NewSite()
	}
	siteBytes := heapInUse() - before
	var t Thread
	stamp := uint64(1 << 50)
	for i := range live {
		h.Alloc(&t, benchAddr(i), 24, stamp, SiteID(i%sites))
		stamp += 40
	}
	tableBytes := heapInUse() - before - siteBytes

	rnd := rand.New(rand.NewPCG(1, 1))
	order := make([]uint32, 1<<20)
	for i := range order {
		order[i] = uint32(rnd.IntN(live))
	}
	steps := 0
	for b.Loop() {
		// Blocks of events as a ring's reader takes them.
		for first := 0; first < 1024; first += 16 {
			batch := order[(steps+first)%len(order):][:16]
			if h.IsVast() {
				var addrs [TouchBatch]uint64
				for i, at := range batch {
					addrs[i] = benchAddr(int(at))
				}
				h.Touch(addrs[:])
			}
			for _, i := range batch {
				h.Free(&t, benchAddr(int(i)), stamp)
				h.Alloc(&t, benchAddr(int(i)), uint64(i)&127, stamp+40, SiteID(int(i)&(sites-1)))
				stamp += 80
			}
		}
		steps += 1024
	}
	perEvent(b, 2*1024*b.N)
	b.ReportMetric(float64(tableBytes)/float64(live), "B/block")
	runtime.KeepAlive(h)
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func BenchmarkWindow4k(b *testing.B)      { window(b, 4<<10, 1) }
func BenchmarkWindow4kSites(b *testing.B) { window(b, 4<<10, 1<<10) }

func BenchmarkWindow128kSites(b *testing.B) { window(b, 1<<20, 1<<17) }

func BenchmarkWindow5M(b *testing.B) { window(b, 5<<20, 1<<10) }

// BenchmarkChurn replaces a random one of 256 blocks of random sizes, as
// testdata/programs/bench_threads.c does. Addresses are reused as malloc reuses
// them, so what an event meets in its leaf is as random as the program: this
// is where branches that are mispredicted show.
func BenchmarkChurn(b *testing.B) {
	h := New(Options{})
	site := h.NewSite()
	var t Thread
	trace := churn(1 << 18)
	stamp := uint64(1 << 50)
	events := 0
	for b.Loop() {
		for _, e := range trace {
			if e.size == 0 {
				h.Free(&t, e.addr, stamp)
			} else {
				h.Alloc(&t, e.addr, e.size, stamp, site)
			}
			stamp += 40
		}
		events += len(trace)
	}
	perEvent(b, events)
}

// churnEvent allocates size bytes at addr, or frees what is there if size is 0.
type churnEvent struct{ addr, size uint64 }

// churn returns what happens when so many blocks are replaced. Nothing lives at
// the end.
func churn(replaced int) []churnEvent {
	rnd := rand.New(rand.NewPCG(1, 1))
	var live [256]churnEvent
	var trace []churnEvent
	// Chunks of one size are reused last in, first out, as glibc's malloc does.
	unused := map[uint64][]uint64{}
	top := uint64(0x5555_5555_0000)
	free := func(b churnEvent) {
		trace = append(trace, churnEvent{addr: b.addr})
		chunk := chunkSize(b.size)
		unused[chunk] = append(unused[chunk], b.addr)
	}
	for range replaced {
		b := &live[rnd.IntN(len(live))]
		if b.size != 0 {
			free(*b)
		}
		b.size = 16 + rnd.Uint64N(128)
		chunk := chunkSize(b.size)
		if same := unused[chunk]; len(same) > 0 {
			b.addr, unused[chunk] = same[len(same)-1], same[:len(same)-1]
		} else {
			b.addr = top
			top += chunk
		}
		trace = append(trace, *b)
	}
	for _, b := range live {
		free(b)
	}
	return trace
}

// chunkSize is how much memory glibc's malloc uses for a block.
func chunkSize(size uint64) uint64 { return max(size+8+15, 32) &^ 15 }

// BenchmarkGrowth allocates blocks and frees none.
func BenchmarkGrowth(b *testing.B) {
	var t Thread
	const blocks = 5 << 20
	for b.Loop() {
		h := New(Options{})
		site := h.NewSite()
		for i := range blocks {
			h.Alloc(&t, benchAddr(i), 24, uint64(i), site)
		}
	}
	perEvent(b, blocks*b.N)
}

// BenchmarkRealloc grows a vector step by step, now and then to a new address.
func BenchmarkRealloc(b *testing.B) {
	h := New(Options{})
	site := h.NewSite()
	var t Thread
	stamp := uint64(1 << 50)
	events := 0
	for b.Loop() {
		h.Alloc(&t, benchAddr(0), 24, stamp, site)
		for i := range 64 {
			h.BeginRealloc(&t, benchAddr(i/4), stamp+40)
			h.EndRealloc(&t, benchAddr((i+1)/4), uint64(48+24*i), stamp+80, site, Resized)
			stamp += 80
		}
		h.Free(&t, benchAddr(16), stamp+80)
		stamp += 80
		events += 2 + 2*64
	}
	perEvent(b, events)
}

func BenchmarkClone1M(b *testing.B) {
	h := New(Options{})
	for range 10_000 {
		h.NewSite()
	}
	var t Thread
	for i := range 1 << 20 {
		h.Alloc(&t, benchAddr(i), 24, uint64(i), SiteID(i%10_000))
	}
	for b.Loop() {
		h.Clone(1)
	}
}

// BenchmarkThreads has eight threads by turns free and allocate blocks at random addresses and at sites that all of them
// share: of seven of them each event needs the share.
func BenchmarkThreads(b *testing.B) {
	const threads, sites, live = 8, 1 << 8, 4 << 10
	h := New(Options{})
	for range sites {
		h.NewSite()
	}
	var all [threads]Thread
	stamp := uint64(1 << 50)
	for i := range live {
		h.Alloc(&all[i%threads], benchAddr(i), 24, stamp, SiteID(i%sites))
		stamp += 40
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	order := make([]uint32, 1<<20)
	for i := range order {
		order[i] = uint32(rnd.IntN(live))
	}
	n := 0
	for b.Loop() {
		for range 1024 {
			i := order[n%len(order)]
			t := &all[n/64%threads] // as many events come from one ring before another one is earlier
			h.Free(t, benchAddr(int(i)), stamp)
			h.Alloc(t, benchAddr(int(i)), uint64(i)&127, stamp+40, SiteID(i%sites))
			stamp += 80
			n++
		}
	}
	perEvent(b, 2*1024*b.N)
}
