package reports

import (
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/report/view"
)

// parseReport runs heapprof report up to where it would start to work.
func parseReport(s *console.Streams, args ...string) (*reportOptions, error) {
	var got *reportOptions
	c := NewReport(s, func(o *reportOptions) error { got = o; return nil })
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	err := c.Execute()
	return got, err
}

func TestReportFlagsBecomeOptions(t *testing.T) {
	terminal := &console.Streams{OutTerminal: true, Width: 90, Color: true}
	for _, c := range []struct {
		args  string
		check func(o *reportOptions) bool
	}{
		{"p.json", func(o *reportOptions) bool {
			v := o.view
			return o.file() == "p.json" && v.Top == 20 && v.Metric == nil && v.Min == nil && v.By == view.BySite && o.format.name == "table" && !v.Tree && !v.AllFrames
		}},
		{"p.json", func(o *reportOptions) bool { return o.layout.width == 90 && o.layout.color }},
		{"-o x.txt p.json", func(o *reportOptions) bool { return o.output == "x.txt" && o.layout.width == 0 && !o.layout.color }},
		{"-o - p.json", func(o *reportOptions) bool { return o.layout.width == 90 && o.layout.color }},
		{"--sort end-bytes p.json", func(o *reportOptions) bool { return *o.view.Metric == view.EndBytes }},
		{"--top 0 p.json", func(o *reportOptions) bool { return o.view.Top == 0 }},
		{"--by stack p.json", func(o *reportOptions) bool { return o.view.By == view.ByStack }},
		{"--tree --bottom-up p.json", func(o *reportOptions) bool { return o.view.Tree && o.view.BottomUp }},
		{"--min 0 p.json", func(o *reportOptions) bool { return o.view.Min != nil && *o.view.Min == 0 }},
		{"--min 2.5 p.json", func(o *reportOptions) bool { return *o.view.Min == 2.5 }},
		{"--focus ^a --ignore b$ p.json", func(o *reportOptions) bool { return o.view.Focus.String() == "^a" && o.view.Ignore.String() == "b$" }},
		{"--all-frames p.json", func(o *reportOptions) bool { return o.view.AllFrames }},
		{"--by drop --tree --sort blocks p.json", func(o *reportOptions) bool { return o.view.By == view.ByDrop && *o.view.Metric == view.Blocks }},
		{"--who-frees p.json", func(o *reportOptions) bool { return o.view.WhoFrees }},
		{"--leaks --sort end-blocks p.json", func(o *reportOptions) bool {
			return o.view.Question == view.AskLeaks && *o.view.Metric == view.EndBlocks
		}},
		{"--churn --tree p.json", func(o *reportOptions) bool { return o.view.Question == view.AskChurn && o.view.Metric == nil }},
		{"--peak p.json", func(o *reportOptions) bool { return *o.view.Metric == view.PeakBytes }},
		{"--mappings p.json", func(o *reportOptions) bool { return o.mappings }},
		{"p.json --format csv", func(o *reportOptions) bool { return o.format.name == "csv" }},
		{"-", func(o *reportOptions) bool { return o.file() == "-" }},
	} {
		o, err := parseReport(terminal, strings.Fields(c.args)...)
		if err != nil {
			t.Errorf("%s: %v", c.args, err)
		} else if !c.check(o) {
			t.Errorf("%s: %+v", c.args, o)
		}
	}
}

// parseDiff runs heapprof diff up to where it would start to work.
func parseDiff(args ...string) (*diffOptions, error) {
	var got *diffOptions
	c := NewDiff(&console.Streams{}, func(o *diffOptions) error { got = o; return nil })
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	err := c.Execute()
	return got, err
}

func TestDiffFlagsBecomeOptions(t *testing.T) {
	o, err := parseDiff("--min-change", "5%", "--by", "function", "--sort", "total-blocks", "--top", "3", "a.json", "-")
	if err != nil {
		t.Fatal(err)
	}
	if o.inputs[0].File != "a.json" || o.inputs[1].File != "-" || o.view.MinChange.Percent != 5 || o.view.By != view.ByFunction || *o.view.Metric != view.TotalBlocks || o.view.Top != 3 {
		t.Errorf("%+v", o)
	}
	for _, args := range [][]string{{}, {"a"}, {"a", "b", "c"}, {"-", "-"}, {"--min-change", "lots", "a", "b"}} {
		if _, err := parseDiff(args...); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

func TestWhatDoesNotGoWithResidentIsNamed(t *testing.T) {
	for flags, want := range map[string]string{
		"--resident --tree p.json":           "--tree does not go with --resident",
		"--resident --leaks p.json":          "two questions",
		"--resident --sort end-bytes p.json": "--sort does not go with --resident",
	} {
		if _, err := parseReport(&console.Streams{}, strings.Fields(flags)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", flags, err, want)
		}
	}
}
