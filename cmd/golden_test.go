package cmd

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
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

// show writes a report of one profile or a diff of two, as the commands do.
func show(w io.Writer, o view.Options, format string, l layout, profiles ...*profile.Profile) error {
	f, err := parseViewFormat(format)
	if err != nil {
		return err
	}
	if len(profiles) == 2 {
		d, err := view.NewDiff(view.NewSource(profiles[0]), view.NewSource(profiles[1]), o)
		if err != nil {
			return err
		}
		return f.diff(w, d, l)
	}
	r, err := view.NewReport(view.NewSource(profiles[0]), o)
	if err != nil {
		return err
	}
	return f.report(w, r, l)
}

func TestViewsLookAsTheGoldenFiles(t *testing.T) {
	one := func(p *profile.Profile) []*profile.Profile { return []*profile.Profile{p} }
	both := []*profile.Profile{reporttest.Sample(), reporttest.Rebuilt()}
	sampled := []*profile.Profile{reporttest.Sampled(), reporttest.SampledLater()}
	untyped := []*profile.Profile{reporttest.TypedWithoutDebugInformation(), reporttest.Typed()}
	end, temporary, max, total := view.EndBytes, view.TemporaryBlocks, view.MaxBytes, view.TotalBytes
	blocks := view.Blocks
	zero, ten := 0.0, 10.0
	for _, c := range []struct {
		name     string
		profiles []*profile.Profile
		options  view.Options
		format   string
		layout   layout
	}{
		{"site.txt", one(reporttest.Sample()), view.Options{}, "table", layout{}},
		{"site.width80.txt", one(reporttest.Sample()), view.Options{}, "table", layout{width: 80}},
		{"site.width80.color.txt", one(reporttest.Sample()), view.Options{}, "table", layout{width: 80, color: true}},
		{"site.all-frames.txt", one(reporttest.Sample()), view.Options{AllFrames: true}, "table", layout{}},
		{"site.top2.focus.ignore.txt", one(reporttest.Sample()), view.Options{Top: 2, Focus: regexp.MustCompile("Parser|zip"), Ignore: regexp.MustCompile("open")}, "table", layout{}},
		{"site.sort-end.txt", one(reporttest.Sample()), view.Options{Metric: &end}, "table", layout{}},
		{"site.sort-max.txt", one(reporttest.Sample()), view.Options{Metric: &max}, "table", layout{}},
		{"site.sort-temporary.txt", one(reporttest.Sample()), view.Options{Metric: &temporary}, "table", layout{}},
		{"function.min10.txt", one(reporttest.Sample()), view.Options{By: view.ByFunction, Min: &ten}, "table", layout{}},
		{"file.txt", one(reporttest.Sample()), view.Options{By: view.ByFile}, "table", layout{}},
		{"module.txt", one(reporttest.Sample()), view.Options{By: view.ByModule}, "table", layout{}},
		{"stack.top2.txt", one(reporttest.Sample()), view.Options{By: view.ByStack, Top: 2}, "table", layout{}},
		{"tree.txt", one(reporttest.Sample()), view.Options{Tree: true}, "table", layout{}},
		{"tree.bottom-up.txt", one(reporttest.Sample()), view.Options{Tree: true, BottomUp: true}, "table", layout{}},
		{"site.top1.json", one(reporttest.Sample()), view.Options{Top: 1}, "json", layout{}},
		{"tree.json", one(reporttest.Sample()), view.Options{Tree: true, Min: &ten}, "json", layout{}},
		{"site.csv", one(reporttest.Sample()), view.Options{}, "csv", layout{}},
		{"site.md", one(reporttest.Sample()), view.Options{Top: 3}, "markdown", layout{}},
		{"mappings.txt", one(reporttest.Mapped().OfMappings()), view.Options{}, "table", layout{}},
		{"mappings.tree.txt", one(reporttest.Mapped().OfMappings()), view.Options{Tree: true, AllFrames: true}, "table", layout{}},
		{"mappings.reserved.txt", one(reporttest.Mapped().OfMappings()), view.Options{Ignore: regexp.MustCompile("reserved addresses")}, "table", layout{}},
		{"site.mapped.txt", one(reporttest.Mapped()), view.Options{Top: 1}, "table", layout{}},
		{"valgrind-heap.txt", one(reporttest.Foreign(t, "valgrind-heap.json")), view.Options{}, "table", layout{}},
		{"valgrind-copy.txt", one(reporttest.Foreign(t, "valgrind-copy.json")), view.Options{}, "table", layout{}},
		{"valgrind-ad-hoc.txt", one(reporttest.Foreign(t, "valgrind-ad-hoc.json")), view.Options{}, "table", layout{}},
		{"dhat-rs-heap.txt", one(reporttest.Foreign(t, "dhat-rs-heap.json")), view.Options{}, "table", layout{}},
		{"dhat-rs-ad-hoc.csv", one(reporttest.Foreign(t, "dhat-rs-ad-hoc.json")), view.Options{}, "csv", layout{}},
		{"arenas.txt", one(reporttest.Arenas()), view.Options{}, "table", layout{}},
		{"arenas.width80.txt", one(reporttest.Arenas()), view.Options{}, "table", layout{width: 80}},
		{"arenas.tree.txt", one(reporttest.Arenas()), view.Options{Tree: true}, "table", layout{}},
		{"arenas.top2.json", one(reporttest.Arenas()), view.Options{Top: 2}, "json", layout{}},
		{"arenas.csv", one(reporttest.Arenas()), view.Options{Top: 3}, "csv", layout{}},
		{"arenas.md", one(reporttest.Arenas()), view.Options{Top: 3}, "markdown", layout{}},
		{"sampled.width80.txt", one(reporttest.Sampled()), view.Options{}, "table", layout{width: 80}},
		{"sampled.width40.txt", one(reporttest.Sampled()), view.Options{Top: 2}, "table", layout{width: 40}},
		{"sampled.tree.txt", one(reporttest.Sampled()), view.Options{Tree: true}, "table", layout{}},
		{"sampled.sort-end.txt", one(reporttest.Sampled()), view.Options{Metric: &end}, "table", layout{}},
		{"sampled.top1.json", one(reporttest.Sampled()), view.Options{Top: 1}, "json", layout{}},
		{"sampled.csv", one(reporttest.Sampled()), view.Options{By: view.ByModule}, "csv", layout{}},
		{"sampled.diff.txt", sampled, view.Options{}, "table", layout{}},
		{"sampled.diff.width80.color.txt", sampled, view.Options{}, "table", layout{width: 80, color: true}},
		{"sampled.diff.exact.txt", []*profile.Profile{reporttest.Sample(), reporttest.SampledLater()}, view.Options{}, "table", layout{}},
		{"sampled.diff.csv", sampled, view.Options{By: view.ByModule}, "csv", layout{}},
		{"drop.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop}, "table", layout{}},
		{"drop.width80.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop}, "table", layout{width: 80}},
		{"drop.tree.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop, Tree: true, Min: &zero}, "table", layout{width: 80}},
		{"drop.tree.json", one(reporttest.Frees()), view.Options{By: view.ByDrop, Tree: true, Top: 1}, "json", layout{}},
		{"drop.top1.focus.csv", one(reporttest.Frees()), view.Options{By: view.ByDrop, Top: 1, Focus: regexp.MustCompile("Vec|Node")}, "csv", layout{}},
		{"drop.md", one(reporttest.Frees()), view.Options{By: view.ByDrop, Metric: &blocks}, "markdown", layout{}},
		{"who-frees.width80.txt", one(reporttest.Frees()), view.Options{WhoFrees: true}, "table", layout{width: 80}},
		{"who-frees.focus.json", one(reporttest.Frees()), view.Options{WhoFrees: true, Focus: regexp.MustCompile("index")}, "json", layout{}},
		{"wrong-frees.txt", one(reporttest.WrongFrees()), view.Options{Top: 1}, "table", layout{}},
		{"leaks.width80.txt", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "table", layout{width: 80}},
		{"leaks.csv", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "csv", layout{}},
		{"leaks.json", one(reporttest.Frees()), view.Options{Question: view.AskLeaks, Top: 1}, "json", layout{}},
		{"leaks.md", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "markdown", layout{}},
		{"leaks.without-frees.txt", one(reporttest.Sample()), view.Options{Question: view.AskLeaks}, "table", layout{width: 80}},
		{"leaks.tree.txt", one(reporttest.Frees()), view.Options{Question: view.AskLeaks, Tree: true}, "table", layout{width: 80}},
		{"churn.width80.txt", one(reporttest.Sample()), view.Options{Question: view.AskChurn}, "table", layout{width: 80}},
		{"churn.tree.txt", one(reporttest.Sample()), view.Options{Question: view.AskChurn, Tree: true}, "table", layout{width: 80}},
		{"churn.top2.csv", one(reporttest.Sample()), view.Options{Question: view.AskChurn, Top: 2}, "csv", layout{}},
		{"churn.sampled.txt", one(reporttest.Sampled()), view.Options{Question: view.AskChurn}, "table", layout{width: 80}},
		{"churn.typed.txt", one(reporttest.Typed()), view.Options{Question: view.AskChurn}, "table", layout{width: 80}},
		{"growth.width80.txt", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "table", layout{width: 80}},
		{"growth.sort-end.txt", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth, Metric: &end}, "table", layout{}},
		{"growth.top1.json", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth, Top: 1}, "json", layout{}},
		{"growth.csv", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "csv", layout{}},
		{"growth.md", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "markdown", layout{}},
		{"typed.txt", one(reporttest.Typed()), view.Options{}, "table", layout{}},
		{"typed.width80.txt", one(reporttest.Typed()), view.Options{}, "table", layout{width: 80}},
		{"typed.type.width80.txt", one(reporttest.Typed()), view.Options{By: view.ByType}, "table", layout{width: 80}},
		{"typed.crate.txt", one(reporttest.Typed()), view.Options{By: view.ByCrate}, "table", layout{}},
		{"typed.dir.txt", one(reporttest.Typed()), view.Options{By: view.ByDir}, "table", layout{}},
		{"typed.own.width80.txt", one(reporttest.Typed()), view.Options{Own: true}, "table", layout{width: 80}},
		{"typed.focus.txt", one(reporttest.Typed()), view.Options{Focus: regexp.MustCompile("^Vec<")}, "table", layout{}},
		{"typed.json", one(reporttest.Typed()), view.Options{Own: true}, "json", layout{}},
		{"typed.csv", one(reporttest.Typed()), view.Options{Own: true}, "csv", layout{}},
		{"typed.md", one(reporttest.Typed()), view.Options{}, "markdown", layout{}},
		{"typed.diff.txt", untyped, view.Options{}, "table", layout{}},
		{"typed.diff.width80.txt", []*profile.Profile{reporttest.Typed(), reporttest.Typed()}, view.Options{}, "table", layout{width: 80}},
		{"diff.txt", both, view.Options{}, "table", layout{}},
		{"diff.width80.color.txt", both, view.Options{}, "table", layout{width: 80, color: true}},
		{"diff.min-change.txt", both, view.Options{MinChange: view.Threshold{Amount: 50_000}}, "table", layout{}},
		{"diff.tree.txt", both, view.Options{Tree: true, Metric: &total}, "table", layout{}},
		{"diff.json", both, view.Options{Top: 1}, "json", layout{}},
		{"diff.csv", both, view.Options{By: view.ByFile}, "csv", layout{}},
		{"diff.md", both, view.Options{By: view.ByFunction}, "markdown", layout{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := show(&out, c.options, c.format, c.layout, c.profiles...); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}

func TestSummaryLooksAsTheGoldenFiles(t *testing.T) {
	empty := reporttest.Sample()
	empty.Points = nil
	unsampled := reporttest.Sampled()
	unsampled.Points = nil
	hidden := reporttest.Mapped()
	hidden.Points = nil
	for _, c := range []struct {
		name    string
		profile *profile.Profile
		top     int
		width   int
	}{
		{"summary.txt", reporttest.Sample(), 3, 0},
		{"summary.top0.width60.txt", reporttest.Sample(), 0, 60},
		{"summary.sampled.txt", reporttest.Sampled(), 3, 80},
		{"summary.sampled.none.txt", unsampled, 3, 0},
		{"summary.nothing.txt", empty, 5, 0},
		{"summary.nothing.mapped.txt", hidden, 5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := summary(&out, view.NewSource(c.profile), c.top, c.width, false); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}

func TestWhatTheProfileLacksIsLeftOutNotZero(t *testing.T) {
	for _, format := range viewFormatNames() {
		var out bytes.Buffer
		if err := show(&out, view.Options{}, format, layout{}, reporttest.Foreign(t, "valgrind-copy.json")); err != nil {
			t.Fatal(err)
		}
		for _, absent := range []string{"peak", "end-bytes", "lifetime", "temporary", "max-bytes"} {
			if strings.Contains(out.String(), absent) {
				t.Errorf("%s mentions %s", format, absent)
			}
		}
	}
}
