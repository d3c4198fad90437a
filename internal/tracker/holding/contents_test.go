package holding

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"heapprof/internal/profile"
)

// Of equal blocks all but one are duplicates, and the one is of the point that has most of them.
func TestDuplicatesAddUpOverPoints(t *testing.T) {
	w := newWorld("", "", "")
	text, other := bytes.Repeat([]byte("heap"), 8), bytes.Repeat([]byte("page"), 6)
	w.filled(0, text)
	for range 3 {
		w.filled(1, text)
		w.filled(2, other)
	}
	w.filled(1, text[:31]) // as much of it, but shorter
	w.filled(2, text[:8])  // too small
	w.filled(2, text[:8])
	got := w.make().Contents
	if a, b, c := got[0].Duplicates, got[1].Duplicates, got[2].Duplicates; a != amount(32, 1) || b != amount(64, 2) || c != amount(48, 2) {
		t.Errorf("duplicates %v %v %v", a, b, c)
	}
	if a, b, c := got[0].Copies, got[1].Copies, got[2].Copies; a != run(32, 1) || b != run(32, 3) || c != run(24, 3) {
		t.Errorf("copies %v %v %v", a, b, c)
	}
}

// Blocks that nothing was written to are all alike; that says nothing of the program.
func TestBlocksOfZeroesAreNoDuplicates(t *testing.T) {
	w := newWorld("")
	w.block(0, 100)
	w.block(0, 100)
	w.filled(0, bytes.Repeat([]byte{7}, 100))
	w.filled(0, bytes.Repeat([]byte{7}, 63)) // too small
	got := w.make().Contents[0]
	want := profile.Contents{Live: amount(363, 4), Constant: amount(300, 3), Zero: amount(200, 2), Written: 163}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// An arena may hand out pieces from the end of its chunks on.
func TestWrittenAreThePiecesThatAreNotAllZero(t *testing.T) {
	w := newWorld("")
	b := make([]byte, 1000)
	b[64], b[613], b[999] = 1, 2, 3
	w.filled(0, b)
	if got := w.make().Contents[0]; got.Written != 64+64+1000%64 || got.Constant.Blocks != 0 {
		t.Errorf("got %+v", got)
	}
}

// What is told of a block does not depend on the parts in which it is read.
func TestPartsOfABlockAreOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := newWorld("", "", "std::vector<int>")
	for range 50 {
		b := make([]byte, r.IntN(300))
		for i := range b[:r.IntN(len(b)+1)] {
			b[i] = byte(r.IntN(2))
		}
		w.filled(0, b)
		w.filled(1, b)
		w.filled(1, bytes.Repeat([]byte{byte(r.IntN(2))}, 64+r.IntN(100)))
	}
	want := w.contents(1 << 20)
	for _, part := range []uint64{1, 8, 24, 64, 200} {
		if got := w.contents(part); !reflect.DeepEqual(got, want) {
			t.Errorf("in parts of %d bytes %+v, whole %+v", part, got, want)
		}
	}
}

// A block of which something could not be read tells nothing.
func TestBlocksThatWereNotReadWholeAreLeftOut(t *testing.T) {
	w := newWorld("")
	w.filled(0, bytes.Repeat([]byte{1}, 96))
	n := w.inspector()
	n.visit(0, 0, make([]byte, 32))
	n.visit(0, 64, make([]byte, 32))
	if got := n.contents(); got != nil {
		t.Errorf("got %+v", got)
	}
}

func amount(bytes, blocks uint64) profile.Amount { return profile.Amount{Bytes: bytes, Blocks: blocks} }

func run(size, blocks uint64) profile.SizeRun { return profile.SizeRun{Size: size, Blocks: blocks} }
