package reports

import (
	"bytes"
	"flag"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// show writes a report of one profile or a diff of two, as the commands do.
func show(w io.Writer, o view.Options, format string, l Layout, profiles ...*profile.Profile) error {
	f, err := ParseViewFormat(format)
	if err != nil {
		return err
	}
	if len(profiles) == 2 {
		d, err := view.NewDiff(view.NewSource(profiles[0]), view.NewSource(profiles[1]), o)
		if err != nil {
			return err
		}
		return f.Diff(w, d, l)
	}
	r, err := view.NewReport(view.NewSource(profiles[0]), o)
	if err != nil {
		return err
	}
	return f.Report(w, r, l)
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
		layout   Layout
	}{
		{"site.txt", one(reporttest.Sample()), view.Options{}, "table", Layout{}},
		{"site.width80.txt", one(reporttest.Sample()), view.Options{}, "table", Layout{width: 80}},
		{"site.width80.color.txt", one(reporttest.Sample()), view.Options{}, "table", Layout{width: 80, color: true}},
		{"site.all-frames.txt", one(reporttest.Sample()), view.Options{AllFrames: true}, "table", Layout{}},
		{"site.top2.focus.ignore.txt", one(reporttest.Sample()), view.Options{Top: 2, Focus: regexp.MustCompile("Parser|zip"), Ignore: regexp.MustCompile("open")}, "table", Layout{}},
		{"site.sort-end.txt", one(reporttest.Sample()), view.Options{Metric: &end}, "table", Layout{}},
		{"site.sort-max.txt", one(reporttest.Sample()), view.Options{Metric: &max}, "table", Layout{}},
		{"site.sort-temporary.txt", one(reporttest.Sample()), view.Options{Metric: &temporary}, "table", Layout{}},
		{"function.min10.txt", one(reporttest.Sample()), view.Options{By: view.ByFunction, Min: &ten}, "table", Layout{}},
		{"file.txt", one(reporttest.Sample()), view.Options{By: view.ByFile}, "table", Layout{}},
		{"module.txt", one(reporttest.Sample()), view.Options{By: view.ByModule}, "table", Layout{}},
		{"stack.top2.txt", one(reporttest.Sample()), view.Options{By: view.ByStack, Top: 2}, "table", Layout{}},
		{"tree.txt", one(reporttest.Sample()), view.Options{Tree: true}, "table", Layout{}},
		{"tree.bottom-up.txt", one(reporttest.Sample()), view.Options{Tree: true, BottomUp: true}, "table", Layout{}},
		{"site.top1.json", one(reporttest.Sample()), view.Options{Top: 1}, "json", Layout{}},
		{"tree.json", one(reporttest.Sample()), view.Options{Tree: true, Min: &ten}, "json", Layout{}},
		{"site.csv", one(reporttest.Sample()), view.Options{}, "csv", Layout{}},
		{"site.md", one(reporttest.Sample()), view.Options{Top: 3}, "markdown", Layout{}},
		{"mappings.txt", one(reporttest.Mapped().OfMappings()), view.Options{}, "table", Layout{}},
		{"mappings.tree.txt", one(reporttest.Mapped().OfMappings()), view.Options{Tree: true, AllFrames: true}, "table", Layout{}},
		{"mappings.reserved.txt", one(reporttest.Mapped().OfMappings()), view.Options{Ignore: regexp.MustCompile("reserved addresses")}, "table", Layout{}},
		{"site.mapped.txt", one(reporttest.Mapped()), view.Options{Top: 1}, "table", Layout{}},
		{"valgrind-heap.txt", one(reporttest.Foreign(t, "valgrind-heap.json")), view.Options{}, "table", Layout{}},
		{"valgrind-copy.txt", one(reporttest.Foreign(t, "valgrind-copy.json")), view.Options{}, "table", Layout{}},
		{"valgrind-ad-hoc.txt", one(reporttest.Foreign(t, "valgrind-ad-hoc.json")), view.Options{}, "table", Layout{}},
		{"dhat-rs-heap.txt", one(reporttest.Foreign(t, "dhat-rs-heap.json")), view.Options{}, "table", Layout{}},
		{"dhat-rs-ad-hoc.csv", one(reporttest.Foreign(t, "dhat-rs-ad-hoc.json")), view.Options{}, "csv", Layout{}},
		{"arenas.txt", one(reporttest.Arenas()), view.Options{}, "table", Layout{}},
		{"arenas.width80.txt", one(reporttest.Arenas()), view.Options{}, "table", Layout{width: 80}},
		{"arenas.tree.txt", one(reporttest.Arenas()), view.Options{Tree: true}, "table", Layout{}},
		{"arenas.top2.json", one(reporttest.Arenas()), view.Options{Top: 2}, "json", Layout{}},
		{"arenas.csv", one(reporttest.Arenas()), view.Options{Top: 3}, "csv", Layout{}},
		{"arenas.md", one(reporttest.Arenas()), view.Options{Top: 3}, "markdown", Layout{}},
		{"sampled.width80.txt", one(reporttest.Sampled()), view.Options{}, "table", Layout{width: 80}},
		{"sampled.width40.txt", one(reporttest.Sampled()), view.Options{Top: 2}, "table", Layout{width: 40}},
		{"sampled.tree.txt", one(reporttest.Sampled()), view.Options{Tree: true}, "table", Layout{}},
		{"sampled.sort-end.txt", one(reporttest.Sampled()), view.Options{Metric: &end}, "table", Layout{}},
		{"sampled.top1.json", one(reporttest.Sampled()), view.Options{Top: 1}, "json", Layout{}},
		{"sampled.csv", one(reporttest.Sampled()), view.Options{By: view.ByModule}, "csv", Layout{}},
		{"sampled.diff.txt", sampled, view.Options{}, "table", Layout{}},
		{"sampled.diff.width80.color.txt", sampled, view.Options{}, "table", Layout{width: 80, color: true}},
		{"sampled.diff.exact.txt", []*profile.Profile{reporttest.Sample(), reporttest.SampledLater()}, view.Options{}, "table", Layout{}},
		{"sampled.diff.csv", sampled, view.Options{By: view.ByModule}, "csv", Layout{}},
		{"drop.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop}, "table", Layout{}},
		{"drop.width80.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop}, "table", Layout{width: 80}},
		{"drop.tree.txt", one(reporttest.Frees()), view.Options{By: view.ByDrop, Tree: true, Min: &zero}, "table", Layout{width: 80}},
		{"drop.tree.json", one(reporttest.Frees()), view.Options{By: view.ByDrop, Tree: true, Top: 1}, "json", Layout{}},
		{"drop.top1.focus.csv", one(reporttest.Frees()), view.Options{By: view.ByDrop, Top: 1, Focus: regexp.MustCompile("Vec|Node")}, "csv", Layout{}},
		{"drop.md", one(reporttest.Frees()), view.Options{By: view.ByDrop, Metric: &blocks}, "markdown", Layout{}},
		{"who-frees.width80.txt", one(reporttest.Frees()), view.Options{WhoFrees: true}, "table", Layout{width: 80}},
		{"who-frees.focus.json", one(reporttest.Frees()), view.Options{WhoFrees: true, Focus: regexp.MustCompile("index")}, "json", Layout{}},
		{"wrong-frees.txt", one(reporttest.WrongFrees()), view.Options{Top: 1}, "table", Layout{}},
		{"leaks.width80.txt", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "table", Layout{width: 80}},
		{"leaks.csv", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "csv", Layout{}},
		{"leaks.json", one(reporttest.Frees()), view.Options{Question: view.AskLeaks, Top: 1}, "json", Layout{}},
		{"leaks.md", one(reporttest.Frees()), view.Options{Question: view.AskLeaks}, "markdown", Layout{}},
		{"leaks.without-frees.txt", one(reporttest.Sample()), view.Options{Question: view.AskLeaks}, "table", Layout{width: 80}},
		{"leaks.tree.txt", one(reporttest.Frees()), view.Options{Question: view.AskLeaks, Tree: true}, "table", Layout{width: 80}},
		{"churn.width80.txt", one(reporttest.Sample()), view.Options{Question: view.AskChurn}, "table", Layout{width: 80}},
		{"churn.tree.txt", one(reporttest.Sample()), view.Options{Question: view.AskChurn, Tree: true}, "table", Layout{width: 80}},
		{"churn.top2.csv", one(reporttest.Sample()), view.Options{Question: view.AskChurn, Top: 2}, "csv", Layout{}},
		{"churn.sampled.txt", one(reporttest.Sampled()), view.Options{Question: view.AskChurn}, "table", Layout{width: 80}},
		{"churn.typed.txt", one(reporttest.Typed()), view.Options{Question: view.AskChurn}, "table", Layout{width: 80}},
		{"growth.width80.txt", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "table", Layout{width: 80}},
		{"growth.sort-end.txt", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth, Metric: &end}, "table", Layout{}},
		{"growth.top1.json", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth, Top: 1}, "json", Layout{}},
		{"growth.csv", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "csv", Layout{}},
		{"growth.md", one(reporttest.WithFacts()), view.Options{Question: view.AskGrowth}, "markdown", Layout{}},
		{"typed.txt", one(reporttest.Typed()), view.Options{}, "table", Layout{}},
		{"typed.width80.txt", one(reporttest.Typed()), view.Options{}, "table", Layout{width: 80}},
		{"typed.type.width80.txt", one(reporttest.Typed()), view.Options{By: view.ByType}, "table", Layout{width: 80}},
		{"typed.crate.txt", one(reporttest.Typed()), view.Options{By: view.ByCrate}, "table", Layout{}},
		{"typed.dir.txt", one(reporttest.Typed()), view.Options{By: view.ByDir}, "table", Layout{}},
		{"typed.own.width80.txt", one(reporttest.Typed()), view.Options{Own: true}, "table", Layout{width: 80}},
		{"typed.focus.txt", one(reporttest.Typed()), view.Options{Focus: regexp.MustCompile("^Vec<")}, "table", Layout{}},
		{"typed.json", one(reporttest.Typed()), view.Options{Own: true}, "json", Layout{}},
		{"typed.csv", one(reporttest.Typed()), view.Options{Own: true}, "csv", Layout{}},
		{"typed.md", one(reporttest.Typed()), view.Options{}, "markdown", Layout{}},
		{"typed.diff.txt", untyped, view.Options{}, "table", Layout{}},
		{"typed.diff.width80.txt", []*profile.Profile{reporttest.Typed(), reporttest.Typed()}, view.Options{}, "table", Layout{width: 80}},
		{"diff.txt", both, view.Options{}, "table", Layout{}},
		{"diff.width80.color.txt", both, view.Options{}, "table", Layout{width: 80, color: true}},
		{"diff.min-change.txt", both, view.Options{MinChange: view.Threshold{Amount: 50_000}}, "table", Layout{}},
		{"diff.tree.txt", both, view.Options{Tree: true, Metric: &total}, "table", Layout{}},
		{"diff.json", both, view.Options{Top: 1}, "json", Layout{}},
		{"diff.csv", both, view.Options{By: view.ByFile}, "csv", Layout{}},
		{"diff.md", both, view.Options{By: view.ByFunction}, "markdown", Layout{}},
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
			if err := Summary(&out, view.NewSource(c.profile), c.top, c.width, false); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}

func TestWhatTheProfileLacksIsLeftOutNotZero(t *testing.T) {
	for _, format := range viewFormatNames() {
		var out bytes.Buffer
		if err := show(&out, view.Options{}, format, Layout{}, reporttest.Foreign(t, "valgrind-copy.json")); err != nil {
			t.Fatal(err)
		}
		for _, absent := range []string{"peak", "end-bytes", "lifetime", "temporary", "max-bytes"} {
			if strings.Contains(out.String(), absent) {
				t.Errorf("%s mentions %s", format, absent)
			}
		}
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was written with testdata/golden/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	testkit.Golden(t, filepath.Join("testdata", "golden", name), got, *update)
}
