package report_test

import (
	"bytes"
	"io"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report"
	"heapprof/internal/testkit"
)

// BenchmarkReport aggregates and renders a profile whose file has 100 MiB: some
// 400,000 stacks. Reading it is dhat.BenchmarkRead's.
func BenchmarkReport(b *testing.B) {
	p := bigProfile(b)
	for _, c := range []struct {
		name    string
		options report.Options
	}{
		{"site", report.Options{Top: 20}},
		{"stack", report.Options{Top: 20, By: report.ByStack}},
		{"tree", report.Options{Top: 20, Tree: true}},
		{"bottom-up", report.Options{Top: 20, Tree: true, BottomUp: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := report.Report(io.Discard, p, c.options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("diff", func(b *testing.B) {
		for b.Loop() {
			if err := report.Diff(io.Discard, p, p, report.Options{Top: 20}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func bigProfile(b *testing.B) *profile.Profile {
	var file bytes.Buffer
	if err := testkit.WriteBigProfile(&file, 100<<20); err != nil {
		b.Fatal(err)
	}
	p, err := format.Read(&file)
	if err != nil {
		b.Fatal(err)
	}
	return p
}
