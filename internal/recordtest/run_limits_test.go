//go:build linux && amd64

package recordtest

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// limited runs limited.c with a limit of so many bytes, or of blocks if it is written so.
func limited(t *testing.T, program, limit, action string, args ...string) recording {
	t.Helper()
	return record(t, append(strings.Fields(limit), "--at-limit", action), program, args...)
}

// wantCrossing wants that the allocation is named that came above the limit of bytes.
func wantCrossing(t *testing.T, r recording, limit uint64, action profile.LimitAction) {
	t.Helper()
	l := r.Profile.Recording.Limit
	if l == nil || l.Action != action || l.Crossed == nil {
		t.Fatalf("no crossing: %+v\n%s", l, shorten(r.Result))
	}
	c := l.Crossed
	if c.Blocks || c.Mark != "limit" || c.LiveBytes > limit || len(c.Stack) == 0 {
		t.Errorf("%+v", *c)
	}
	if action != profile.LimitNotes && r.Profile.Totals().PeakBytes > limit {
		t.Errorf("%d bytes at the peak, %d may live", r.Profile.Totals().PeakBytes, limit)
	}
}

// TestTheBlockThatCrossesALimitIsNamed to the byte, with four threads, whatever is done then.
func TestTheBlockThatCrossesALimitIsNamed(t *testing.T) {
	for kind, flags := range map[string][]string{"dynamic": {"-O1", "-g", "-pthread"}, "static": {"-O1", "-g", "-pthread", "-static"}} {
		program := testkit.BuildWith(t, "gcc", "limited.c", flags...)
		for _, action := range []profile.LimitAction{profile.LimitNotes, profile.LimitFails, profile.LimitKills} {
			t.Run(fmt.Sprint(kind, " ", action), func(t *testing.T) {
				t.Parallel()
				const limit = 200000
				r := limited(t, program, "--limit 200000", string(action), "fill", "1000", "500")
				wantCrossing(t, r, limit, action)
				c := r.Profile.Recording.Limit.Crossed
				if r.Profile.Frames[c.Stack[0]].Function != "keep" || c.Bytes != 1000 || c.LiveBytes+c.Bytes <= limit {
					t.Errorf("%+v", *c)
				}
				counts := testkit.Counts(r.Stdout)
				switch action {
				case profile.LimitKills:
					if r.Status != 128+9 || r.Stdout != "" || r.Profile.Recording.Signal != 9 {
						t.Errorf("%s", shorten(r.Result))
					}
				case profile.LimitFails:
					if counts["got"]+counts["refused"] != 500 || counts["wrong"] != 0 || counts["got"] != ownSums(r.Profile, "limited.c").TotalBlocks {
						t.Errorf("%s%+v", r.Stdout, *c)
					}
				default:
					if counts["got"] != 500 || len(r.Profile.Recording.Refusals) != 0 {
						t.Errorf("%s%+v", r.Stdout, r.Profile.Recording.Refusals)
					}
				}
			})
		}
	}
}

// TestALimitIsKeptInAStorm of four threads that make, resize and free blocks, and go on where they are
// refused; also where more is wanted of the blocks.
func TestALimitIsKeptInAStorm(t *testing.T) {
	program := testkit.BuildWith(t, "gcc", "limited.c", "-O1", "-g", "-pthread")
	for _, more := range []string{"", " --retained", " --frees"} {
		for range 2 {
			r := limited(t, program, "--limit 100000"+more, "fail", "storm", "3000")
			wantCrossing(t, r, 100000, profile.LimitFails)
			counts, own := testkit.Counts(r.Stdout), ownSums(r.Profile, "limited.c")
			if r.Status != 0 || counts["wrong"] != 0 || counts["total_bytes"] != own.TotalBytes || counts["total_blocks"] != own.TotalBlocks || own.EndBytes != 0 {
				t.Errorf("%s: %s%+v", more, shorten(r.Result), own)
			}
			if got := timesRefused(r.Profile.Recording.Refusals); got < counts["refused"] {
				t.Errorf("%s: %d refused, the program counted %d", more, got, counts["refused"])
			}
		}
	}
}

// TestALimitOfBlocksIsKept likewise.
func TestALimitOfBlocksIsKept(t *testing.T) {
	program := testkit.BuildWith(t, "gcc", "limited.c", "-O1", "-g", "-pthread")
	for _, action := range []string{"note", "fail"} {
		c := limited(t, program, "--limit-blocks 100", action, "fill", "10", "500").Profile.Recording.Limit.Crossed
		if c == nil || !c.Blocks || c.LiveBlocks != 100 || c.Bytes != 10 {
			t.Errorf("%s: %+v", action, c)
		}
	}
}

// TestOperatorsThatAreRefusedDoAsTheStandardSays: they ask the new-handler, then throw, or return none.
func TestOperatorsThatAreRefusedDoAsTheStandardSays(t *testing.T) {
	for kind, flags := range map[string][]string{
		"dynamic": {"-O1", "-g"}, "static": {"-O1", "-g", "-static"}, "jemalloc": {"-O1", "-g", "-Wl,--no-as-needed", "-ljemalloc"},
	} {
		program := testkit.BuildWith(t, "g++", "limited_new.cc", flags...)
		r := limited(t, program, "--limit 200000", "fail")
		counts := testkit.Counts(r.Stdout)
		if r.Status != 0 || counts["handled"] != 2 || counts["caught"] != 2 || counts["none"] != 3 {
			t.Errorf("%s: %s", kind, shorten(r.Result))
		}
		wantCrossing(t, r, 200000, profile.LimitFails)
	}
}
