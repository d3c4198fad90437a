package heap

import (
	"math/rand/v2"
	"testing"
)

func probes(t *table) (avg float64, maxp int, segs int, load float64) {
	n := 0
	sum := 0
	for b := range t.all {
		p, home := hash(b.addr())
		ref := t.ref(p)
		i := home
		c := 1
		for ref.slots[i%segmentSize].key != b.key {
			i++
			c++
		}
		n++
		sum += c
		if c > maxp {
			maxp = c
		}
	}
	return float64(sum) / float64(n), maxp, len(t.room), float64(n) / float64(len(t.room)*segmentSize)
}
func TestZ(t *testing.T) {
	for _, stride := range []uint64{16, 32, 48, 64, 80, 96, 112, 128, 208, 1024, 4096, 4112, 1 << 16} {
		for _, n := range []int{4096, 50000, 1000000, 3000000} {
			tb := newTable()
			for i := 0; i < n; i++ {
				tb.insert(newBlock(0x555555550000+uint64(i)*stride, 1, 1, 0))
			}
			a, m, s, l := probes(&tb)
			t.Log(stride, n, a, m, s, l, 24/l)
		}
	}
	for _, n := range []int{4096, 50000, 100000, 150000, 1000000, 1500000, 2000000} {
		tb := newTable()
		for i := 0; i < n; i++ {
			tb.insert(newBlock(rand.Uint64()&maxAddr|16, 1, 1, 0))
		}
		a, m, s, l := probes(&tb)
		t.Log("random", n, a, m, s, l, 24/l)
	}
}
