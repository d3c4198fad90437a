// Package web has the page to look at in a browser: html, which writes it to a file, and what is served by HTTP of a file or of
// a recording under way.
package web

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/desktop"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/html"
	"heapprof/internal/report/human"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
	"heapprof/internal/serve"
)

// HTMLOptions is what heapprof html was asked for.
type HTMLOptions struct {
	Streams  *console.Streams
	inputs   []reports.MomentInput // one, or two to compare
	output   string                // "": what defaultPageName says
	open     bool
	NoSource bool
	Source   opening.SourceFlags
	Rules    frames.Rules
	Plumbing []string    // of rules, as the user has written it
	own      string      // of rules, as the user has written it
	mappings bool        // instead of the heap
	state    serve.State // of a recording that the page is of; "": it is of files
}

// NewHTML returns the command. It calls run with what the flags ask for; if that is nil, runHTML.
func NewHTML(s *console.Streams, run func(*HTMLOptions) error) *cobra.Command {
	if run == nil {
		run = runHTML
	}
	o := &HTMLOptions{Streams: s}
	c := &cobra.Command{
		Use:   "html [flags] FILE [AFTER]",
		Short: "Make a page to look at in a browser",
		Long: `Make a page of a profile to look at in a browser: what was found, in words, the
heap over time, and the same numbers as a flame graph, a table, a tree of calls,
histograms and owners. Two profiles, the earlier one first, are compared.

The page is one file of about a megabyte at most, however large the profile is. It
loads nothing and sends nothing: it can be copied, mailed and kept. Without -o it is
named after the profile, in the working directory. The lines of source that it shows
are in it; --no-source leaves them out.

Dragging over its timeline shows what was allocated in a part of the run, and what
of that lived when the part was over. FILE@MOMENT compares moments, as for diff.`,
		Example: `  heapprof html prog.json.gz                     writes prog.html
  heapprof html --open prog.json.gz              and opens it in the browser
  heapprof html before.json after.json           what has changed
  heapprof html prog.json@loaded prog.json@end   … from a mark to the end
  heapprof html prog.json -o - | ssh web 'cat > prog.html'`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return console.UsageError(c.Name(), console.ErrNoFile)
			case len(args) > 2:
				return console.UsageError(c.Name(), errPageFiles(len(args)))
			case len(args) == 2 && args[0] == console.StdinName && args[1] == console.StdinName:
				return console.UsageError(c.Name(), opening.ErrStdinTwice)
			}
			return nil
		},
		ValidArgsFunction: console.CompleteProfiles(2),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if o.inputs, err = pageInputs(args, o.mappings); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if err := o.checkOutput(); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if o.NoSource && len(o.Source.Paths) > 0 {
				return console.UsageError(c.Name(), ErrNoSourcePath)
			}
			if c.Flags().Changed("own") && len(reports.CrateList(o.own)) == 0 {
				return console.UsageError(c.Name(), reports.ErrOwnNobody(o.own))
			}
			if o.Rules, err = opening.ReadRules(o.Plumbing, reports.CrateList(o.own)); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all; - is standard output (default the profile's name with .html)")
	flags.BoolVar(&o.open, "open", false, "open the page in the browser")
	flags.BoolVar(&o.NoSource, "no-source", false, "put no lines of source files into the page")
	o.Source.Add(c)
	flags.StringVar(&o.own, "own", "", "take what is of `CRATE` for the program's own code: crates, directories or libraries, with commas between them")
	opening.AddPlumbing(flags, &o.Plumbing)
	flags.BoolVar(&o.mappings, "mappings", false, "show what was mapped (run --mmap) instead of the heap")
	return c
}

// pageInputs returns what the arguments name. The moments of one profile are on its own page.
func pageInputs(args []string, mappings bool) ([]reports.MomentInput, error) {
	if len(args) == 2 {
		return reports.MomentInputs(args[0], args[1], mappings)
	}
	if file, moment := opening.CutMoment(args[0]); moment != "" && console.IsProfile(file) {
		return nil, errPageOfMoment(file)
	}
	return []reports.MomentInput{{File: args[0], Name: args[0]}}, nil
}

