package holding

import (
	"math/rand/v2"
	"testing"

	"heapprof/internal/profile"
)

// Each container's words tell how much of its block it uses.
func TestContainersTellWhatTheyUse(t *testing.T) {
	const any = ^uint64(0)
	for _, c := range []struct {
		name, is      string
		element, size uint64
		words         func(a uint64) []uint64
		used          uint64 // any: it must not be counted
	}{
		{"vector", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a + 40, a + 96} }, 40},
		{"empty vector", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a, a + 96} }, 0},
		{"vector of half an element", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a + 41, a + 96} }, any},
		{"vector of less than its block", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a + 40, a + 92} }, any},
		{"iterator of a deque", "std::deque<int>", 4, 512, func(a uint64) []uint64 { return []uint64{a, a, a + 512, a - 1000} }, any},
		{"iterator of a deque of what is not known", "", 0, 512, func(a uint64) []uint64 { return []uint64{a, a, a + 512, a - 1000} }, any},
		{"buffer of C", "", 0, 96, func(a uint64) []uint64 { return []uint64{a, a + 64, a + 96} }, 64},
		{"cursor in a buffer of C", "", 0, 96, func(a uint64) []uint64 { return []uint64{a, a + 40, a + 96} }, any},
		{"string", "std::string", 1, 31, func(a uint64) []uint64 { return []uint64{a, 9, 30} }, 10},
		{"empty string", "std::string", 1, 31, func(a uint64) []uint64 { return []uint64{a, 0, 30} }, 0},
		{"wide string", "std::wstring", 4, 124, func(a uint64) []uint64 { return []uint64{a, 9, 30} }, 40},
		{"string of libc++", "std::string", 1, 32, func(a uint64) []uint64 { return []uint64{33, 9, a} }, 10},
		{"Vec", "alloc::vec::Vec<u64>", 8, 96, func(a uint64) []uint64 { return []uint64{12, a, 5} }, 40},
		{"empty Vec", "alloc::vec::Vec<u64>", 8, 96, func(a uint64) []uint64 { return []uint64{12, a, 0} }, 0},
		{"Vec of another element", "alloc::vec::Vec<u64>", 8, 96, func(a uint64) []uint64 { return []uint64{24, a, 5} }, any},
		{"Vec of an element that is not known", "alloc::vec::Vec<…>", 0, 96, func(a uint64) []uint64 { return []uint64{4, a, 3} }, 72},
		{"String", "alloc::string::String", 1, 96, func(a uint64) []uint64 { return []uint64{96, a, 70} }, 70},
		{"String in another order", "alloc::string::String", 1, 96, func(a uint64) []uint64 { return []uint64{a, 70, 96} }, 70},
		{"slice of all of a boxed one beside a number", "alloc::string::String", 1, 96, func(a uint64) []uint64 { return []uint64{a, 96, 7} }, any},
		{"VecDeque", "alloc::collections::vec_deque::VecDeque<u64>", 8, 96, func(a uint64) []uint64 { return []uint64{12, a, 9, 5} }, 40},
		{"RawVec of a Vec", "alloc::raw_vec::RawVec<…>", 0, 96, func(a uint64) []uint64 { return []uint64{12, a, 9, a} }, 72},
		{"RawVec of either", "alloc::raw_vec::RawVec<…>", 0, 96, func(a uint64) []uint64 { return []uint64{12, a, 9, 5} }, any},
		{"small numbers beside a pointer", "", 0, 96, func(a uint64) []uint64 { return []uint64{12, a, 5} }, any},
		{"pointer into the middle", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a + 8, a + 40, a + 96} }, any},
		{"two that disagree", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a + 40, a + 96, a, a + 44, a + 96} }, any},
		{"two that agree", "std::vector<int>", 4, 96, func(a uint64) []uint64 { return []uint64{a, a + 40, a + 96, a, a + 40, a + 96} }, 40},
		{"slice beside a number, and the Vec", "alloc::vec::Vec<u64>", 8, 96, func(a uint64) []uint64 { return []uint64{a, 12, 3, 0, 12, a, 5} }, 40},
	} {
		for _, inRoot := range []bool{false, true} {
			w := newWorld(c.is, "holder")
			w.Types[0].Element = c.element
			b := make([]byte, c.size)
			for i := range b[:min(64, len(b))] {
				b[i] = byte(i + 1)
			}
			if c.used == 0 || c.size == dequeNode {
				clear(b)
			}
			a := w.filled(0, b)
			if words := c.words(a); inRoot {
				w.root("v", words...)
			} else {
				w.put(w.block(1, 64), words...)
			}
			got := w.make().Contents[0]
			want := profile.Contents{Live: got.Live, Counted: amount(c.size, 1), Used: c.used}
			if c.used == any {
				want.Counted, want.Used = amount(0, 0), 0
			} else if c.used == 0 {
				want.Empty = want.Counted
			}
			if got.Counted != want.Counted || got.Used != want.Used || got.Empty != want.Empty {
				t.Errorf("%s, in a root %v: counted %v, used %d, empty %v", c.name, inRoot, got.Counted, got.Used, got.Empty)
			}
		}
	}
}

// Blocks full of pointers and small numbers in no order are no containers.
func TestNumbersByChanceAreNoContainers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := newWorld("", "std::vector<int>", "alloc::vec::Vec<u64>", "alloc::string::String", "std::string", "alloc::raw_vec::RawVec<…>")
	w.Types[1].Element, w.Types[2].Element, w.Types[3].Element = 4, 8, 1
	for range 20_000 {
		w.block(r.IntN(len(w.Types)), uint64(16+8*r.IntN(30)))
	}
	for _, b := range w.Blocks {
		for at := uint64(0); at+8 <= b.Size; at += 8 {
			to := w.Blocks[r.IntN(len(w.Blocks))]
			switch r.IntN(4) {
			case 0:
				w.put(b.Addr+at, to.Addr)
			case 1:
				w.put(b.Addr+at, to.Addr+uint64(r.IntN(int(to.Size))))
			case 2:
				w.put(b.Addr+at, uint64(r.IntN(300)))
			case 3:
				w.put(b.Addr+at, r.Uint64())
			}
		}
	}
	wrong := uint64(0)
	for _, c := range w.make().Contents {
		t.Logf("%q: %d of %d", w.Types[c.Point].Name, c.Counted.Blocks, c.Live.Blocks)
		wrong += c.Counted.Blocks
	}
	if share := float64(wrong) / float64(len(w.Blocks)); share > 0.005 {
		t.Errorf("%.2f %% of the blocks counted", 100*share)
	}
}
