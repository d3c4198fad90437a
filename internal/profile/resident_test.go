package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
)

func TestResidentMemoryStaysThatOfItsPointsWhenPointsAreMerged(t *testing.T) {
	p := &Profile{
		Frames: []Frame{Root, {Addr: 2, Function: "b"}, {Addr: 1, Function: "a"}},
		Points: []Point{{TotalBlocks: 1, Stack: StackOf(1)}, {TotalBlocks: 1, Stack: StackOf(2)}, {TotalBlocks: 1, Stack: StackOf(1)}},
		Recording: &Recording{Resident: &Resident{Readings: []ResidentReading{{
			Parts: []ResidentPart{{Kind: LiveBlocks, Bytes: 9, Point: -1}, {Kind: FreeHeap, Bytes: 1, Point: 2}},
			Points: []ResidentPoint{
				{Point: 0, Bytes: 1, Blocks: 2, Rounding: 3, PinningBlocks: 4, PinningBytes: 5, PinnedPages: 6, PinnedBytes: 7},
				{Point: 1, Bytes: 8},
				{Point: 2, Bytes: 10, Blocks: 20, Rounding: 30, PinningBlocks: 40, PinningBytes: 50, PinnedPages: 60, PinnedBytes: 70},
			},
		}}}},
	}
	p.Normalize()
	want := []ResidentReading{{
		Parts: []ResidentPart{{Kind: LiveBlocks, Bytes: 9, Point: -1}, {Kind: FreeHeap, Bytes: 1, Point: 1}},
		Points: []ResidentPoint{
			{Point: 0, Bytes: 8},
			{Point: 1, Bytes: 11, Blocks: 22, Rounding: 33, PinningBlocks: 44, PinningBytes: 55, PinnedPages: 66, PinnedBytes: 77},
		},
	}}
	if got := p.Recording.Resident.Readings; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
