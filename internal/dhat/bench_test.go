package dhat_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/dhat"
	"heapprof/internal/format"
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

const bigSize = 100 << 20

// bigFile writes a profile of 100 MiB for a benchmark to read.
func bigFile(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "big.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := testkit.WriteBigProfile(f, bigSize); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkRead reads 100 MiB from a file and sums the points by innermost
// frame. Peak memory, of the process, is only right where this benchmark runs
// alone, and -benchtime 1x.
func BenchmarkRead(b *testing.B) {
	path := bigFile(b)
	b.SetBytes(bigSize)
	b.ReportAllocs()
	var points int
	for b.Loop() {
		p, err := format.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		sites := make(map[uint32]*profile.Point)
		for i := range p.Points {
			pt := &p.Points[i]
			site := sites[pt.Stack.At(0)]
			if site == nil {
				site = new(profile.Point)
				sites[pt.Stack.At(0)] = site
			}
			site.Add(pt)
		}
		points = len(p.Points)
	}
	b.ReportMetric(float64(points), "points")
	b.ReportMetric(peakRSS()/bigSize, "peakRSS/file")
}

// BenchmarkWrite writes what BenchmarkRead reads, with what the recorder does
// before.
func BenchmarkWrite(b *testing.B) {
	p, err := format.ReadFile(bigFile(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("normalize", func(b *testing.B) {
		for b.Loop() {
			q := *p
			q.Normalize()
		}
	})
	p.Normalize()
	b.Run("write", func(b *testing.B) {
		b.SetBytes(bigSize)
		b.ReportAllocs()
		for b.Loop() {
			if err := dhat.Write(io.Discard, p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// peakRSS returns the most resident memory that the process had, in bytes; 0 where that is
// not told.
func peakRSS() float64 {
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	status, _ := self.Status()
	return float64(status.PeakResident)
}
