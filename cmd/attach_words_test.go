package cmd

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

func TestAProfileSaysWhichPartOfItsProgramItIsOf(t *testing.T) {
	const of = "to app (pid 44) for 10.0 s"
	for _, c := range []struct {
		profile.Attached
		sampled           uint64
		attached, earlier string
	}{
		{
			Attached: profile.Attached{Age: 11_520_000_000, FreedBefore: 12345, ResizedBefore: 67, End: profile.AttachDuration},
			attached: of + ", 3 h 12 min after it began",
			earlier:  "12,345 frees of blocks from before are in no number; 67 of them that were resized count as new from then on",
		},
		{
			Attached: profile.Attached{FreedBefore: 1, ResizedBefore: 1, End: profile.AttachExec},
			attached: of + ", until it became another program",
			earlier:  "1 free of blocks from before is in no number; 1 of them that was resized counts as new from then on",
		},
		{
			Attached: profile.Attached{End: profile.AttachExited},
			attached: of + ", until it ended",
			earlier:  "blocks from before are in no number; none of them was freed or resized",
		},
		{
			Attached: profile.Attached{End: profile.AttachAsked}, sampled: 512 << 10,
			attached: of,
			earlier:  "blocks from before are in no number; which of them were freed is not known, as blocks are sampled",
		},
	} {
		p := reporttest.Heap()
		p.Recording.Attached, p.Sampling.MeanBytes = &c.Attached, c.sampled
		facts := endFacts(p)
		if len(facts) != 2 || facts[0].Text != c.attached || facts[1].Text != c.earlier {
			t.Errorf("%+v, want\n%s\n%s", facts, c.attached, c.earlier)
		}
		if got := liveLabel(p); got != "live then" {
			t.Errorf("what lives at the end is called %q", got)
		}
	}
}
