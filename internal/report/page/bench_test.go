package page_test

import (
	"bytes"
	"os"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// BenchmarkBuild makes the page of a profile whose file has 20 MiB, or of the one that HEAPPROF_PROFILE names.
func BenchmarkBuild(b *testing.B) {
	var file bytes.Buffer
	if err := testkit.WriteBigProfile(&file, 20<<20); err != nil {
		b.Fatal(err)
	}
	p, err := format.Read(&file)
	if name := os.Getenv("HEAPPROF_PROFILE"); name != "" {
		p, err = format.ReadFile(name)
	}
	if err != nil {
		b.Fatal(err)
	}
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
