package held_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// shared returns a profile of three stacks with a snapshot in which owners have so many bytes each of the 1,000 that several hold.
func shared(owners map[profile.OwnerKind]uint64) *held.Retained {
	module := &profile.Module{Path: "/lib/libx.so", Start: 4096, End: 8192, Bias: 4096}
	frame := func(name string, offset uint64) profile.Frame {
		return profile.Frame{Function: name, Module: module, Addr: module.Bias + offset}
	}
	p := &profile.Profile{
		Modules: []*profile.Module{module},
		Frames:  []profile.Frame{frame("", 16), frame("x_open", 32), frame("main", 48), frame("__libc_start_main", 64)},
		Points:  []profile.Point{{Stack: profile.StackOf(0, 1, 2)}, {Stack: profile.StackOf(1, 2)}, {Stack: profile.StackOf(0, 3)}},
	}
	s := profile.Snapshot{Shared: profile.Amount{Bytes: 1000, Blocks: 10}}
	for kind, bytes := range owners {
		s.Owners = append(s.Owners, profile.Owner{Kind: kind, Shares: profile.Amount{Bytes: bytes, Blocks: min(bytes, 1)}})
	}
	p.Recording = &profile.Recording{Snapshots: []profile.Snapshot{s}}
	return held.NewRetained(held.New(view.NewSource(p), 0))
}

func TestVariablesAreNamedFirstOfThoseThatHoldAboutTheSame(t *testing.T) {
	for _, c := range []struct{ data, global, local uint64 }{{1000, 980, 100}, {990, 1000, 0}} {
		got := shared(map[profile.OwnerKind]uint64{profile.DataOwner: c.data, profile.GlobalOwner: c.global, profile.LocalOwner: c.local}).Sharing()
		want := []profile.OwnerKind{profile.GlobalOwner, profile.DataOwner, profile.LocalOwner}
		if c.local == 0 {
			want = want[:2]
		}
		for i, kind := range want {
			if len(got) != len(want) || got[i].Kind != kind {
				t.Errorf("%+v: got %+v", c, got)
				break
			}
		}
	}
}

func TestASiteWithoutANameHasTheNearestFunctionThatHasOne(t *testing.T) {
	o := shared(nil).Of
	for point, want := range []string{"libx.so+0x10, x_open", "x_open", "libx.so+0x10"} {
		if got := o.Thing(point, "").Label(); got != want {
			t.Errorf("point %d: %q, want %q", point, got, want)
		}
	}
}
