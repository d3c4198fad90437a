package record

import (
	"fmt"
	"path"
	"slices"
	"strings"

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
	o.depthFlag = flags.Lookup("depth")

	flags.IntVar(&o.maxNodes, "max-nodes", tracker.DefaultNodes, fmt.Sprintf("keep at most `N` nodes of a process's call tree, up to %d", tracker.MaxNodes))
}

// trampolineDepth is how many frames of a stack are recorded at most of a CPython that has trampolines: there each of its functions
// is four frames or five of C's, that are one or none without.
const trampolineDepth = 512

// stackDepth returns how many frames of a stack are recorded at most.
func (o *RunOptions) stackDepth(env []string) int {
	if o.depthFlag == nil || o.depthFlag.Changed || !hasTrampolines(o.Args, env) {
		return o.depth
	}
	return trampolineDepth
}

// hasTrampolines reports whether a program is a CPython that is to run each function by code of its own, for profilers
// (python3 -X perf).
func hasTrampolines(args, env []string) bool {
	if len(args) == 0 || !strings.HasPrefix(path.Base(args[0]), "python") {
		return false
	}
	for i, a := range args {
		if option, ok := strings.CutPrefix(a, "-X"); ok {
			if option == "" && i+1 < len(args) {
				option = args[i+1]
			}
			if option == "perf" || option == "perf_jit" {
				return true
			}
		}
	}
	return slices.ContainsFunc(env, func(e string) bool {
		name, value, _ := strings.Cut(e, "=")
		return (name == "PYTHONPERFSUPPORT" || name == "PYTHON_PERF_JIT_SUPPORT") && value != "" && value != "0"
	})
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
