package heap

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
)

// pair drives a heap and its model with the same random events.
type pair struct {
	rnd     *rand.Rand
	heap    *Heap
	model   *model
	threads []*Thread
	begun   map[*Thread]uint64 // the address of the realloc that a thread is in
	addrs   []uint64
	sizes   []uint64
	step    uint64 // the most ticks between events
	stamp   uint64
	points  int
}

func newPair(seed uint64) *pair {
	rnd := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...int) int { return of[rnd.IntN(len(of))] }
	p := &pair{
		rnd:    rnd,
		model:  newModel(),
		begun:  map[*Thread]uint64{},
		step:   uint64(pick(1, 3, 1000, 1<<20)),
		stamp:  rnd.Uint64N(1 << 58),
		points: pick(1, 4, 5, 7, 50, 2000),
	}
	p.heap = New(Options{TimelinePoints: p.points})
	if rnd.IntN(4) == 0 {
		p.heap.sites.epoch = math.MaxUint32 - 20 // soon exhausted
	}
	p.heap.sites.moments.history.full = pick(1, 30, firstFull)
	p.heap.partners.left = pick(1, 20, 1000)
	p.addThreads(pick(1, 2, 5))
	for range pick(1, 2, 10, 3000) {
		p.newSite()
	}
	align := uint64(pick(1, 16, 4096))
	for i := range pick(3, 40, 400) {
		p.addrs = append(p.addrs, 0x7f00_0000_0000+uint64(i)*align)
	}
	for range pick(1, 2, 30) { // few sizes make equal peaks likely
		p.sizes = append(p.sizes, rnd.Uint64N(uint64(pick(3, 100, 1000, 1<<40))))
	}
	return p
}

func (p *pair) addThreads(n int) {
	p.threads = nil
	for range n {
		p.threads = append(p.threads, new(Thread))
	}
}

func (p *pair) newSite() {
	p.heap.NewSite()
	p.model.newSite()
}

// someAddr returns a random address that is live, or is not.
func (p *pair) someAddr(live bool) uint64 {
	var addr uint64
	for range 20 {
		addr = p.addrs[p.rnd.IntN(len(p.addrs))]
		if (p.model.live[addr] != nil) == live {
			break
		}
	}
	return addr
}

// noteLook tells the model whether the heap looks at the block that was allocated last.
func (p *pair) noteLook(addr uint64) {
	if _, x := p.heap.extras.resolve(p.heap.live.find(addr)); x != 0 {
		p.model.live[addr].facts.looked = p.heap.extras.all[x].look.nth != 0
	}
}

func (p *pair) event() {
	p.stamp += 1 + p.rnd.Uint64N(p.step)
	t := p.threads[p.rnd.IntN(len(p.threads))]
	size := p.sizes[p.rnd.IntN(len(p.sizes))]
	site := SiteID(p.rnd.IntN(len(p.model.sites)))

	if addr, ok := p.begun[t]; ok {
		delete(p.begun, t)
		outcome := Outcome(p.rnd.IntN(3))
		switch {
		case outcome != Resized:
			addr = 0
		case p.rnd.IntN(2) == 0:
			addr = p.someAddr(false) // moved
		}
		p.heap.EndRealloc(t, addr, size, p.stamp, site, outcome)
		p.model.endRealloc(t, addr, size, p.stamp, site, outcome)
		if b := p.model.live[addr]; b != nil && b.birth == p.stamp {
			p.noteLook(addr)
		}
		return
	}
	switch n := p.rnd.IntN(100); {
	case n < 8:
		addr := p.someAddr(n == 0) // 0: its free was lost
		born := p.stamp
		p.stamp += p.rnd.Uint64N(p.step)
		looked := p.heap.sites.cold(site).looked
		p.heap.AllocFree(t, addr, size, born, p.stamp, site)
		p.model.alloc(t, addr, size, born, site)
		p.model.live[addr].facts.looked = p.heap.sites.cold(site).looked != looked
		p.model.free(t, addr, p.stamp)
	case n < 40:
		addr := p.someAddr(n == 8) // 8: its free was lost
		p.heap.Alloc(t, addr, size, p.stamp, site)
		p.model.alloc(t, addr, size, p.stamp, site)
		p.noteLook(addr)
	case n < 80:
		addr := p.someAddr(n != 79) // 79: unknown
		if m := p.model.thread(t).newest; m != nil && p.rnd.IntN(3) == 0 {
			for a, b := range p.model.live { // temporary
				if b == m {
					addr = a
				}
			}
		}
		p.heap.Free(t, addr, p.stamp)
		p.model.free(t, addr, p.stamp)
	case n < 99:
		addr := p.someAddr(n != 98) // 98: unknown
		p.begun[t] = addr
		p.heap.BeginRealloc(t, addr, p.stamp)
		p.model.beginRealloc(t, addr, p.stamp)
	case p.rnd.IntN(2) == 0:
		p.heap.Mark(p.stamp, "mark")
		p.model.mark(p.stamp, "mark")
	default:
		p.newSite()
	}
}

