package page_test

import (
	"testing"

	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// BenchmarkBuild makes the page of a profile whose file has 20 MiB, or of the one that HEAPPROF_PROFILE names.
func BenchmarkBuild(b *testing.B) {
	p := reporttest.Big(b)
	s := view.NewSource(p)
	b.ReportAllocs()
	for b.Loop() {
		built, data, err := page.Build([]*view.Source{s}, page.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(data)), "bytes")
		b.ReportMetric(float64(len(built.Nodes.Parent)), "nodes")
	}
}
