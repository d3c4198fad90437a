//go:build linux && amd64

package tracker

import (
	"maps"
	"slices"
	"testing"

	"heapprof/internal/testkit"
)

func TestArm64MarksHaveWhatLivedThere(t *testing.T) {
	program := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", "marks.c", "-O2", "-g", "-pthread")
	for way, want := range map[string]map[string]uint64{
		"function": {"first_phase": 1, "mixed": 1, "second_phase": 3},
		"signal":   {"USR1 1": 1, "USR1 2": 3, "USR1 3": 7},
	} {
		o := Options{MarkFunctions: []string{"first_phase", "second_phase", "mixed"}, MarkSignal: Signal{10, "USR1"}}
		result, output := runArm64Asked(t, o, installArm64(t), program, way)
		if result.ExitCode != 0 || result.Signal != 0 {
			t.Fatalf("%s: status %d, signal %d\n%s", way, result.ExitCode, result.Signal, output)
		}
		live := make(map[string]uint64)
		p := result.Profile
		for i := range p.Points {
			pt := &p.Points[i]
			if !slices.ContainsFunc(pt.Stack.Frames(), func(f uint32) bool { return p.Frames[f].Function == "keep" }) {
				continue
			}
			for moment, m := range p.Moments {
				if m.Mark != "" {
					live[m.Mark] += pt.StateAt(uint32(moment)).Blocks
				}
			}
		}
		if !maps.Equal(live, want) {
			t.Errorf("%s: blocks live at the marks: %v, want %v", way, live, want)
		}
	}
}