// fork returns the pair of the child.
func (p *pair) fork() *pair {
	c := *p
	c.heap, c.model = p.heap.Clone(p.stamp), p.model.clone(p.stamp)
	c.begun = map[*Thread]uint64{}
	c.addThreads(len(p.threads))
	return &c
}

func (p *pair) check(t *testing.T) {
	t.Helper()
	got, want := p.heap.Finish(p.stamp), p.model.finish(p.stamp)
	checkTimeline(t, got, p.model, p.points)
	checkPasts(t, takePasts(got), p.model, p.stamp)
	checkFacts(t, got, p.model)
	timeline := got.Timeline
	got.Timeline = nil
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("after %d events\ngot  %s\nwant %s", len(p.model.history), describe(got), describe(want))
	}
	if again := p.heap.Finish(p.stamp); !reflect.DeepEqual(again.Timeline, timeline) {
		t.Fatal("a second Finish has another timeline")
	}
}

func describe(r *Result) string {
	if len(r.Sites) > 10 {
		short := *r
		short.Sites = nil
		r = &short
	}
	return cut(*r)
}

// checkTimeline checks that each reading shows what was live at its moment,
// that the peak and the end are among them, and that the others are evenly
// spaced.
func checkTimeline(t *testing.T, r *Result, m *model, points int) {
	t.Helper()
	if len(r.Timeline) > max(points, leastTimelinePoints) {
		t.Fatalf("%d readings, want at most %d", len(r.Timeline), points)
	}
	if end := r.Timeline[len(r.Timeline)-1]; end.Stamp != r.EndStamp || end.Bytes != r.Total.EndBytes || end.Blocks != r.Total.EndBlocks {
		t.Fatalf("timeline ends with %+v", end)
	}
	peaks := 0
	var even []uint64
	for i, s := range r.Timeline {
		if s.Stamp == r.PeakStamp && s.Bytes == r.Total.PeakBytes && s.Blocks == r.Total.PeakBlocks {
			peaks++
			continue
		}
		if i == len(r.Timeline)-1 {
			continue
		}
		even = append(even, s.Stamp)
		live := Reading{Bytes: m.inherits.Bytes, Blocks: m.inherits.Blocks}
		for _, e := range m.history {
			if e.Stamp > s.Stamp {
				break
			}
			live = e
		}
		if live.Bytes != s.Bytes || live.Blocks != s.Blocks {
			t.Fatalf("reading %d is %+v, but live was %+v", i, s, live)
		}
	}
	if peaks == 0 && r.Total.PeakBytes > 0 {
		t.Fatal("the peak is not in the timeline")
	}
	if peaks == 1 && len(even) > 2 {
		// The peak may coincide with one of the even readings.
		for i := 2; i < len(even); i++ {
			a, b := even[i-1]-even[i-2], even[i]-even[i-1]
			if a != b && a != 2*b && b != 2*a {
				t.Fatalf("readings are %d, then %d ticks apart", a, b)
			}
		}
	}
}

