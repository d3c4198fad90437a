package record

import (
	"github.com/spf13/cobra"

	"heapprof/internal/report/human"
)

// defaultSample is what --sample without a value means: what tcmalloc and Go's heap profiler
// take as well, at which a program that allocates a gigabyte a second pays for 2,000 blocks.
const defaultSample = "512KiB"

// mostSample is the largest mean distance of samples that makes sense, in bytes.
const mostSample = 1 << 40

// sampleEach returns how many bytes are to be allocated from one recorded block to the next,
// on average; 0 to record every block.
func (o *RunOptions) sampleEach() (bytes uint64, err error) {
	if o.Sample == "" {
		return 0, nil
	}
	bytes, ok := human.ParseSize(o.Sample)
	if !ok || bytes < 1 || bytes > mostSample {
		return 0, errSample(o.Sample)
	}
	return bytes, nil
}

// takesSize reports whether the first argument, where a program's name should be, is the
// value of --sample: that of a flag which may do without one is to follow a "=", but few
// know, and hardly a program is called 16KiB.
func (o *RunOptions) takesSize(c *cobra.Command, args []string) bool {
	_, size := human.ParseSize(args[0])
	return size && o.Sample == defaultSample && c.Flags().ArgsLenAtDash() != 0
}

// runAfterSize does what the command line asks for whose first argument is the value of
// --sample: more flags may follow it, before the program.
func runAfterSize(c *cobra.Command, o *RunOptions, args []string) error {
	sample := args[0]
	if err := c.ParseFlags(args[1:]); err != nil {
		return c.FlagErrorFunc()(c, err)
	}
	if help, _ := c.Flags().GetBool("help"); help {
		return c.Help()
	}
	if o.Sample == defaultSample { // unless it was given once more
		o.Sample = sample
	}
	args = c.Flags().Args()
	if err := c.Args(c, args); err != nil {
		return err
	}
	o.Args, o.Named = args, c.Flags().Changed("output")
	return run(o)
}
