package mappings

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"heapprof/internal/tracker/heap"
)

const mib = 1 << 20

func (a *Account) check(t *testing.T) {
	t.Helper()
	bytes := uint64(0)
	for i, p := range a.pieces {
		if p.start >= p.end || i > 0 && p.start < a.pieces[i-1].end {
			t.Fatalf("piece %d, from %#x to %#x, is empty or overlaps the one before", i, p.start, p.end)
		}
		bytes += p.end - p.start
	}
	for _, r := range a.taken {
		for _, p := range r.pieces {
			bytes += p.end - p.start
		}
	}
	if bytes != a.bytes {
		t.Fatalf("the pieces have %d bytes, the account %d", bytes, a.bytes)
	}
}

func TestMunmapOfTheMiddleLeavesOneMapping(t *testing.T) {
	var th Thread
	a := New()
	site := a.NewSite()
	a.Map(10*mib, 10*mib, 1, site)
	a.Take(&th, 13*mib, 2*mib, 2)
	a.Put(&th, 13*mib, 0, 3, site)
	want := heap.SiteResult{
		TotalBytes: 10 * mib, TotalBlocks: 1, MaxBytes: 10 * mib, MaxBlocks: 1,
		PeakBytes: 10 * mib, PeakBlocks: 1, EndBytes: 8 * mib, EndBlocks: 1, Lifetime: heap.Ticks{Lo: 9},
	}
	if got := a.Finish(10).Sites[site]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	a.Take(&th, 0, 100*mib, 12)
	a.Put(&th, 0, 0, 13, site)
	want.EndBytes, want.EndBlocks, want.Lifetime = 0, 0, heap.Ticks{Lo: 12}
	if got := a.Finish(20).Sites[site]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMremapMovesEveryMappingOfItsRange(t *testing.T) {
	var th Thread
	a := New()
	first, second, third := a.NewSite(), a.NewSite(), a.NewSite()
	a.Map(10*mib, mib, 1, first)
	a.Map(11*mib, mib, 2, second)
	a.Take(&th, 10*mib, 2*mib, 3)
	a.Map(10*mib, mib, 4, third) // another thread has the addresses already
	a.Put(&th, 50*mib, 4*mib, 5, third)
	var got []uint64
	for _, s := range a.Finish(6).Sites {
		got = append(got, s.TotalBytes/mib, s.TotalBlocks, s.EndBytes/mib, s.EndBlocks)
	}
	if want := []uint64{1, 1, 1, 1 /**/, 3, 1, 3, 1 /**/, 1, 1, 1, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("total, mappings, end, mappings of the sites are %d, want %d", got, want)
	}
	a.check(t)
}

func TestAFailedCallChangesNothing(t *testing.T) {
	var th Thread
	a := New()
	site := a.NewSite()
	a.Map(10*mib, mib, 1, site)
	a.Map(20*mib, mib, 2, site)
	before := a.Finish(9)
	a.Take(&th, 10*mib, mib, 3)
	a.Put(&th, 10*mib, mib, 4, site)
	if after := a.Finish(9); !reflect.DeepEqual(after, before) {
		t.Errorf("got %+v, want %+v", after, before)
	}
}

// play has the model and the account do what the bytes say, within a few pages, and
// compares them as it goes.
func play(t *testing.T, script []byte) {
	a, m := New(), newModel()
	var threads [3]Thread
	stamp := uint64(1)
	compare := func() {
		t.Helper()
		a.check(t)
		if got, want := a.Finish(stamp), m.result(stamp); !reflect.DeepEqual(got, want) {
			t.Fatalf("at %d: got %+v, want %+v", stamp, got, want)
		}
	}
	for range 4 {
		a.NewSite()
		m.newSite()
	}
	for ; len(script) >= 4; script = script[4:] {
		stamp++
		from, count := uint64(script[1]%64)+1, uint64(script[2]%16)
		th, site := &threads[script[3]%3], SiteID(script[3]/3%4)
		switch script[0] % 8 {
		case 0, 1, 2:
			a.Map(from*page, count*page, stamp, site)
			m.mapPages(from, count, stamp, site)
		case 3, 4:
			a.Take(th, from*page, count*page, stamp)
			m.take(th, from, count, stamp)
		case 5, 6:
			if script[0]&64 != 0 {
				count = 0
			}
			a.Put(th, from*page, count*page, stamp, site)
			m.putBack(th, from, count, stamp, site)
		case 7:
			if script[1] > 32 {
				continue
			}
			parent := a.Finish(stamp)
			child := a.Clone(stamp)
			if got := a.Finish(stamp); !reflect.DeepEqual(got, parent) {
				t.Fatalf("a fork changed the parent: %+v, was %+v", got, parent)
			}
			a, m = child, m.fork(stamp)
			threads = [3]Thread{}
		}
		compare()
	}
}

func TestAccountAgreesWithThePagesOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		script := make([]byte, 4*60)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		play(t, script)
	}
}

func FuzzAccount(f *testing.F) {
	f.Add([]byte{0, 5, 9, 0, 3, 7, 3, 0, 5, 40, 12, 0})
	f.Fuzz(play)
}

func TestAddressesBeyondTheLastAreLeftOut(t *testing.T) {
	var th Thread
	a := New()
	site := a.NewSite()
	a.Map(maxAddress-page, 1<<63, 1, site)
	a.Take(&th, ^uint64(0), ^uint64(0), 2)
	a.Put(&th, maxAddress-2*page, ^uint64(0), 3, site)
	a.check(t)
}

func BenchmarkMapAmongMany(b *testing.B) {
	a := New()
	site := a.NewSite()
	const many = 65_000 // as the kernel lets a process have
	for i := range uint64(many) {
		a.Map(2*i*page+page, page, i, site)
	}
	var th Thread
	i := uint64(0)
	for b.Loop() {
		addr := i * 7919 % many * 2 * page
		a.Map(addr+2*page, page, many, site)
		a.Take(&th, addr+2*page, page, many)
		a.Put(&th, addr+2*page, 0, many, site)
		i++
	}
}
