package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was written with testdata/golden/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (see testdata/README.md)\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

func foreign(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, err := format.ReadFile(filepath.Join("..", "..", "testdata", "profiles", name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestViewsLookAsTheGoldenFiles(t *testing.T) {
	one := func(p *profile.Profile) []*profile.Profile { return []*profile.Profile{p} }
	both := []*profile.Profile{sample(), rebuilt()}
	end, temporary, max, total := EndBytes, TemporaryBlocks, MaxBytes, TotalBytes
	ten := 10.0
	for _, c := range []struct {
		name     string
		profiles []*profile.Profile
		options  Options
	}{
		{"site.txt", one(sample()), Options{}},
		{"site.width80.txt", one(sample()), Options{Width: 80}},
		{"site.width80.color.txt", one(sample()), Options{Width: 80, Color: true}},
		{"site.all-frames.txt", one(sample()), Options{AllFrames: true}},
		{"site.top2.focus.ignore.txt", one(sample()), Options{Top: 2, Focus: regexp.MustCompile("Parser|zip"), Ignore: regexp.MustCompile("open")}},
		{"site.sort-end.txt", one(sample()), Options{Metric: &end}},
		{"site.sort-max.txt", one(sample()), Options{Metric: &max}},
		{"site.sort-temporary.txt", one(sample()), Options{Metric: &temporary}},
		{"function.min10.txt", one(sample()), Options{By: ByFunction, Min: &ten}},
		{"file.txt", one(sample()), Options{By: ByFile}},
		{"module.txt", one(sample()), Options{By: ByModule}},
		{"stack.top2.txt", one(sample()), Options{By: ByStack, Top: 2}},
		{"tree.txt", one(sample()), Options{Tree: true}},
		{"tree.bottom-up.txt", one(sample()), Options{Tree: true, BottomUp: true}},
		{"site.top1.json", one(sample()), Options{Top: 1, Format: JSON}},
		{"tree.json", one(sample()), Options{Tree: true, Min: &ten, Format: JSON}},
		{"site.csv", one(sample()), Options{Format: CSV}},
		{"site.md", one(sample()), Options{Format: Markdown, Top: 3}},
		{"mappings.txt", one(mappedSample().OfMappings()), Options{}},
		{"mappings.tree.txt", one(mappedSample().OfMappings()), Options{Tree: true, AllFrames: true}},
		{"mappings.reserved.txt", one(mappedSample().OfMappings()), Options{Ignore: regexp.MustCompile("reserved addresses")}},
		{"site.mapped.txt", one(mappedSample()), Options{Top: 1}},
		{"valgrind-heap.txt", one(foreign(t, "valgrind-heap.json")), Options{}},
		{"valgrind-copy.txt", one(foreign(t, "valgrind-copy.json")), Options{}},
		{"valgrind-ad-hoc.txt", one(foreign(t, "valgrind-ad-hoc.json")), Options{}},
		{"dhat-rs-heap.txt", one(foreign(t, "dhat-rs-heap.json")), Options{}},
		{"dhat-rs-ad-hoc.csv", one(foreign(t, "dhat-rs-ad-hoc.json")), Options{Format: CSV}},
		{"arenas.txt", one(arenas()), Options{}},
		{"arenas.width80.txt", one(arenas()), Options{Width: 80}},
		{"arenas.tree.txt", one(arenas()), Options{Tree: true}},
		{"arenas.top2.json", one(arenas()), Options{Top: 2, Format: JSON}},
		{"arenas.csv", one(arenas()), Options{Top: 3, Format: CSV}},
		{"arenas.md", one(arenas()), Options{Top: 3, Format: Markdown}},
		{"diff.txt", both, Options{}},
		{"diff.width80.color.txt", both, Options{Width: 80, Color: true}},
		{"diff.min-change.txt", both, Options{MinChange: Threshold{Amount: 50_000}}},
		{"diff.tree.txt", both, Options{Tree: true, Metric: &total}},
		{"diff.json", both, Options{Top: 1, Format: JSON}},
		{"diff.csv", both, Options{By: ByFile, Format: CSV}},
		{"diff.md", both, Options{By: ByFunction, Format: Markdown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := build(t, c.options, c.profiles...).Write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}

func TestSummaryLooksAsTheGoldenFiles(t *testing.T) {
	empty := sample()
	empty.Points = nil
	hidden := mappedSample()
	hidden.Points = nil
	for _, c := range []struct {
		name    string
		profile *profile.Profile
		options SummaryOptions
	}{
		{"summary.txt", sample(), SummaryOptions{Top: 3}},
		{"summary.top0.width60.txt", sample(), SummaryOptions{Width: 60}},
		{"summary.nothing.txt", empty, SummaryOptions{Top: 5}},
		{"summary.nothing.mapped.txt", hidden, SummaryOptions{Top: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Summary(&out, c.profile, c.options); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}
