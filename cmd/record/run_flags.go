package record

import (
	"fmt"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/internal/tracker"
)

// defaultDepth is how many frames of a stack are recorded at most, unless somebody says otherwise.
const defaultDepth = 128

// addDepth adds the flags that say how much is kept of stacks.
func (o *RunOptions) addDepth(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&o.depth, "depth", defaultDepth, fmt.Sprintf("record at most `N` frames of a stack, up to %d", tracker.MaxDepth))
	flags.IntVar(&o.maxNodes, "max-nodes", tracker.DefaultNodes, fmt.Sprintf("keep at most `N` nodes of a process's call tree, up to %d", tracker.MaxNodes))
}

// addSample adds the flag by which blocks are sampled.
func (o *RunOptions) addSample(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&o.Sample, "sample", "", "record one block in each `BYTES` that are allocated ("+defaultSample+" if none are named), not every block")
	flags.Lookup("sample").NoOptDefVal = defaultSample
	console.CompleteFlag(c, "sample", []string{"16KiB", "64KiB", defaultSample, "4MiB"})
}

// addFunctions adds the flags that name functions of an allocator.
func (o *RunOptions) addFunctions(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&o.allocate, "alloc-function", nil, "record the blocks of this function too, as `NAME(size=1)`; may be repeated")
	flags.StringArrayVar(&o.free, "free-function", nil, "what frees them, as `NAME(ptr=1)`; may be repeated")
}