func TestAccountEqualsSlowModel(t *testing.T) {
	seeds := 200
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newPair(uint64(seed))
			p.check(t)
			for i := range 600 {
				p.event()
				if i%50 == 0 {
					p.check(t)
				}
			}
			p.check(t)
		})
	}
}

func TestParentAndChildGoTheirOwnWays(t *testing.T) {
	for seed := range 60 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newPair(uint64(seed))
			family := []*pair{p}
			for i := range 600 {
				for _, p := range family {
					p.event()
				}
				if i%150 == 100 {
					family = append(family, family[p.rnd.IntN(len(family))].fork())
				}
			}
			for _, p := range family {
				p.check(t)
			}
		})
	}
}

// TestACopyIsTheHeapAtThatMoment finishes copies while their heap goes on, which must be
// none the worse for it.
func TestACopyIsTheHeapAtThatMoment(t *testing.T) {
	for seed := range 40 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newPair(uint64(seed))
			var finishing sync.WaitGroup
			for i := range 600 {
				p.event()
				if i%40 == 20 {
					want, stamp := p.heap.Finish(p.stamp), p.stamp
					c := p.heap.Copy()
					finishing.Go(func() {
						got := c.Finish(stamp)
						if gotPasts, wantPasts := takePasts(got), takePasts(want); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotPasts, wantPasts) {
							t.Errorf("after %d events the copy is\n%s, %s, want\n%s, %s", i, cut(got), cut(gotPasts), cut(want), cut(wantPasts))
						}
					})
				}
			}
			p.check(t)
			finishing.Wait()
		})
	}
}

// TestTableEqualsMap covers growth over many segments, which the account's
// model is too slow for.
func TestTableEqualsMap(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 2))
			stride := []uint64{1, 16, 48, 4096, 1 << 20, 1<<32 + 16}[seed]
			live, want := newTable(), map[uint64]block{}
			type snapshot struct {
				table table
				want  map[uint64]block
			}
			var clones []snapshot
			var addrs []uint64
			for i := range uint64(150_000) {
				growing := i/30_000%2 == 0
				if rnd.IntN(10) < 7 == growing || len(addrs) == 0 {
					addr := (1 + rnd.Uint64N(1<<19)) * stride & maxAddr
					b := block{addr: addr, size: i << (i % 30), birth: i, mark: uint32(i) << (i % 3)}
					old := live.insert(b)
					if old != want[addr] {
						t.Fatalf("insert of %#x returned %v, want %v", addr, old, want[addr])
					}
					if old.addr == 0 {
						addrs = append(addrs, addr)
					}
					want[addr] = b
				} else {
					at := rnd.IntN(len(addrs))
					addr := addrs[at]
					addrs[at] = addrs[len(addrs)-1]
					addrs = addrs[:len(addrs)-1]
					if got := live.remove(addr, i); got != want[addr] {
						t.Fatalf("remove of %#x returned %v, want %v", addr, got, want[addr])
					}
					delete(want, addr)
				}
				if i%60_000 == 20_000 {
					copied := map[uint64]block{}
					for a, b := range want {
						copied[a] = b
					}
					clones = append(clones, snapshot{live.clone(), copied})
				}
			}
			for _, s := range append(clones, snapshot{live, want}) {
				n := 0
				s.table.blocks(func(b block) {
					n++
					if s.want[b.addr] != b || s.table.find(b.addr) != b {
						t.Fatalf("holds %v, want %v", b, s.want[b.addr])
					}
				})
				if n != len(s.want) {
					t.Fatalf("holds %d blocks, want %d", n, len(s.want))
				}
				for addr := range s.want {
					if s.table.remove(addr, math.MaxInt32).addr == 0 {
						t.Fatalf("%#x is not found", addr)
					}
				}
			}
		})
	}
}
