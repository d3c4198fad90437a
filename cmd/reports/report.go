// Package reports has the commands that show a profile as text or as data: report with its questions and pages, diff, list,
// holders and explain.
package reports

import (
	"errors"
	"io"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// reportOptions is what heapprof report was asked for.
type reportOptions struct {
	streams *console.Streams
	files   []string // that are looked at as one
	view    view.Options
	rules   frames.Rules
	format  ViewFormat
	layout  Layout
	output  string

	source   opening.SourceFlags
	page     func(*reportOptions) error // that is shown instead of rows; nil: none
	part     opening.PartFlags
	mappings bool // instead of the heap
}

// NewReport returns the command. It calls run with what the flags ask for; if that is nil,
// runReport.
func NewReport(s *console.Streams, run func(*reportOptions) error) *cobra.Command {
	if run == nil {
		run = runReport
	}
	var flags viewFlags
	var source opening.SourceFlags
	var part opening.PartFlags
	c := &cobra.Command{
		Use:   "report [flags] FILE…",
		Short: "Show where the heap went: a table or a call tree",
		Long: `Show where the heap went, from a profile of heapprof run, valgrind --tool=dhat
or dhat-rs, plain or compressed; - reads standard input.

A row is an allocation site: the innermost function of the stack that is not
the allocator, a container or a string class, with its lines, and their text
where the source is at hand, below. What it allocates of different types is in
rows of their own, where debug information tells types. The rows of every table
add up to the total: what is filtered or folded has a row of its own.

With --at it shows what lived at a moment of the run: at a mark (heapprof mark, run
--mark-at), the peak, the end or the nearest moment that is known to a time, and says which that
is. --between shows what was allocated between two, and what of it lived at the
second: exactly at the end of the run, else at least so much.

With --retained it shows who held the memory at a snapshot of run --retained: that
of the peak, or with --at another one, as exit or a mark: variables, with what would
be freed with each, and the blocks that most of it hangs on.

With --mappings it shows what run --mmap recorded of mmap, mremap and brk, which is
no part of the heap's numbers. Bytes are then address space in whole pages, and a
block is a mapping. What each is stands as the innermost frame, as in
--ignore 'reserved addresses'.

Of a recording of run --frees, --by drop groups what was freed by the value whose
drop freed it (Rust's drop_in_place, C++'s destructors), and --who-frees shows for
each site where its blocks were freed. A block counts there with the size that it
had last, so that --sort takes bytes or blocks.`,
		Example: `  heapprof report prog.json                       who holds the peak
  heapprof report --leaks prog.json               what was never freed
  heapprof report --growth prog.json              what grew, and how
  heapprof report --churn prog.json               what comes and goes
  heapprof report --histogram prog.json           sizes and lifetimes of blocks
  heapprof report --at 40% prog.json              what lived at 40% of the run
  heapprof report --between loaded,end prog.json  what was born after a mark
  heapprof report --retained prog.json            who holds it (run --retained)
  heapprof report --resident prog.json            why it takes more memory
  heapprof report --refused prog.json             which allocations failed
  heapprof report --by type prog.json             what it is made of
  heapprof report --by crate prog.json            which crates and libraries
  heapprof report --own prog.json                 where its own code asked
  heapprof report --by thread prog.json           what each thread allocated
  heapprof report --thread worker prog.json       where threads allocated it
  heapprof report --tree --focus parse prog.json  the calls from main to parse
  heapprof report --tree --bottom-up prog.json    each site with its callers
  heapprof report --by drop --tree prog.json      what drops freed (run --frees)
  heapprof report --who-frees prog.json           who freed blocks (run --frees)
  heapprof report --mappings prog.json            what was mapped (run --mmap)
  heapprof report --format json prog.json         for a program, exact`,
		Args:              opening.SeveralProfiles,
		ValidArgsFunction: console.CompleteProfiles(math.MaxInt),
		RunE: func(c *cobra.Command, args []string) error {
			o := &reportOptions{
				streams: s, files: args, layout: outputLayout(s, flags.output), output: flags.output, mappings: flags.mappings,
				source: source, part: part,
			}
			var err error
			if o.view, o.format, err = flags.options(c); err != nil {
				return console.UsageError(c.Name(), err)
			}
			asked, err := askedQuestion(c)
			if err == nil {
				err = o.check(c, &asked)
			}
			if err != nil {
				return console.UsageError(c.Name(), err)
			}
			o.page = asked.page
			if o.rules, err = flags.rules(); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags.add(c, append(view.ByNames(), byThread))
	flags.frees.add(c)
	part.Add(c)
	source.Add(c)
	return c
}

// file returns the name of the profile that is looked at.
func (o *reportOptions) file() string {
	if len(o.files) > 1 {
		return opening.MergedName
	}
	return o.files[0]
}

// open reads the profile that is looked at.
func (o *reportOptions) open() (*profile.Profile, error) { return opening.Merged(o.streams, o.files) }

// check returns the error for options that contradict one another, or the question.
func (o *reportOptions) check(c *cobra.Command, asked *question) error {
	if err := asked.checkPage(c); err != nil {
		return err
	}
	switch {
	case o.mappings && o.view.IsOfFrees():
		return errFreesOfMappings
	case o.part.Given() && o.view.IsOfFrees():
		return opening.ErrFreesOfPart
	case o.part.Thread != "" && o.view.IsOfFrees():
		return opening.ErrThreadsOfFrees
	case o.part.Thread != "" && (o.view.Question == view.AskGrowth || o.view.Question == view.AskChurn):
		return opening.ErrQuestionOfThreads(asked.flag)
	case o.part.Given() && asked.flag != "" && asked.flag != "churn" && !slices.Contains(asked.takes, "at"):
		return opening.ErrQuestionOfPart(asked.flag)
	}
	return o.part.Check(o.mappings)
}

func runReport(o *reportOptions) error {
	for _, file := range o.files {
		if console.SameFile(file, o.output) {
			return console.Failure(console.ErrOverwrite(o.output))
		}
	}
	if o.page != nil {
		return o.page(o)
	}
	p, err := o.open()
	if err == nil {
		p, err = opening.ViewedPart(p, o.file(), o.part, o.mappings)
	}
	if err != nil {
		return err
	}
	if err := checkQuestion(o.view, opening.InputName(o.file()), p); err != nil {
		return console.Failure(err)
	}
	r, err := view.NewReport(opening.NewSource(p, o.file(), o.rules), o.view)
	if errors.Is(err, view.ErrNoFrees) {
		err = errNoFrees(opening.InputName(o.file()))
	} else if errors.Is(err, view.ErrNoFacts) {
		err = wording.ErrNoFacts(opening.InputName(o.file()), p)
	}
	if err != nil {
		return console.Failure(err)
	}
	if o.format.forPeople {
		o.layout.notes = opening.AddSource(r, o.source.Of(p))
	}
	err = console.WriteOutput(o.streams, o.output, func(w io.Writer) error { return o.format.Report(w, r, o.layout) })
	if err != nil {
		return err
	}
	if o.output == "" && o.format.name == TableFormat && !o.view.Tree && !o.mappings && o.part.IsWhole() {
		hintAfterReport(o.streams, r)
	}
	return nil
}
