package profile_test

import (
	"testing"

	. "heapprof/internal/profile"
)

func TestInlinedFramesAreToldByTheAddressThatTheyShare(t *testing.T) {
	p := &Profile{
		Frames: []Frame{Root, {Addr: 1, Function: "inner"}, {Addr: 1, Function: "outer"}, {Addr: 2, Function: "recursive"}, {Function: "unknown"}, {Function: "unknown too"}},
		Points: []Point{{Stack: StackOf(1, 2, 3, 3, 4, 5)}, {Stack: StackOf(2, 3)}},
	}
	p.InferInlined()
	for i, want := range []bool{false, true, false, false, false, false} {
		if p.Frames[i].Inlined != want {
			t.Errorf("%s: inlined %v, want %v", p.Frames[i].Function, p.Frames[i].Inlined, want)
		}
	}
}
