package reports

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// listOptions is what heapprof list was asked for.
type listOptions struct {
	streams  *console.Streams
	function *regexp.Regexp
	file     string
	view     view.Options
	rules    frames.Rules
	source   opening.SourceFlags
	part     opening.PartFlags
	layout   Layout
	output   string
	mappings bool // instead of the heap
}

// NewList returns the command. It calls run with what the flags ask for; if that is nil, runList.
func NewList(s *console.Streams, run func(*listOptions) error) *cobra.Command {
	if run == nil {
		run = runList
	}
	o := &listOptions{streams: s}
	var sort, focus, ignore string
	var plumbing []string
	c := &cobra.Command{
		Use:   "list [flags] FUNCTION FILE",
		Short: "Show a function's source, with what each line allocates",
		Long: `Show the source of the functions whose names match the regular expression
FUNCTION, with what each line has of the metric: flat is what the line itself
allocates (it is the allocation site), cum what is allocated by all that it calls,
too. Source files are looked for where debug information says that they are, and
where --source-path says; without them the lines have their numbers alone.`,
		Example: `  heapprof list load_row prog.json                        a function, by bytes at the peak
  heapprof list --sort total-blocks '^Parser::' prog.json  how often each line allocates
  heapprof list --source-path ~/src/app main prog.json    sources that are elsewhere now`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return console.UsageError(c.Name(), errFunctionAndFile)
			}
			if console.IsProfile(args[0]) && !console.IsProfile(args[1]) {
				return console.UsageError(c.Name(), console.ErrSwapped(c.Name(), args[1], args[0]))
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return console.CompleteProfiles(2)(c, args, text)
		},
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.file, o.layout = args[1], outputLayout(s, o.output)
			if o.view.Top < 0 {
				return console.UsageError(c.Name(), console.ErrNegative("top", o.view.Top, "all"))
			}
			if err = o.part.Check(o.mappings); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if o.function, err = regexp.Compile(args[0]); err != nil {
				return console.UsageError(c.Name(), opening.ErrNotRegexp("FUNCTION", args[0], err))
			}
			if sort != "" {
				m, err := view.ParseMetric(sort)
				if err != nil {
					return console.UsageError(c.Name(), err)
				}
				o.view.Metric = &m
			}
			if o.view.Focus, err = compileRegexp("focus", focus); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if o.view.Ignore, err = compileRegexp("ignore", ignore); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&sort, "sort", "", "show the `METRIC` (default peak-bytes, or total-bytes where the peak was not recorded): "+strings.Join(view.MetricNames(), ", "))
	flags.IntVar(&o.view.Top, "top", 10, "show `N` functions, those that allocate the most; 0 shows all")
	flags.StringVar(&focus, "focus", "", "only stacks with a function, file, crate or module, or blocks of a type, that match the regular expression `RE`")
	flags.StringVar(&ignore, "ignore", "", "no stacks and blocks with one that matches `RE`")
	o.part.Add(c)
	o.source.Add(c)
	opening.AddPlumbing(flags, &plumbing)
	flags.BoolVar(&o.mappings, "mappings", false, "show what was mapped (run --mmap) instead of the heap")
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	console.CompleteFlag(c, "sort", view.MetricNames())
	return c
}

func runList(o *listOptions) error {
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	p, err := opening.View(o.streams, o.file, o.part, o.mappings)
	if err != nil {
		return err
	}
	l, err := view.NewListing(opening.NewSource(p, o.file, o.rules), o.function, o.view)
	if err != nil {
		return console.Failure(wording.Contradiction(err))
	}
	if len(l.Functions) == 0 {
		return console.Failure(errNoFunction(o, l))
	}
	files := o.source.Of(p)
	err = console.WriteOutput(o.streams, o.output, func(w io.Writer) error {
		return text.Listing(w, l, text.ListingOptions{
			Width: o.layout.width, Color: o.layout.color, Most: o.view.Top,
			Code: func(f *view.Function) text.Code { return codeOf(f, files) },
		})
	})
	if left := len(l.Functions) - o.view.Top; err == nil && o.view.Top > 0 && left > 0 {
		o.streams.Say("%d more functions match: name more of it, or add --top 0", left)
	}
	return err
}

// codeOf returns the source of a function, and what is to be said of it.
func codeOf(f *view.Function, files *source.Files) text.Code {
	if f.File == "" {
		return text.Code{Notes: []string{"its source file is not known, as there is no debug information of it"}}
	}
	file := files.Of(f.File)
	code := text.Code{Lines: file.Lines(), Line: file.Line}
	switch {
	case file.Path == "":
		code.Notes = append([]string{"its source is not at hand (--source-path DIR looks elsewhere, too), nor at"}, file.Looked[1:]...)
		if len(file.Looked) == 1 {
			code.Notes[0] = strings.TrimSuffix(code.Notes[0], ", nor at")
		}
	case file.Newer:
		code.Notes = []string{file.Path, "was changed since the recording: its lines may be others"}
	case file.Path != f.File:
		code.Notes = []string{"as " + file.Path}
	}
	for i, note := range code.Notes {
		code.Notes[i] = names.Printable(note)
	}
	return code
}

func errNoFunction(o *listOptions, l *view.Listing) error {
	return fmt.Errorf("no function that has %s in %s matches %q", wording.MetricWords(&l.View), opening.InputName(o.file), o.function)
}
