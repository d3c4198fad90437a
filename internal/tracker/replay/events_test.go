//go:build linux && (amd64 || arm64)

package replay

import (
	"math"
	"testing"

	"heapprof/internal/tracker/wire"
)

func TestCallsAreAddedUpByStackAndFunction(t *testing.T) {
	var e events
	const a, b = StackID(7), StackID(900)
	for _, c := range []struct {
		stack StackID
		call  wire.Call
	}{
		{a, wire.Call{Number: 1, Amount: 10}}, {b, wire.Call{Number: 1, Amount: 5}}, {a, wire.Call{Number: 1, Amount: 1}},
		{a, wire.Call{Number: 2, Amount: 3}}, {b, wire.Call{Number: 1, Amount: 1<<64 - 1}},
		{b, wire.Call{Number: 2, Amount: math.MaxInt64}}, {b, wire.Call{Number: 2, Amount: math.MaxInt64}},
	} {
		e.count(c.stack, &c.call)
	}
	got := e.result()
	want := []Event{
		{Stack: a, Function: 1, Calls: 2, Weight: 11},
		{Stack: b, Function: 1, Calls: 2, Weight: 5, Negative: 1},
		{Stack: a, Function: 2, Calls: 1, Weight: 3},
		{Stack: b, Function: 2, Calls: 2, Weight: math.MaxInt64, TooLarge: true},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i].next = 0; got[i] != want[i] {
			t.Errorf("got %+v\nwant %+v", got[i], want[i])
		}
	}
	if n := EventCalls(got); n != 7 {
		t.Errorf("%d calls", n)
	}
}
