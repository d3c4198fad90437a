package finding_test

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

// A cache that is full drops one for each that it takes, and those that it drops are from before.
func TestWhatAnAttachedProgramKeepsGrowsOnlyWhereLittleFromBeforeIsFreed(t *testing.T) {
	for _, c := range []struct {
		freed, resized uint64
		want           bool
	}{{0, 0, true}, {400, 50, true}, {10_000, 0, false}, {0, 10_000, false}} {
		p := reporttest.Heap(growing(0))
		p.Recording.Attached = &profile.Attached{FreedBefore: c.freed, ResizedBefore: c.resized, End: profile.AttachDuration}
		if got := slices.Contains(codes(findings(p)), finding.Grows); got != c.want {
			t.Errorf("%d freed and %d resized of blocks from before: that it grows is said: %t", c.freed, c.resized, got)
		}
	}
}

// Neither what a program has left nor what it had at its peak is known of one that was attached to.
func TestNothingIsSaidOfTheRestOfAnAttachedProgramsMemory(t *testing.T) {
	p := reporttest.Heap(growing(0))
	p.Recording.Attached = &profile.Attached{}
	told := map[finding.Code]bool{}
	for _, code := range finding.HeapCodes() {
		told[code] = finding.Tells(p, code)
	}
	for _, code := range []finding.Code{
		finding.OutOfMemory, finding.EndedRefused, finding.Unreachable, finding.ForgottenPath, finding.OutlivesUse, finding.FreedAtExit, finding.LevelledOff,
		finding.PeakCopy, finding.HiddenAllocator, finding.ResidentGap, finding.LimitCrossed, finding.Rounding,
	} {
		if told[code] {
			t.Errorf("%s is looked for", code)
		}
	}
	for _, code := range []finding.Code{finding.Grows, finding.ConstantGrowth, finding.UnreservedGrowth, finding.Rebuilt, finding.Churn, finding.Tiny} {
		if !told[code] {
			t.Errorf("%s is not looked for", code)
		}
	}
}
