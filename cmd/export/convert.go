// Package export has the commands that make other files of profiles: flame, pprof, convert, merge and symbolize.
package export

import (
	"cmp"
	"io"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/internal/format"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/frames"
)

// convertOptions is what heapprof convert was asked for.
type convertOptions struct {
	streams *console.Streams
	file    string
	form    convertForm
	part    opening.PartFlags // of a heap snapshot part.at is the name of the snapshot
	graph   flame.Options
	rules   frames.Rules

	typeFrames bool   // of pprof: types of blocks are frames
	mappings   bool   // instead of the heap
	output     string // "-" is standard output
}

// NewConvert returns the command. It calls run with what the flags ask for; if that is nil, runConvert.
func NewConvert(s *console.Streams, run func(*convertOptions) error) *cobra.Command {
	if run == nil {
		run = runConvert
	}
	o := &convertOptions{streams: s}
	var to, metric string
	var plumbing []string
	c := &cobra.Command{
		Use:   "convert [flags] FILE -o OUT",
		Short: "Convert to another tool's format, by the name of the output",
		Long: `Convert a profile of any format that heapprof reads to another one, which the end
of the output's name tells:

` + convertTable() + `
Of those with a *, a .gz or .zst at the end of the name compresses the file.

Sums are the same in all formats. A format that has no place for a number goes
without it, and so does one that a profile did not record.`,
		Example: `  heapprof convert p.json.gz -o p.pb.gz            for go tool pprof
  heapprof convert p.json.gz -o p.speedscope.json  for speedscope
  heapprof convert p.json.gz --to folded -o -      stacks, one a line
  heapprof convert --at loaded p.json.gz -o loaded.pb.gz
  heapprof convert p.json.gz -o p.heapsnapshot     for Chrome`,
		Args:              console.OneProfile,
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.file = args[0]
			if o.form, err = chooseConvertForm(to, o.output); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if err := o.form.checkFlags(c.Flags()); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if err := cmp.Or(o.part.Check(o.mappings), opening.CheckByThread(o.graph.Threads, o.part, o.mappings)); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if c.Flags().Changed("metric") {
				if o.graph.Metric, o.graph.Extra, err = reports.ChosenMetric(metric); err != nil {
					return console.UsageError(c.Name(), err)
				}
			}
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all; - is standard output")
	flags.StringVar(&to, "to", "", "write `FORMAT`, whatever the output's name: "+listed(convertFormNames()))
	flags.StringVar(&metric, "metric", "", "write `METRIC` "+formsThatTake("metric")+" (default peak-bytes, or total-bytes where the peak was not recorded): "+listed(additiveMetrics())+", or what a pprof profile has besides, by its name")
	flags.StringVar(&o.part.At, "at", "", "write what lived at `MOMENT` and what had been allocated until then, "+formsThatTake("between")+", or another snapshot as a heapsnapshot: a mark, peak, end, 3.2s, 40%")
	flags.StringVar(&o.part.Between, "between", "", "write what was allocated between two moments, `A,B`, and what of it lived at B, "+formsThatTake("between"))
	flags.StringVar(&o.part.Thread, "thread", "", "write what threads allocated whose names match `PATTERN`, a regular expression, or the one of that number, "+formsThatTake("thread"))
	flags.BoolVar(&o.graph.Threads, "by-thread", false, "make the thread the outermost frame, "+formsThatTake("by-thread"))
	opening.AddPlumbing(flags, &plumbing)
	flags.BoolVar(&o.graph.NoTypes, "no-types", false, "write no types of the blocks, "+formsThatTake("no-types"))
	flags.BoolVar(&o.typeFrames, "type-frames", false, "make the type of the blocks a frame, too: the innermost, "+formsThatTake("type-frames"))
	flags.BoolVar(&o.graph.Own, "own", false, "fold what is not the program's own code, too, but for the sites, "+formsThatTake("own"))
	flags.BoolVar(&o.graph.AllFrames, "all-frames", false, "write allocators and containers, too, and fold no frames, "+formsThatTake("all-frames"))
	flags.BoolVar(&o.mappings, "mappings", false, "write what was mapped (run --mmap) instead of the heap, "+formsThatTake("mappings"))
	console.CompleteFlag(c, "to", convertFormNames())
	console.CompleteFlag(c, "metric", additiveMetrics())
	_ = c.RegisterFlagCompletionFunc("at", opening.CompleteMomentsAndSnapshots)
	_ = c.RegisterFlagCompletionFunc("thread", opening.CompleteThreads)
	return c
}

func runConvert(o *convertOptions) error {
	if o.output == "-" && o.form.binary && o.streams.OutTerminal {
		return console.UsageError("convert", errBinaryForm(o.form))
	}
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	write, err := o.form.open(o)
	if err != nil {
		return err
	}
	return console.WriteOutput(o.streams, o.output, func(w io.Writer) error {
		if !o.form.packs {
			return write(w)
		}
		return format.Compress(w, o.output, write)
	})
}
