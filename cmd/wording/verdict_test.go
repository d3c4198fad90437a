package wording

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestADiffBeginsWithAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*profile.Point)
		want   []string
	}{
		"better": {func(p *profile.Point) { p.PeakBytes /= 2; p.EndBytes /= 2 }, []string{"better: the peak is", "lower, what lives at exit is", "less"}},
		"worse":  {func(p *profile.Point) { p.TotalBlocks *= 3 }, []string{"worse: allocated are 200.0% more blocks"}},
		"large":  {func(p *profile.Point) { p.TotalBlocks *= 21 }, []string{"worse: allocated are 2,000% more blocks"}},
		"mixed":  {func(p *profile.Point) { p.PeakBytes /= 2; p.TotalBytes *= 2 }, []string{"mixed: the peak is", "lower, but allocated are", "more bytes"}},
		"same":   {func(*profile.Point) {}, []string{"the same: no whole number changed by 1% or more"}},
	} {
		after := reporttest.Sample()
		for i := range after.Points {
			c.change(&after.Points[i])
		}
		d, err := view.NewDiff(view.NewSource(reporttest.Sample()), view.NewSource(after), view.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := Verdict(d)[0].Text
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", name, got, want)
			}
		}
	}
}

func TestWhatIsAllocatedElsewhereThanInAHeapIsNeitherBetterNorWorse(t *testing.T) {
	p := reporttest.Sample()
	p.Mode = "copy"
	d, err := view.NewDiff(view.NewSource(p), view.NewSource(p), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if facts := Verdict(d); facts != nil {
		t.Errorf("%v", facts)
	}
}

func TestPartsOfRunsThatWereAttachedToAreNeitherBetterNorWorse(t *testing.T) {
	before, after := reporttest.Sample(), reporttest.Sample()
	after.Recording.Attached = &profile.Attached{}
	d, err := view.NewDiff(view.NewSource(before), view.NewSource(after), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if facts := Verdict(d); len(facts) == 0 || facts[0].Label == VerdictLabel {
		t.Errorf("%v", facts)
	}
}
