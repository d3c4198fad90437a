package reports

import (
	"cmp"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// diffOptions is what heapprof diff was asked for.
type diffOptions struct {
	streams  *console.Streams
	inputs   []MomentInput // before and after
	view     view.Options
	rules    frames.Rules
	format   ViewFormat
	layout   Layout
	output   string
	mappings bool // instead of the heaps
}

// MomentInput is a profile, or what lived at a moment of it, that is compared.
type MomentInput struct {
	Name   string // as the user has named it
	File   string
	Moment string // "": the whole run
	Named  bool   // the user has named the moment
}

// MomentInputs returns what two arguments, each FILE or FILE@MOMENT, name. If only one of them has a moment, it is compared to the other's end.
func MomentInputs(before, after string, mappings bool) ([]MomentInput, error) {
	inputs := []MomentInput{{Name: before}, {Name: after}}
	moments := false
	for i := range inputs {
		in := &inputs[i]
		in.File, in.Moment = opening.CutMoment(in.Name)
		in.Named = in.Moment != ""
		moments = moments || in.Named
	}
	if !moments {
		return inputs, nil
	}
	if mappings {
		return nil, opening.ErrMomentsOfMappings
	}
	for i := range inputs {
		inputs[i].Moment = cmp.Or(inputs[i].Moment, opening.EndName)
	}
	return inputs, nil
}

// NewDiff returns the command. It calls run with what the flags ask for; if that is nil,
// runDiff.
func NewDiff(s *console.Streams, run func(*diffOptions) error) *cobra.Command {
	if run == nil {
		run = runDiff
	}
	flags := viewFlags{diff: true}
	var minChange string
	c := &cobra.Command{
		Use:   "diff [flags] BEFORE[@MOMENT] AFTER[@MOMENT]",
		Short: "Show what changed from one profile to another",
		Long: `Show what changed from one profile to another: for each site the value before
and after, largest change first. Sites are matched by function, so a line that
moved or another load address is no change. The changes add up to the
difference of the totals. One of the files may be - for standard input.

After a file's name, @ and a moment compare what lived then, as of one run before
and after something: a mark, start, peak, end, a time as 3.2s or 150ms, or 40%. If only
one of the two has a moment, it is compared to the other's end.`,
		Example: `  heapprof diff before.json after.json                      bytes at the peak, by site
  heapprof diff --sort total-blocks before.json after.json  how often it allocates
  heapprof diff --by type before.json after.json            what there is more of
  heapprof diff --min-change 64KiB before.json after.json   leave out the small
  heapprof diff --min-change 5% before.json after.json      leave out the nearly equal
  heapprof diff prog.json@loaded prog.json@end              what has grown since a mark
  heapprof diff --format markdown before.json after.json    for a pull request`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return console.UsageError(c.Name(), errTwoFiles)
			case args[0] == console.StdinName && args[1] == console.StdinName:
				return console.UsageError(c.Name(), opening.ErrStdinTwice)
			}
			return nil
		},
		ValidArgsFunction: console.CompleteProfiles(2),
		RunE: func(c *cobra.Command, args []string) error {
			options, format, err := flags.options(c)
			if err == nil && minChange != "" {
				options.MinChange, err = view.ParseThreshold(minChange)
			}
			if err != nil {
				return console.UsageError(c.Name(), err)
			}
			rules, err := flags.rules()
			if err != nil {
				return opening.RuleError(c.Name(), err)
			}
			o := &diffOptions{
				streams: s,
				view:    options, rules: rules, format: format, layout: outputLayout(s, flags.output), output: flags.output, mappings: flags.mappings,
			}
			if o.inputs, err = MomentInputs(args[0], args[1], o.mappings); err != nil {
				return console.UsageError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags.add(c, view.DiffByNames())
	c.Flags().StringVar(&minChange, "min-change", "", "fold what changed by less than `AMOUNT`: 64KiB, 1000, or 5% of the value before")
	return c
}

func runDiff(o *diffOptions) error {
	for _, in := range o.inputs {
		if console.SameFile(in.File, o.output) {
			return console.Failure(console.ErrOverwrite(o.output))
		}
	}
	before, after, err := ReadBoth(o.streams, o.inputs, o.mappings)
	if err != nil {
		return err
	}
	if err := checkQuestion(o.view, opening.InputName(o.inputs[1].File), after); err != nil {
		return console.Failure(err)
	}
	d, err := view.NewDiff(opening.NewSource(before, o.inputs[0].File, o.rules), opening.NewSource(after, o.inputs[1].File, o.rules), o.view)
	if err != nil {
		return console.Failure(err)
	}
	return console.WriteOutput(o.streams, o.output, func(w io.Writer) error { return o.format.Diff(w, d, o.layout) })
}

// ReadBoth reads two profiles at the same time. If both fail, it returns the error of the first.
func ReadBoth(s *console.Streams, inputs []MomentInput, mappings bool) (before, after *profile.Profile, err error) {
	var errBefore, errAfter error
	var wg sync.WaitGroup
	open := func(in MomentInput) (*profile.Profile, error) {
		return opening.View(s, in.File, opening.PartFlags{At: in.Moment}, mappings)
	}
	wg.Go(func() { before, errBefore = open(inputs[0]) })
	after, errAfter = open(inputs[1])
	wg.Wait()
	if errBefore != nil {
		return nil, nil, errBefore
	}
	return before, after, errAfter
}
