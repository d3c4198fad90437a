package view

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestEveryMetricIsFoundByItsName(t *testing.T) {
	for _, m := range Metrics() {
		got, err := ParseMetric(m.String())
		if err != nil || got != m {
			t.Errorf("ParseMetric(%q) = %v, %v", m.String(), got, err)
		}
	}
}

func TestAnUnknownMetricSuggestsTheNearestAndListsAll(t *testing.T) {
	for name, near := range map[string]string{
		"peek-bytes":  `"peak-bytes"`,
		"peak_bytes":  `"peak-bytes"`,
		"bytes-peak":  `"peak-bytes"`,
		"temporary":   `"temporary-blocks"`,
		"lifetimes":   `"lifetime"`,
		"TotalBlocks": `"total-blocks"`,
		"life":        `"lifetime"`,
	} {
		_, err := ParseMetric(name)
		var unknown *names.UnknownName
		if !errors.As(err, &unknown) {
			t.Fatalf("ParseMetric(%q) gave %v", name, err)
		}
		if !strings.Contains(err.Error(), "did you mean "+near+"?") {
			t.Errorf("%q: want a suggestion of %s, got: %v", name, near, err)
		}
		for _, valid := range MetricNames() {
			if !strings.Contains(err.Error(), valid) {
				t.Errorf("%q: %s is not listed: %v", name, valid, err)
			}
		}
	}
}

func TestAProfileWithoutTotalsOrBlocksHasNeither(t *testing.T) {
	p := &profile.Profile{Columns: profile.Peak | profile.Lifetime | profile.NoTotals}
	for _, m := range []Metric{TotalBytes, TotalBlocks, Lifetime, EndBytes} {
		if m.Has(p) {
			t.Errorf("without totals, or the end, it has %v", m)
		}
	}
	if !PeakBytes.Has(p) || !PeakBlocks.Has(p) {
		t.Error("without totals it lacks the peak")
	}
	p.Columns |= profile.NoBlocks
	if PeakBlocks.Has(p) || !PeakBytes.Has(p) {
		t.Error("without blocks it has the peak's blocks, or lacks its bytes")
	}
	if m := DefaultMetric(&profile.Profile{Columns: profile.End | profile.NoTotals}); m != EndBytes {
		t.Errorf("what is only known of the end is shown by %v", m)
	}
}

func TestAProfileHasOnlyTheMetricsThatItRecorded(t *testing.T) {
	bare, lifetimes, own := &profile.Profile{}, &profile.Profile{Columns: profile.Lives}, reporttest.Sample()
	for _, c := range []struct {
		metric                     Metric
		inBare, inLifetimes, inOwn bool
	}{
		{TotalBytes, true, true, true},
		{PeakBytes, false, true, true},
		{Lifetime, false, true, true},
		{TemporaryBlocks, false, false, true},
	} {
		if got := [3]bool{c.metric.Has(bare), c.metric.Has(lifetimes), c.metric.Has(own)}; got != [3]bool{c.inBare, c.inLifetimes, c.inOwn} {
			t.Errorf("%v: %v", c.metric, got)
		}
	}
	if DefaultMetric(bare) != TotalBytes || DefaultMetric(own) != PeakBytes {
		t.Error("the default is not the peak where it is known, else the total")
	}
}

// What only the maker of a profile counts has the maker's name, and is a metric like any other.
func TestWhatOnlyAMakerKnowsIsAColumnByItsName(t *testing.T) {
	p := &profile.Profile{
		Mode: "heap", Columns: profile.End, Frames: testkit.Frames("[root]", "0x1: f (a.c:1)", "0x2: g (a.c:2)"),
		Extra: []profile.Extra{{Name: "resident_space", Unit: "bytes"}, {Name: "wait", Unit: "nanoseconds"}, {Name: "moved", Unit: "count"}},
		Points: []profile.Point{
			profile.Point{TotalBytes: 10, TotalBlocks: 1, Stack: profile.StackOf(1)}.With(profile.Rest{Extra: []uint64{4096, 7, 2}}),
			{TotalBytes: 20, TotalBlocks: 1, Stack: profile.StackOf(2)},
			profile.Point{TotalBytes: 30, TotalBlocks: 1, Stack: profile.StackOf(2)}.With(profile.Rest{Extra: []uint64{8192, 0, 1}}),
		},
	}
	r, err := NewReport(NewSource(p), Options{Extra: "resident_space"})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, n := range r.Values(r.Total) {
		if strings.HasPrefix(n.Name, "extra-") {
			numbers = append(numbers, n.Name+" "+n.Text)
		}
	}
	if want := []string{"extra-resident_space 12288", "extra-moved 3", "extra-wait/nanoseconds 7"}; !slices.Equal(numbers, want) {
		t.Errorf("got %q, want %q", numbers, want)
	}
	if r.Metric != ExtraBytes1 || r.Rows[0].Sums.Get(r.Metric) != 8192 {
		t.Errorf("sorted by %s, and the first row has %d", r.Metric, r.Rows[0].Sums.Get(r.Metric))
	}
	if _, err := NewReport(NewSource(p), Options{Extra: "swapped_space"}); err == nil || !strings.Contains(err.Error(), "does not record swapped_space; it has") || !strings.Contains(err.Error(), "resident_space") {
		t.Errorf("got %v", err)
	}
	other := *p
	other.Extra = []profile.Extra{{Name: "swapped_space", Unit: "bytes"}, {Name: "wait", Unit: "nanoseconds"}, {Name: "moved", Unit: "count"}}
	d, err := NewDiff(NewSource(p), NewSource(&other), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Has(ExtraBytes1) || d.Has(ExtraCount1) {
		t.Error("values of other names are compared")
	}
}
