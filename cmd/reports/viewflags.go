package reports

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// viewFlags are the flags that report and diff share, as they were given.
type viewFlags struct {
	plumbing         []string
	sort, by, format string
	focus, ignore    string
	top              int
	min              float64
	tree, bottomUp   bool
	own              string // ownProgram, names or "" for all code
	allFrames        bool
	mappings         bool
	output           string
	groupings        []string // that the command has
	frees            freesFlags
	diff             bool // they are of the command of diffs
}

// add defines the flags on a command, which has the groupings.
func (f *viewFlags) add(c *cobra.Command, groupings []string) {
	f.groupings = groupings
	flags := c.Flags()
	flags.SortFlags = false
	addQuestions(c, f.diff)
	flags.StringVar(&f.sort, "sort", "", "sort by `METRIC` (default what the question is about: peak-bytes, or total-bytes where the peak was not recorded): "+strings.Join(view.MetricNames(), ", "))
	flags.IntVar(&f.top, "top", 20, "show `N` lines, in a tree at each node; 0 shows all")
	flags.StringVar(&f.by, "by", view.BySite.String(), "make a line of each `GROUP`: "+strings.Join(groupings, ", "))
	flags.BoolVar(&f.tree, "tree", false, "show the call tree, callers first")
	flags.BoolVar(&f.bottomUp, "bottom-up", false, "with --tree: sites first, their callers below")
	least := "fold what is below `PERCENT` of the total into one line (default 0, in trees 1)"
	if !f.diff {
		least = "fold what is below `PERCENT` of the total into one line (default 1 in trees, 0 with a question, --sort or --top 0, else 0.1)"
	}
	flags.Float64Var(&f.min, "min", 0, least)
	flags.StringVar(&f.focus, "focus", "", "only stacks with a function, file, crate or module, or blocks of a type, that match the regular expression `RE`")
	flags.StringVar(&f.ignore, "ignore", "", "no stacks and blocks with one that matches `RE`")
	flags.StringVar(&f.own, "own", "", "let sites be the nearest functions of the program's own code, or of each `CRATE`: crates, directories or libraries, with commas between them")
	flags.Lookup("own").NoOptDefVal = ownProgram
	opening.AddPlumbing(flags, &f.plumbing)
	flags.BoolVar(&f.allFrames, "all-frames", false, "let allocator and container functions be sites too, and fold no frames of trees")
	flags.BoolVar(&f.mappings, "mappings", false, "show what was mapped (run --mmap) instead of the heap")
	flags.StringVar(&f.format, "format", TableFormat, "write as `FORMAT`: "+strings.Join(viewFormatNames(), ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")

	console.CompleteFlag(c, "sort", view.MetricNames())
	console.CompleteFlag(c, "by", groupings)
	console.CompleteFlag(c, "format", viewFormatNames())
}

// ownProgram is what --own without a value means: what is told to be the program's own.
const ownProgram = "program"

// rules returns what the flags, and heapprof.toml, say of the frames of a program.
func (f *viewFlags) rules() (frames.Rules, error) {
	return opening.ReadRules(f.plumbing, f.ownCrates())
}

// ownCrates returns what the flags name as the program's own; nothing where they do not say.
func (f *viewFlags) ownCrates() []string {
	if f.own == ownProgram {
		return nil
	}
	return CrateList(f.own)
}

// CrateList returns the names in a list with commas between them.
func CrateList(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// options returns the options of a view, and the format, that the flags ask for; or the
// error for the flag that is wrong.
func (f *viewFlags) options(c *cobra.Command) (o view.Options, format ViewFormat, err error) {
	o = view.Options{
		Top: f.top, Tree: f.tree, BottomUp: f.bottomUp, AllFrames: f.allFrames, Own: f.own != "", WhoFrees: f.frees.who,
	}
	if f.top < 0 {
		return o, format, console.ErrNegative("top", f.top, "all")
	}
	if f.bottomUp && !f.tree {
		return o, format, errBottomUp
	}
	if c.Flags().Changed("own") && f.own != ownProgram && len(f.ownCrates()) == 0 {
		return o, format, ErrOwnNobody(f.own)
	}
	if c.Flags().Changed("min") {
		if !(f.min >= 0 && f.min <= 100) {
			return o, format, errPercent("min", f.min)
		}
		o.Min = &f.min
	}
	if f.by != byThread || f.diff {
		if o.By, err = view.ParseBy(f.by, f.groupings); err != nil {
			return o, format, err
		}
	}
	asked, err := askedQuestion(c)
	if err != nil {
		return o, format, err
	}
	o.Question = asked.ask
	if asked.flag == "peak" {
		peak := view.PeakBytes // where it was not recorded, that is said
		o.Metric = &peak
	}
	if c.Flags().Changed("sort") {
		if o.IsOfFrees() {
			m, err := view.ParseFreedMetric(f.sort)
			if err != nil {
				return o, format, err
			}
			o.Metric = &m
		} else if o.Metric, o.Extra, err = ChosenMetric(f.sort); err != nil {
			return o, format, err
		}
	}
	if format, err = ParseViewFormat(f.format); err != nil {
		return o, format, err
	}
	if o.Focus, err = compileRegexp("focus", f.focus); err != nil {
		return o, format, err
	}
	if o.Ignore, err = compileRegexp("ignore", f.ignore); err != nil {
		return o, format, err
	}
	return o, format, wording.Contradiction(o.Check())
}

// ChosenMetric returns the metric that a flag names or, where it may be one that only the maker of a profile knows, the name itself:
// whether a profile has it is known when it has been read.
func ChosenMetric(name string) (m *view.Metric, extra string, err error) {
	known, err := view.ParseMetric(name)
	switch {
	case err == nil:
		return &known, "", nil
	case IsMakersName(name):
		return nil, name, nil
	}
	return nil, "", err
}

// IsMakersName reports whether a metric's name may be one of what only the maker of a profile knows. Sample types of pprof are
// mostly written with a _, or have a unit behind a /, as no metric of heapprof's has. What is like nothing that heapprof has may be one, too.
func IsMakersName(name string) bool {
	return strings.ContainsAny(name, "_/") || name != "" && console.OtherValues[strings.ToLower(name)] == "" && names.Nearest(name, view.MetricNames()) == ""
}

func compileRegexp(flag, expr string) (*regexp.Regexp, error) {
	if expr == "" {
		return nil, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, opening.ErrRegexp(flag, expr, err)
	}
	return re, nil
}

// outputLayout returns how what is written to the named output is to fit its terminal. What goes to a
// file has no limit and no colour.
func outputLayout(s *console.Streams, output string) Layout {
	if output == "" || output == "-" {
		return Layout{width: s.Width, color: s.OutTerminal && s.Color}
	}
	return Layout{}
}