// checkOutput returns the error for an output that cannot be meant.
func (o *HTMLOptions) checkOutput() error {
	switch {
	case o.output == "":
		return nil
	case o.output != "-":
		return checkPageName(o.output)
	case o.open:
		return errOpenStdout
	case o.Streams.OutTerminal:
		return errPageTerminal
	}
	return nil
}

func runHTML(o *HTMLOptions) error {
	output, err := o.pageName()
	if err != nil {
		return err
	}
	sources, err := o.read()
	if err != nil {
		return err
	}
	_, data, err := o.build(sources)
	if err != nil {
		return err
	}
	err = console.WriteOutput(o.Streams, output, func(w io.Writer) error {
		_, err := html.Write(w, html.Options{Title: pageTitle(sources), Data: data})
		return err
	})
	switch {
	case err != nil && o.output == "":
		return console.Failure(errDefaultPage(err))
	case err != nil || output == "-":
		return err
	}
	o.tellPage(output)
	return nil
}

// build makes the data of the page. Errors carry their status.
func (o *HTMLOptions) build(sources []*view.Source) (*page.Page, []byte, error) {
	words, err := newPageWords(sources, o)
	if err != nil {
		return nil, nil, err
	}
	options := page.Options{Maker: console.VersionLine(), Words: func(p *page.Page, x *page.Index) {
		words.add(p, x)
		sayNow(p, o.state)
	}}
	if !o.NoSource {
		options.Lines = pageLines(o.Source.Of(sources[len(sources)-1].Profile))
	}
	p, data, err := page.Build(sources, options)
	if err != nil {
		return nil, nil, console.Failure(err)
	}
	return p, data, nil
}

// read reads the profiles of the page.
func (o *HTMLOptions) read() ([]*view.Source, error) {
	var profiles []*profile.Profile
	if len(o.inputs) == 1 {
		p, err := opening.View(o.Streams, o.inputs[0].File, opening.PartFlags{}, o.mappings)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, p)
	} else {
		before, after, err := reports.ReadBoth(o.Streams, o.inputs, o.mappings)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, before, after)
	}
	var sources []*view.Source
	for i, p := range profiles {
		sources = append(sources, opening.NewSource(p, o.inputs[i].File, o.Rules))
	}
	return sources, nil
}

// tellPage says where the page is and how to look at it, and opens it if that is asked for.
func (o *HTMLOptions) tellPage(output string) {
	size := ""
	if info, err := os.Stat(output); err == nil && info.Mode().IsRegular() {
		size = ", " + human.Bytes(uint64(info.Size()))
	}
	said := fmt.Sprintf("the page is %s%s", wording.ShellQuote(output), size)
	const how = "open it in a browser, or copy it to where one is: it needs nothing else"
	if !o.open {
		o.Streams.Say("%s; %s", said, how)
		return
	}
	if err := desktop.Open(output); err != nil {
		o.Streams.Say("%s; it was not opened, as %s; %s", said, err, how)
		return
	}
	o.Streams.Say("%s", said)
}

var (
	errPageTerminal = errors.New("a page would fill the terminal: name a file with -o prog.html, or use a pipe")
	ErrNoSourcePath = errors.New("--source-path says where source files are, and --no-source leaves them out: leave one of them out")
	errOpenStdout   = errors.New("what goes to standard output cannot be opened: leave out --open, or name a file with -o prog.html")
)

func errPageFiles(n int) error {
	return fmt.Errorf("%d profiles were named: a page is of one, or of two that are compared", n)
}

func errPageOfMoment(file string) error {
	return fmt.Errorf("a page shows the whole run, and parts of it where one drags over its timeline: leave out @ and the moment; %s@MOMENT is for two that are compared", wording.ShellQuote(file))
}

// errDefaultPage adds to an error what to do about it where the user has not named the output.
func errDefaultPage(err error) error {
	return fmt.Errorf("%w; -o FILE.html chooses another place", console.WithoutStatus(err))
}

// pageTitle is what a browser's tab says.
func pageTitle(sources []*view.Source) string {
	var programs []string
	for _, s := range sources {
		programs = append(programs, wording.ProgramName(s.Profile))
	}
	if len(programs) == 2 && programs[0] == programs[1] {
		return programs[0] + ", before and after – heapprof"
	}
	return strings.Join(programs, " → ") + " – heapprof"
}
