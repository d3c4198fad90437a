//go:build linux && (amd64 || arm64)

package recordtest

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestTheStatesOfARunLeadToItsEnd records a program and compares what is known of its moments with
// what is known of its end: the two are counted in different ways.
func TestTheStatesOfARunLeadToItsEnd(t *testing.T) {
	t.Parallel()
	p := record(t, nil, testkit.Build(t, "recursion.c")).Profile
	if n := len(p.Moments); n == 0 || n > 64 || p.Moments[n-1].Time > p.EndTime {
		t.Fatalf("moments %v of a run of %d µs", p.Moments, p.EndTime)
	}
	last := p.Nearest(p.Moments[len(p.Moments)-1].Time)
	rest := p.Between(last, p.End())
	until, whole := p.At(last).Totals(), p.Totals()
	if after := rest.Totals(); until.TotalBytes+after.TotalBytes != whole.TotalBytes || until.TotalBlocks+after.TotalBlocks != whole.TotalBlocks {
		t.Errorf("allocated until the last moment %d bytes in %d blocks, after it %d in %d, in all %d in %d",
			until.TotalBytes, until.TotalBlocks, after.TotalBytes, after.TotalBlocks, whole.TotalBytes, whole.TotalBlocks)
	}
	for i := range p.Points {
		pt := &p.Points[i]
		var born profile.Births
		for _, b := range pt.Rest().Facts.Births {
			born.Bytes, born.Blocks = born.Bytes+b.Bytes, born.Blocks+b.Blocks
		}
		if born.Bytes != pt.EndBytes || born.Blocks != pt.EndBlocks {
			t.Errorf("point %d: born were %d bytes in %d blocks of the %d in %d that live at the end", i, born.Bytes, born.Blocks, pt.EndBytes, pt.EndBlocks)
		}
	}
}
