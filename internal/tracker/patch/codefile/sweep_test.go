package codefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"heapprof/internal/tracker/patch/isa"
)

// TestBranchesOfLargeFilesAreFoundOnceAndInOrder has calls at, before and across the edges
// of the pieces in which code is read.
func TestBranchesOfLargeFilesAreFoundOnceAndInOrder(t *testing.T) {
	const addr, target = 0x400000, 0x100
	code := bytes.Repeat([]byte{0x90}, 2*sweepPiece+100)
	var want []uint64
	for _, edge := range []int{0, sweepPiece, 2 * sweepPiece, len(code)} {
		for _, at := range []int{edge - 20, edge - 8, edge + 3, edge + 10} {
			if at < 0 || at+5 > len(code) || slices.Contains(want, addr+uint64(at)) {
				continue
			}
			code[at] = 0xe8
			binary.LittleEndian.PutUint32(code[at+1:], uint32(target-(addr+at+5)))
			want = append(want, addr+uint64(at))
		}
	}
	// A conditional one across an edge: it begins in the one piece and ends in the other.
	const across = sweepPiece - 3
	code[across], code[across+1] = 0x0f, 0x84
	binary.LittleEndian.PutUint32(code[across+2:], uint32(0x1_0000_0000+target-(addr+across+6)))
	want = append(want, addr+across)
	slices.Sort(want)
	m := &File{Machine: isa.MachineOf(elf.EM_X86_64), Segments: []Segment{{Data: code, Addr: addr}}}
	var got []uint64
	m.EachBranch(isa.NewTargets(isa.Range{Lo: target, Hi: target + 1}), func(from, to uint64, _ bool) { got = append(got, from) })
	if !slices.Equal(got, want) {
		t.Errorf("found at %#x\nwant     %#x", got, want)
	}
}

// TestBranchesAreKept: what was found once is found again, and only what was not searched for
// yet is searched for.
func TestBranchesAreKept(t *testing.T) {
	const addr = 0x400000
	code := bytes.Repeat([]byte{0x90}, 64)
	for at, target := range map[int]int{0: 0x100, 10: 0x200, 20: 0x100, 30: 0x300} {
		code[at] = 0xe8
		binary.LittleEndian.PutUint32(code[at+1:], uint32(target-(addr+at+5)))
	}
	m := &File{Machine: isa.MachineOf(elf.EM_X86_64), Segments: []Segment{{Data: code, Addr: addr}}}
	found := func(targets ...uint64) (from []uint64) {
		var ranges []isa.Range
		for _, to := range targets {
			ranges = append(ranges, isa.Range{Lo: to, Hi: to + 1})
		}
		m.EachBranch(isa.NewTargets(ranges...), func(at, _ uint64, _ bool) { from = append(from, at-addr) })
		return from
	}
	for _, search := range []struct{ to, from []uint64 }{
		{[]uint64{0x200, 0x300}, []uint64{10, 30}},
		{[]uint64{0x100, 0x200}, []uint64{0, 10, 20}},
		{[]uint64{0x300}, []uint64{30}},
	} {
		if got := found(search.to...); !slices.Equal(got, search.from) {
			t.Errorf("branches to %#x: %d, want %d", search.to, got, search.from)
		}
	}
	clear(code)
	if got := found(0x100, 0x200, 0x300); len(got) != 4 {
		t.Errorf("all was searched for, and %d are kept", got)
	}
}
