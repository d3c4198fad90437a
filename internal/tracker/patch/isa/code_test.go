package isa

import "testing"

func TestCodeIsNotPlacedTooFarFromWhatItNames(t *testing.T) {
	for _, test := range []struct {
		kind     Kind
		distance uint64 // of the target
		fits     bool
	}{
		{Rel32, 4 + 1<<31 - 1, true}, {Rel32, 4 + 1<<31, false},
		{Rel32, ^uint64(1<<31) + 5, true}, {Rel32, ^uint64(1<<31) + 4, false}, // 4-1<<31, and one more
		{Branch26, 1<<27 - 4, true}, {Branch26, 1 << 27, false},
		{Branch26, ^uint64(1<<27) + 1, true}, {Branch26, ^uint64(1<<27) - 3, false},
		{Branch26, 6, false}, // between two instructions
		{Abs64, 1 << 62, true},
	} {
		const at, bias = 0x7f0000000000, 0x550000000000
		code := Code{Bytes: make([]byte, 8), Fixups: []Fixup{{Kind: test.kind, Target: uint64(at-bias) + test.distance}}}
		if _, err := code.Place(at, bias); (err == nil) != test.fits {
			t.Errorf("kind %d, %#x away: %v, want that it fits: %v", test.kind, test.distance, err, test.fits)
		}
	}
}
