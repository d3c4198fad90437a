package export

import (
	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/pprof"
)

// pprofOptions is what heapprof pprof was asked for.
type pprofOptions struct {
	streams *console.Streams
	file    string
	output  string // "" and "-" are standard output
	form    pprof.Options
	part    opening.PartFlags
	rules   frames.Rules
}

// NewPProf returns the command. It calls run with what the flags ask for; if that is nil,
// runPProf.
func NewPProf(s *console.Streams, run func(*pprofOptions) error) *cobra.Command {
	if run == nil {
		run = runPProf
	}
	o := &pprofOptions{streams: s}
	var plumbing []string
	c := &cobra.Command{
		Use:   "pprof [flags] FILE",
		Short: "Convert to a profile for go tool pprof",
		Long: `Convert a profile of heapprof run, valgrind --tool=dhat or dhat-rs, plain or
compressed, to the format of go tool pprof; - reads standard input.

Its samples are alloc_objects, alloc_space, inuse_objects and inuse_space (what
was live at the program's end), peak_objects and peak_space (what was live at
the peak), as far as the profile has them. pprof shows inuse_space unless told
otherwise, and leaves malloc itself off the stacks. What run --mmap recorded is
not in it.

With --at and --between, inuse is what lived at that moment, and alloc what was
allocated until then, or in between.

Where the type of a sample's blocks is known, the label "type" has it, for pprof's
-tags, -tagfocus, -tagignore and -tagroot.

A recording with marks has inuse_space_at_MARK for each, and one of run --retained
held_space and held_objects: what lived at the snapshot near the peak, with who
held it as the label "owner", and through what as the label "path", which ends
at the blocks themselves: -tagroot owner,path -sample_index=held_space.`,
		Example: `  heapprof pprof prog.json -o heap.pb.gz
  go tool pprof -http=: heap.pb.gz                            in the browser
  go tool pprof -top -sample_index=peak_space heap.pb.gz      as a table
  go tool pprof -top -diff_base before.pb.gz after.pb.gz      what changed
  go tool pprof -top -tagfocus 'type=Vec<' heap.pb.gz         where a type is allocated`,
		Args:              console.OneProfile,
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if err := o.part.Check(false); err != nil {
				return console.UsageError(c.Name(), err)
			}
			var err error
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	c.Flags().BoolVar(&o.form.TypeFrames, "type-frames", false, "make the type of the blocks a frame, too: the innermost")
	o.part.Add(c)
	opening.AddPlumbing(c.Flags(), &plumbing)
	return c
}

func runPProf(o *pprofOptions) error {
	if (o.output == "" || o.output == "-") && o.streams.OutTerminal {
		return console.UsageError("pprof", errBinary)
	}
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	p, err := opening.View(o.streams, o.file, o.part, false)
	if err != nil {
		return err
	}
	source := opening.NewSource(p, o.file, o.rules)
	o.form.Marks, o.form.Held = true, opening.PprofHoldings(source)
	file, err := pprof.New(source, o.form)
	if err != nil {
		return console.Failure(err)
	}
	return console.WriteOutput(o.streams, o.output, file.Write)
}
