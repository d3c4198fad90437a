package holding

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// BenchmarkMake makes the snapshot of a program that has a table of records, each of which has a list of items with a
// name: 4.8 million blocks of 300 points. Records know the table, and items the next one and the one before.
func BenchmarkMake(b *testing.B) {
	w := largeWorld(4_800_000, 300)
	b.ReportAllocs()
	for b.Loop() {
		s := w.make()
		b.ReportMetric(float64(len(s.Groups)), "groups")
		b.ReportMetric(float64(len(s.Deep)), "deep")
	}
}

func largeWorld(blocks, points int) *world {
	w := newWorld()
	for i := range points {
		w.Points = append(w.Points, i)
		w.Types = append(w.Types, Type{Name: []string{"Record", "std::vector<Item>", "Item", "std::string"}[i%4]})
		if i >= 40 {
			w.Types[i].Name += fmt.Sprint(i / 40)
		}
	}
	w.bytes = make([]byte, worldRoots, worldRoots+blocks*112)
	w.Blocks = make([]graph.Block, 0, blocks)
	lay := func(point, size int) uint64 {
		addr := uint64(worldStart + len(w.bytes))
		w.bytes = w.bytes[:len(w.bytes)+(size+16)&^15]
		w.Blocks = append(w.Blocks, graph.Block{Addr: addr, Size: uint64(size), Site: uint32(point)})
		return addr
	}
	r := rand.New(rand.NewPCG(1, 1))
	tables := make([]uint64, 4)
	for i := range tables {
		tables[i] = lay(0, blocks/20*8)
		w.root(fmt.Sprint("table", i), tables[i])
	}
	for record := 0; len(w.Blocks) < blocks-40; record++ {
		kind := r.IntN(points / 4)
		items := r.IntN(8)
		at := lay(4*kind, 64)
		w.put(tables[record%4]+uint64(record/4*8), at)
		vector := lay(4*kind+1, 8*8)
		w.put(at, tables[record%4], vector, vector+uint64(8*items), vector+64)
		last := uint64(0)
		for i := range items {
			item := lay(4*kind+2, 48)
			w.put(vector+uint64(8*i), item)
			name := lay(4*kind+3, 32+r.IntN(160))
			binary.LittleEndian.PutUint64(w.bytes[name-worldStart:], r.Uint64())
			w.put(item, at, last, 0, name, 30, 31)
			if last != 0 {
				w.put(last+16, item)
			}
			last = item
		}
	}
	w.owner(profile.Owner{Kind: profile.FrameOwner, Name: "main"}, graph.Loose, w.Blocks[10].Addr)
	return w
}
