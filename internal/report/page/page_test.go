package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// build returns the page of profiles as a browser reads it.
func build(t testing.TB, o page.Options, profiles ...*profile.Profile) *page.Page {
	t.Helper()
	var sources []*view.Source
	for _, p := range profiles {
		sources = append(sources, view.NewSource(p))
	}
	_, data, err := page.Build(sources, o)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var p page.Page
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

func TestTheRecordsOfAPageAddUpToTheProfile(t *testing.T) {
	for _, p := range []*profile.Profile{reporttest.Sample(), reporttest.Random(1), reporttest.WithFacts(), reporttest.Typed(), reporttest.Sampled()} {
		got := build(t, page.Options{}, p)
		for m := range got.Metrics {
			var sum uint64
			for _, v := range got.Records.Values[m] {
				sum += v
			}
			if sum != got.Sides[0].Totals[m] {
				t.Errorf("%s: %d, want %d", got.Metrics[m].Name, sum, got.Sides[0].Totals[m])
			}
		}
	}
}
