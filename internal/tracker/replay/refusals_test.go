//go:build linux && (amd64 || arm64)

package replay

import (
	"testing"

	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

func (w writer) call(stamp, stack uint64, what wire.CallKind, by uint32, bytes uint64) {
	w.put(wiretest.Call(wire.Call{Stamp: stamp, Stack: stack, What: what, Number: by, Amount: bytes}))
}

// What is called where an allocation has failed tells of it a second time, but where the allocator is a part of its
// callers.
func TestAFailureThatTheAllocatorHasToldOfCountsOnce(t *testing.T) {
	r, w := pretend(t, 2)
	w[0].node(20, 0, 0, 0x1000)
	w[0].node(21, 0, 0, 0x2000)
	w[0].alloc(5, 0x10000, 20, 300)
	w[0].call(10, 20, wire.CallRefused, wire.RefusedByAllocator, 4096)
	w[1].call(11, 20, wire.CallRefused, wire.RefusedByItself, 64)
	w[0].call(12, 21, wire.CallFailed, wire.RefusedByItself, 4096)
	w[1].call(13, 21, wire.CallFailed, wire.RefusedByItself, 64)
	w[1].call(14, 21, wire.CallFailed, wire.RefusedByItself, 64)
	w[1].call(15, 21, wire.CallFailed, wire.RefusedByItself, 8)
	r.round(20)
	all, left := r.images[0].Refusals()
	if len(all) != 3 || left != 0 {
		t.Fatalf("got %+v, and %d more", all, left)
	}
	if f := all[2]; f.By != wire.RefusedByItself || f.Times != 2 || f.Bytes != 64 || f.LeastBytes != 8 || f.LiveBytes != 300 || f.Stamp != 14 || f.Last != 15 {
		t.Errorf("got %+v", f)
	}
}

func TestACallThatIsRefusedByNobodyIsDamage(t *testing.T) {
	for _, what := range []wire.CallKind{wire.CallRefused, wire.CallFailed, 77} {
		r, w := pretend(t, 1)
		w[0].node(20, 0, 0, 0x1000)
		w[0].call(10, 20, what, wire.RefusedByItself+1, 1)
		r.round(20)
		if all, _ := r.images[0].Refusals(); r.images[0].DamagedRings != 1 || len(all) != 0 {
			t.Errorf("%d: %d rings are damaged, %+v", what, r.images[0].DamagedRings, all)
		}
	}
}
