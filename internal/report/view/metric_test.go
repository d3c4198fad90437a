package view

import (
	"errors"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
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
