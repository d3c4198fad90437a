package graph

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
)

// image is memory from an address on.
type image struct {
	start uint64
	bytes []byte
	holes []Range // that cannot be read
}

var errHole = errors.New("cannot be read")

func (m *image) ReadAt(p []byte, addr uint64) (int, error) {
	for _, h := range m.holes {
		if addr >= h.Start && addr < h.End {
			return 0, errHole
		}
		if addr < h.Start && addr+uint64(len(p)) > h.Start {
			p = p[:h.Start-addr]
			n, _ := m.ReadAt(p, addr)
			return n, errHole
		}
	}
	if addr < m.start || addr >= m.start+uint64(len(m.bytes)) {
		return 0, errHole
	}
	n := copy(p, m.bytes[addr-m.start:])
	if n < len(p) {
		return n, errHole
	}
	return n, nil
}

func (m *image) put(addr, value uint64) {
	binary.LittleEndian.PutUint64(m.bytes[addr-m.start:], value)
}

// heap is blocks, roots and memory in the making.
type heap struct {
	image
	blocks []Block
	roots  []Root
}

const heapStart = 0x5555_5000_0000

// newHeap returns a heap with such blocks, apart from each other, and so many bytes behind them.
func newHeap(room int, sizes ...uint64) *heap {
	h := &heap{image: image{start: heapStart}}
	at := uint64(heapStart)
	for _, size := range sizes {
		h.blocks = append(h.blocks, Block{Addr: at, Size: size})
		at = (at + size + 16) &^ 15
	}
	h.bytes = make([]byte, int(at-heapStart)+room)
	return h
}

// touch moves blocks so that each begins where the one before it ends, if that is a multiple of 8.
func (h *heap) touch() {
	for i := 1; i < len(h.blocks); i++ {
		h.blocks[i].Addr = (h.blocks[i-1].Addr + max(h.blocks[i-1].Size, 1) + 7) &^ 7
	}
}

// same returns n sizes of 64 bytes.
func same(n int) []uint64 {
	sizes := make([]uint64, n)
	for i := range sizes {
		sizes[i] = 64
	}
	return sizes
}

// at returns the address of a block's word.
func (h *heap) at(block, word int) uint64 { return h.blocks[block].Addr + 8*uint64(word) }

// point makes a word of a block point to another block.
func (h *heap) point(from, word, to int) { h.put(h.at(from, word), h.blocks[to].Addr) }

// hold makes a root with words that point to blocks.
func (h *heap) hold(owner uint32, stratum Stratum, blocks ...int) {
	r := Root{Owner: owner, Stratum: stratum}
	for _, b := range blocks {
		r.Words = append(r.Words, h.blocks[b].Addr)
	}
	h.roots = append(h.roots, r)
}

// chain links blocks by their first two words, if they have them: to the next and the one before.
func (h *heap) chain(blocks ...int) {
	blocks = slices.DeleteFunc(blocks, func(b int) bool { return h.blocks[b].Size < 16 })
	for i := 1; i < len(blocks); i++ {
		h.point(blocks[i-1], 0, blocks[i])
		h.point(blocks[i], 1, blocks[i-1])
	}
}

// random makes a heap of up to most blocks with random pointers and roots.
func random(r *rand.Rand, most int) *heap {
	sizes := make([]uint64, 1+r.IntN(most))
	for i := range sizes {
		sizes[i] = uint64(r.IntN(10)) * 8
		if r.IntN(6) == 0 {
			sizes[i] += uint64(r.IntN(8))
		}
		if r.IntN(20) == 0 {
			sizes[i] = 200
		}
	}
	h := newHeap(512, sizes...)
	if r.IntN(3) == 0 {
		h.touch()
	}
	density := r.IntN(4) + 1
	for i, b := range h.blocks {
		for w := range int(b.Size / 8) {
			if r.IntN(4) < density {
				t := h.blocks[r.IntN(len(h.blocks))]
				if density == 1 && i > 0 { // trees, rather
					t = h.blocks[min(i+1+r.IntN(4), len(h.blocks)-1)]
				}
				h.put(h.at(i, w), t.Addr+uint64(r.IntN(int(t.Size)+1)))
			}
		}
	}
	for range r.IntN(3) {
		h.chain(r.Perm(len(h.blocks))[:r.IntN(len(h.blocks)+1)]...)
	}
	for range r.IntN(6) {
		owner, stratum := uint32(r.IntN(4)), []Stratum{Loose, Loose + 3, Firm}[r.IntN(3)]
		h.hold(owner, stratum, r.IntN(len(h.blocks)))
	}
	return h
}
