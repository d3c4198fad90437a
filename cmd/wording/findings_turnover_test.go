package wording

import (
	"testing"

	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

func TestHowLongTinyBlocksLivedIsSaidBelowTheUnitOfTime(t *testing.T) {
	u := human.Units{One: "byte", BlockName: "blocks", TimeName: "µs"}
	f := finding.Finding{Code: finding.Tiny, Amount: finding.Amount{Blocks: 20_000, Of: finding.OfBlocks}}
	for mean, want := range map[float64]string{
		0:    "tiny blocks: 20,000 blocks, 12 B on average, live for less than 1.00 µs",
		0.27: "tiny blocks: 20,000 blocks, 12 B on average, live for 0.27 µs on average",
	} {
		f.Grounds = &finding.TinyBlocks{Small: 20_000, Bytes: 240_000, Lifetime: mean}
		if got := Headline(f, u); got != want {
			t.Errorf("%v: %s, not %s", mean, got, want)
		}
	}
}

func TestOfBlocksThatAreHandedOverItIsSaidHowManyOfThoseFreed(t *testing.T) {
	u := human.Units{One: "byte", BlockName: "blocks"}
	f := finding.Finding{Code: finding.HandedOver, Grounds: &finding.Handing{Elsewhere: 280_000, Freed: 300_000, Blocks: 400_000, Bytes: 400_000 * 48}}
	if got, want := Headline(f, u), "handed to another thread: 280,000 of 300,000 freed blocks, 48 B on average"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
