//go:build linux && amd64

package recordtest

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestRefusedAllocationsAreRecorded holds them against what the program has counted, in each way that
// there is to ask for memory.
func TestRefusedAllocationsAreRecorded(t *testing.T) {
	for kind, flags := range map[string][]string{"dynamic": {"-O1", "-g"}, "static": {"-O1", "-g", "-static"}} {
		program := testkit.BuildWith(t, "gcc", "refused.c", flags...)
		for _, options := range [][]string{nil, {"--retained"}, {"--frees"}, {"--sample"}} {
			r := record(t, options, program)
			refusals := r.Profile.Recording.Refusals
			if got := timesRefused(refusals); got != testkit.Counts(r.Stdout)["refused"] || len(refusals) != 7 {
				t.Errorf("%s, %q: %d refused by %d stacks, the program counted: %s", kind, options, got, len(refusals), r.Stdout)
				continue
			}
			const much = 1<<63 - 1 - 4096
			want := map[string]uint64{
				"asks_plainly": much, "asks_for_many": profile.AllBytes, "asks_for_more": much - 1, "asks_for_an_array": profile.AllBytes,
				"asks_for_the_first": much - 2, "asks_aligned": much &^ 63, "asks_by_address": much,
			}
			for _, refused := range refusals {
				by := r.Profile.Frames[refused.Stack[0]].Function
				if refused.Bytes != want[by] || refused.By != profile.RefusedByAllocator || refused.Mark == "" {
					t.Errorf("%s, %q: %s: %+v", kind, options, by, refused)
				}
			}
		}
	}
}

// TestAStackThatIsRefusedOftenIsOneRefusal also where other sizes are asked for.
func TestAStackThatIsRefusedOftenIsOneRefusal(t *testing.T) {
	program := testkit.Build(t, "refused.c")
	r := record(t, nil, program, "30000")
	refusals := r.Profile.Recording.Refusals
	if len(refusals) != 1 || refusals[0].Times != 30000 || refusals[0].MostBytes-refusals[0].LeastBytes != 2 || refusals[0].LiveBytes != 5000 {
		t.Errorf("%+v", refusals)
	}
}

// TestAnOperatorThatThrowsIsRefusedOnce whoever is asked for the memory in its stead.
func TestAnOperatorThatThrowsIsRefusedOnce(t *testing.T) {
	for kind, flags := range map[string][]string{"dynamic": {"-O1", "-g"}, "static": {"-O1", "-g", "-static"}} {
		program := testkit.BuildWith(t, "g++", "bad_alloc.cc", flags...)
		refusals := record(t, nil, program).Profile.Recording.Refusals
		if timesRefused(refusals) != 9 || slices.ContainsFunc(refusals, func(r profile.Refusal) bool { return r.Bytes != 1<<62 }) {
			t.Errorf("%s: %+v", kind, refusals)
		}
	}
}

func timesRefused(all []profile.Refusal) (times uint64) {
	for _, r := range all {
		times += r.Times
	}
	return times
}
