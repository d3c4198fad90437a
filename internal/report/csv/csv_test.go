package csv

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestNumbersAreExactAndAddUp(t *testing.T) {
	var out bytes.Buffer
	p := reporttest.Random(4)
	want := p.Totals().TotalBytes
	if err := Report(&out, report(t, p, view.Options{Top: 5}), func(*view.Row) string { return "" }); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(records[0], "total-bytes")
	var csvSum, csvTotal int64
	for _, r := range records[1:] {
		var n int64
		fmt.Sscan(r[column], &n)
		if r[0] == "total" {
			csvTotal = n
		} else if r[1] == "0" {
			csvSum += n
		}
	}
	if csvSum != csvTotal || uint64(csvTotal) != want {
		t.Errorf("csv: rows %d, total %d, profile %d", csvSum, csvTotal, want)
	}
}

func report(t *testing.T, p *profile.Profile, o view.Options) *view.Report {
	t.Helper()
	r, err := view.NewReport(view.NewSource(p), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
