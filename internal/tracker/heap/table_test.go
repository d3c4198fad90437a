package heap

import "testing"

func TestTableKeepsExtremeValues(t *testing.T) {
	live := newTable()
	for _, addr := range []uint64{1, 0x7fff_ffff_fff8, maxAddr} {
		for _, size := range []uint64{0, 1<<32 - 1, 1 << 32, 1<<40 - 1, 1 << 40, 1<<46 + 1, maxSize} {
			for _, mark := range []uint32{0, 0xffff, maxSite, maxSite | passedOnMark} {
				want := block{addr, size, 1 << 55, mark}
				live.insert(want)
				if b := live.find(addr); b != want {
					t.Fatalf("%+v became %+v", want, b)
				}
				if b := live.remove(addr, 1<<55+9); b.age(1<<55+9) != 9 || live.find(addr).addr != 0 {
					t.Fatalf("%+v was removed, its age is %d", b, b.age(1<<55+9))
				}
			}
		}
	}
}

func TestTableForgetsPlacesThatAreLeft(t *testing.T) {
	live := newTable()
	for i := range uint64(100_000) { // one block after the other, each in a region of its own
		addr := (i + 1) * regionSize
		live.insert(block{addr: addr, size: 1, birth: i})
		live.remove(addr, i)
	}
	if live.leaves > 200 || len(live.regions) > 1024 {
		t.Errorf("%d leaves, %d regions are left", live.leaves, len(live.regions))
	}
}

func TestTableHoldsBlocksWithoutAlignment(t *testing.T) {
	live := newTable()
	for i := range uint64(20_000) {
		live.insert(block{addr: addrA + i, size: i, birth: 0})
	}
	for i := range uint64(20_000) {
		if b := live.remove(addrA+i, 0); b.size != i {
			t.Fatalf("block %d has size %d", i, b.size)
		}
	}
}

// TestTableMemory holds the promise of at most 47 bytes a block, at every moment
// of the growth, for the chunks that glibc's malloc gives out.
func TestTableMemory(t *testing.T) {
	const leafBytes = 2048 // the Go allocator's class for a leaf
	for stride := uint64(16); stride <= 512; stride += 16 {
		live := newTable()
		for i := range uint64(40_000) {
			live.insert(block{addr: addrA + i*stride, size: 1, birth: 0})
			if i < 10_000 || i%1000 != 0 {
				continue
			}
			bytes := live.leaves * leafBytes
			for _, r := range live.regions {
				bytes += 8 * len(r.leaves)
			}
			if got := float64(bytes) / float64(i+1); got > 47 {
				t.Fatalf("%.1f bytes a block for %d blocks of %d bytes", got, i+1, stride)
			}
		}
	}
}
