package json

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestNumbersAreExactAndAddUp(t *testing.T) {
	var out bytes.Buffer
	if err := Report(&out, report(t, reporttest.Random(4), view.Options{Top: 5})); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Kind   string
		Values map[string]json.Number
	}
	var got struct {
		Total struct{ Values map[string]json.Number }
		Rows  []row
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, r := range got.Rows {
		n, err := r.Values["total-bytes"].Int64()
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	p := reporttest.Random(4)
	want := p.Totals().TotalBytes
	if total, _ := got.Total.Values["total-bytes"].Int64(); sum != total || uint64(total) != want {
		t.Errorf("json: rows %d, total %d, profile %d", sum, total, want)
	}
}

func TestADeepTreeIsWritten(t *testing.T) {
	if err := Report(io.Discard, report(t, reporttest.Deep(30_000), view.Options{Tree: true, BottomUp: true})); err != nil {
		t.Error(err)
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
