package cmd

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/internal/report"
)

// viewFlags are the flags that report and diff share, as they were given.
type viewFlags struct {
	sort, by, format string
	focus, ignore    string
	top              int
	min              float64
	tree, bottomUp   bool
	allFrames        bool
	mappings         bool
	output           string
}

// add defines the flags on a command.
func (f *viewFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.sort, "sort", "", "sort by `METRIC` (default peak-bytes, or total-bytes where the peak was not recorded):\n"+wrapNames(report.MetricNames()))
	flags.IntVar(&f.top, "top", 20, "show `N` lines, in a tree at each node; 0 shows all")
	flags.StringVar(&f.by, "by", report.BySite.String(), "make a line of each `GROUP`: "+strings.Join(report.ByNames(), ", "))
	flags.BoolVar(&f.tree, "tree", false, "show the call tree, callers first")
	flags.BoolVar(&f.bottomUp, "bottom-up", false, "with --tree: sites first, their callers below")
	flags.Float64Var(&f.min, "min", 0, "fold what is below `PERCENT` of the total into one line (default 0, in trees 1)")
	flags.StringVar(&f.focus, "focus", "", "only stacks with a function, file or module that matches the regular expression `RE`")
	flags.StringVar(&f.ignore, "ignore", "", "no stacks with a function, file or module that matches `RE`")
	flags.BoolVar(&f.allFrames, "all-frames", false, "let allocator and container functions be sites too")
	flags.BoolVar(&f.mappings, "mappings", false, "show what was mapped (run --mmap) instead of the heap")
	flags.StringVar(&f.format, "format", report.Table.String(), "write as `FORMAT`: "+strings.Join(report.FormatNames(), ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")

	completeFlag(c, "sort", report.MetricNames())
	completeFlag(c, "by", report.ByNames())
	completeFlag(c, "format", report.FormatNames())
}

// options turns the flags into the options of a view, or says which is wrong.
func (f *viewFlags) options(c *cobra.Command) (report.Options, error) {
	o := report.Options{Top: f.top, Tree: f.tree, BottomUp: f.bottomUp, AllFrames: f.allFrames}
	if f.top < 0 {
		return o, errNegative("top", f.top, "all")
	}
	if f.bottomUp && !f.tree {
		return o, errBottomUp
	}
	if c.Flags().Changed("min") {
		if !(f.min >= 0 && f.min <= 100) {
			return o, errPercent("min", f.min)
		}
		o.Min = &f.min
	}
	if c.Flags().Changed("sort") {
		m, err := report.ParseMetric(f.sort)
		if err != nil {
			return o, err
		}
		o.Metric = &m
	}
	var err error
	if o.By, err = report.ParseBy(f.by); err != nil {
		return o, err
	}
	if o.Format, err = report.ParseFormat(f.format); err != nil {
		return o, err
	}
	if o.Focus, err = compileRegexp("focus", f.focus); err != nil {
		return o, err
	}
	if o.Ignore, err = compileRegexp("ignore", f.ignore); err != nil {
		return o, err
	}
	return o, o.Check()
}

func compileRegexp(flag, expr string) (*regexp.Regexp, error) {
	if expr == "" {
		return nil, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, errRegexp(flag, expr, err)
	}
	return re, nil
}

// terminal fits a table to the terminal it goes to; a file gets neither a
// width nor colour.
func (f *viewFlags) terminal(s *Streams, o report.Options) report.Options {
	if f.output == "" || f.output == "-" {
		o.Width, o.Color = s.Width, s.OutTerminal && s.Color
	}
	return o
}

// wrapNames lists names in lines that fit beside a flag.
func wrapNames(names []string) string {
	var b strings.Builder
	width := 0
	for i, n := range names {
		separator := ", "
		if width += len(n) + len(separator); width > 56 {
			separator, width = ",\n", len(n)
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(n)
	}
	return b.String()
}
