package graph

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// units makes a heap as a program has it that keeps many orders: of each the order, its text, a vector of four items, and a
// node of a tree of all orders that points to it. What is left behind of a vector that grew parts the units: a third of all blocks lie at random places.
func units(n int) *heap {
	const order, text, vector, item, node, each = 0, 1, 2, 3, 7, 8
	sizes := [each]uint64{96, 40, 64, 120, 120, 120, 120, 72}
	r := rand.New(rand.NewPCG(1, 1))
	place := make([]int32, n*each)
	for i := range place {
		place[i] = int32(i)
	}
	for i := range place {
		if i%each == text || i%each == item || i%each == node {
			j := r.IntN(n)*each + i%each
			place[i], place[j] = place[j], place[i]
		}
	}
	all := make([]uint64, 0, n*each+2)
	for range n {
		all = append(all, sizes[:]...)
	}
	h := newHeap(64, append(all, uint64(n)*8, 64)...)
	at := func(unit, what int) int { return int(place[unit*each+what]) }
	table, root := n*each, n*each+1
	for i := range n {
		h.point(table, i, at(i, order))
		h.put(h.at(at(i, order), 0), 0x4010_0000) // a table of virtual functions
		h.point(at(i, order), 1, at(i, text))
		h.put(h.at(at(i, order), 2), 17)
		h.point(at(i, order), 5, at(i, vector))
		h.put(h.at(at(i, order), 6), h.at(at(i, vector), 4))
		h.put(h.at(at(i, order), 7), h.at(at(i, vector), 4))
		for w := range 5 {
			h.put(h.at(at(i, text), w), r.Uint64())
		}
		for k := range 4 {
			h.point(at(i, vector), k, at(i, item+k))
			h.put(h.at(at(i, item+k), 0), 0x4010_0040)
			h.point(at(i, item+k), 2, at(i, order))
			for w := 3; w < 9; w++ {
				h.put(h.at(at(i, item+k), w), r.Uint64()>>r.UintN(64))
			}
		}
		h.put(h.at(at(i, node), 0), uint64(i)&1)
		parent := root
		if i > 0 {
			parent = at((i-1)/2, node)
			h.point(parent, 2+(i-1)%2, at(i, node))
		}
		h.point(at(i, node), 1, parent)
		h.put(h.at(at(i, node), 4), uint64(i))
		h.point(at(i, node), 5, at(i, order))
	}
	h.point(root, 0, at(0, node))
	h.hold(0, Firm, table)
	h.hold(1, Firm, root)
	h.hold(2, Loose, at(7, order), at(9, text))
	return h
}

// BenchmarkUnits is of 4.8 million blocks, 541 MiB.
func BenchmarkUnits(b *testing.B) {
	h := units(600_000)
	bytes := uint64(len(h.bytes))
	n := float64(len(h.blocks))
	part := map[string]time.Duration{}
	timed := func(what string, f func()) {
		start := time.Now()
		f()
		part[what] += time.Since(start)
	}
	before := allocated()
	for b.Loop() {
		g := &Graph{blocks: h.blocks}
		var x *Index
		timed("index", func() { x, _ = NewIndex(h.blocks) })
		s := newScanner(x, h, Options{})
		timed("scan", func() { g.edges, _ = s.blocks() })
		timed("roots", func() { _ = g.root(s, h.roots) })
		timed("reach", func() { g.reach() })
		var sources []int32
		timed("lose", func() { sources = g.lose() })
		timed("pairs", func() { g.weaken(s) })
		timed("dominate", func() { g.dominate(sources) })
		of := make([]int32, len(g.blocks))
		for i, b := range g.blocks {
			of[i] = int32(b.Size%1000) + 1000*int32(i%3)
		}
		timed("groups", func() {
			if _, exact := g.RetainedBy(of, 3000); !exact {
				b.Error("groups are not exact")
			}
		})
		timed("owners", func() { g.OwnerReaches(1<<40, 0) })
		texts := make([]int, 0, len(g.blocks))
		for i, b := range g.blocks {
			if b.Size == 120 {
				texts = append(texts, i)
			}
		}
		timed("each", func() {
			_, looked := g.EachReaches(1<<25, texts)
			b.ReportMetric(float64(len(looked))/float64(len(texts)), "looked")
		})
		b.ReportMetric(float64(len(g.edges.targets))/n, "edges/block")
		runtime.KeepAlive(x)
		if b.N == 1 {
			b.ReportMetric(float64(allocated()-before)/n, "B/block-made")
			b.ReportMetric(float64(g.OwnerRetained(0).Blocks)/n, "owner0")
		}
	}
	for what, took := range part {
		b.ReportMetric(took.Seconds()/float64(b.N), what+"-s")
	}
	b.ReportMetric(float64(bytes)/(1<<20), "MiB")
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
