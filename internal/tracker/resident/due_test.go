//go:build linux

package resident

import (
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
)

// A program that frees all that it had takes a while for it: a reading in between would say of half of it
// that it is live, and have used up what another may cost.
func TestAGapThatGrowsIsReadWhenItHasLasted(t *testing.T) {
	var f Follower
	now := func(live uint64) *Moment {
		return &Moment{Memory: procfs.Memory{Resident: 400 << 20}, LiveBytes: live << 20, Blocks: 100_000}
	}
	f.last = &Reading{}
	f.last.Parts = []profile.ResidentPart{{Kind: profile.LiveBlocks, Bytes: 1 << 20}}
	f.widest, f.latest = []*Reading{f.last}, 990*time.Millisecond
	for i := range uint64(10) {
		if run := time.Second + 10*time.Millisecond*time.Duration(i); f.kindDue(now(390-30*i), run) != none {
			t.Fatalf("a reading is due after %v, with %d MiB live", run, 390-30*i)
		}
	}
	f.latest = 1290 * time.Millisecond
	if f.kindDue(now(120), 1300*time.Millisecond) != ofGap {
		t.Error("none is due when it has lasted")
	}
	if f.kindDue(now(395), 1300*time.Millisecond) != none || f.wide != 0 {
		t.Error("one is due when there is no gap any more")
	}
}
