//go:build linux && amd64

package recordtest

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestAllocationsFailOnPurpose by their numbers and by what is on their stacks, inlined or not: those that the
// program counts, and the profile says which.
func TestAllocationsFailOnPurpose(t *testing.T) {
	program := testkit.BuildWith(t, "g++", "failing.cc", "-O2", "-g")
	static := testkit.BuildWith(t, "g++", "failing.cc", "-O2", "-g", "-static")
	for _, c := range []struct {
		flags  string
		counts string
		failed uint64
	}{
		{"--fail-at parse", "parsed=0 loaded=10 stored=10", 10},
		{"--fail-at app::load --fail-at writes", "parsed=10 loaded=0 stored=0", 20},
		{"--fail-at store", "parsed=10 loaded=10 stored=0", 10},
		{"--fail-at main --fail-times 3", "parsed=9 loaded=9 stored=9", 3},
		{"--fail-at nowhere", "parsed=10 loaded=10 stored=10", 0},
		{"--fail-after 5", "parsed=2 loaded=1 stored=1", 26},
		{"--fail-every 4", "parsed=10 loaded=10 stored=0", 10},
		{"--fail-after 4 --fail-times 1", "parsed=9 loaded=10 stored=10", 1},
		{"--fail-after 0", "parsed=0 loaded=0 stored=0", 30},
	} {
		programs := []string{program}
		if strings.Contains(c.flags, "--fail-at ") {
			programs = append(programs, static) // whose C library fails at its start if its allocations do
		}
		for _, program := range programs {
			r := record(t, strings.Fields(c.flags), program)
			if r.Status != 0 || strings.TrimSpace(r.Stdout) != c.counts || timesRefused(r.Profile.Recording.Refusals) != c.failed {
				t.Errorf("%s: %s%d have failed, want %s, %d", c.flags, shorten(r.Result), timesRefused(r.Profile.Recording.Refusals), c.counts, c.failed)
			}
			for _, refused := range r.Profile.Recording.Refusals {
				if refused.By != profile.RefusedByOrder {
					t.Errorf("%s: %+v", c.flags, refused)
				}
			}
		}
	}
}

// TestAFunctionThatNoAllocationHasOnItsStackIsTold, and no other.
func TestAFunctionThatNoAllocationHasOnItsStackIsTold(t *testing.T) {
	program := testkit.BuildWith(t, "g++", "failing.cc", "-O2", "-g")
	r := testkit.Run(t, heapprofRun([]string{"-o", t.TempDir() + "/p.json", "--fail-at", "nowhere", "--fail-at", "parse"}, program))
	if !strings.Contains(r.Stderr, "--fail-at nowhere: no allocation had a function of that name on its stack") || strings.Contains(r.Stderr, "--fail-at parse:") {
		t.Errorf("%s", shorten(r))
	}
}
