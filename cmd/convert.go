package cmd

import (
	"io"

	"github.com/spf13/cobra"

	"heapprof/internal/format"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// convertOptions is what heapprof convert was asked for.
type convertOptions struct {
	streams *Streams
	file    string
	form    convertForm
	part    partFlags    // of a heap snapshot part.at is the name of the snapshot
	metric  *view.Metric // nil: what the form takes by itself
	rules   frames.Rules
	output  string // "-" is standard output
}

// newConvert returns the command. It calls run with what the flags ask for; if that is nil, runConvert.
func newConvert(s *Streams, run func(*convertOptions) error) *cobra.Command {
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
		Args:              oneProfile,
		ValidArgsFunction: completeProfiles(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.file = args[0]
			if o.form, err = chooseConvertForm(to, o.output); err != nil {
				return usageError(c.Name(), err)
			}
			if err := o.form.checkFlags(c.Flags()); err != nil {
				return usageError(c.Name(), err)
			}
			if err := o.part.check(false); err != nil {
				return usageError(c.Name(), err)
			}
			if c.Flags().Changed("metric") {
				m, err := view.ParseMetric(metric)
				if err != nil {
					return usageError(c.Name(), err)
				}
				o.metric = &m
			}
			if o.rules, err = readRules(plumbing, nil); err != nil {
				return ruleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all; - is standard output")
	flags.StringVar(&to, "to", "", "write `FORMAT`, whatever the output's name: "+listed(convertFormNames()))
	flags.StringVar(&metric, "metric", "", "write `METRIC` "+formsThatTake("metric")+" (default peak-bytes, or total-bytes where the peak was not recorded): "+listed(additiveMetrics()))
	flags.StringVar(&o.part.at, "at", "", "write what lived at `MOMENT` and what had been allocated until then, "+formsThatTake("between")+", or another snapshot as a heapsnapshot: a mark, peak, end, 3.2s, 40%")
	flags.StringVar(&o.part.between, "between", "", "write what was allocated between two moments, `A,B`, and what of it lived at B, "+formsThatTake("between"))
	addPlumbing(flags, &plumbing)
	completeFlag(c, "to", convertFormNames())
	completeFlag(c, "metric", additiveMetrics())
	_ = c.RegisterFlagCompletionFunc("at", completeMomentsAndSnapshots)
	return c
}

func runConvert(o *convertOptions) error {
	if o.output == "-" && o.form.binary && o.streams.OutTerminal {
		return usageError("convert", errBinaryForm(o.form))
	}
	if sameFile(o.file, o.output) {
		return failure(errOverwrite(o.output))
	}
	write, err := o.form.open(o)
	if err != nil {
		return err
	}
	return writeOutput(o.streams, o.output, func(w io.Writer) error {
		if !o.form.packs {
			return write(w)
		}
		return format.Compress(w, o.output, write)
	})
}
