package text

import (
	"bytes"
	"io"
	"os"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// BenchmarkReport aggregates and renders a profile whose file has 100 MiB: some
// 400,000 stacks; or the one that HEAPPROF_PROFILE names. Reading it is dhat.BenchmarkRead's.
func BenchmarkReport(b *testing.B) {
	p := bigProfile(b)
	for _, c := range []struct {
		name    string
		options view.Options
	}{
		{"site", view.Options{Top: 20}},
		{"stack", view.Options{Top: 20, By: view.ByStack}},
		{"tree", view.Options{Top: 20, Tree: true}},
		{"bottom-up", view.Options{Top: 20, Tree: true, BottomUp: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := benchReport(p, c.options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("diff", func(b *testing.B) {
		for b.Loop() {
			if err := benchDiff(p, view.Options{Top: 20}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func bigProfile(b *testing.B) *profile.Profile {
	if name := os.Getenv("HEAPPROF_PROFILE"); name != "" {
		p, err := format.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
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

// benchReport does what heapprof report does with a profile that was read.
func benchReport(p *profile.Profile, o view.Options) error {
	r, err := view.NewReport(view.NewSource(p), o)
	if err != nil {
		return err
	}
	return Report(io.Discard, r, Options{})
}

func benchDiff(p *profile.Profile, o view.Options) error {
	d, err := view.NewDiff(view.NewSource(p), view.NewSource(p), o)
	if err != nil {
		return err
	}
	return Diff(io.Discard, d, Options{})
}
