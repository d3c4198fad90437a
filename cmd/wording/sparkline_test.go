package wording

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
)

func TestLiveAndResidentMemoryAreDrawnWhereTheyDiffer(t *testing.T) {
	const mib = 1 << 20
	p := &profile.Profile{EndTime: 100}
	for i := range uint64(100) {
		r := profile.Reading{Time: i, Bytes: 32 * mib, RSS: 40 * mib}
		if i >= 50 {
			r.Bytes = 0
		}
		p.Timeline = append(p.Timeline, r)
	}
	facts := overTime(p, 80)
	if len(facts) != 2 || !strings.HasPrefix(facts[0].Text, strings.Repeat("▆", 16)+strings.Repeat(" ", 16)) || !strings.HasSuffix(facts[0].Text, "  32.0 MiB at most") {
		t.Fatalf("%v", facts)
	}
	if want := strings.Repeat("█", 32) + "  40.0 MiB at most"; facts[1].Text != want {
		t.Errorf("%q", facts[1].Text)
	}
	for i := range p.Timeline {
		p.Timeline[i].Bytes = 32 * mib
	}
	if facts := overTime(p, 80); facts != nil {
		t.Errorf("they tell one story: %v", facts)
	}
	p.Timeline = p.Timeline[:10]
	if facts := overTime(p, 80); facts != nil {
		t.Errorf("too few readings: %v", facts)
	}
}
