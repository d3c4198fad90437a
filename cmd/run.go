package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
	"heapprof/internal/tracker/patch/allocator"
)

// runOptions is what heapprof run was asked for.
type runOptions struct {
	streams  *Streams
	output   string // a template: see expandName
	named    bool   // whether the user named the output, so that a file of that name is replaced
	depth    int
	maxNodes int
	sample   string // mean bytes from one recorded block to the next: see sampleEach; "" for every block
	quiet    bool
	rules    frames.Rules // for the summary
	top      int
	children bool
	mappings bool
	frees    bool
	noPatch  bool
	noLine   bool     // leave the command line out of the profile
	allocate []string // functions that allocate, as the user described them: see allocator.ParseAlloc
	free     []string // functions that free, as the user described them: see allocator.ParseFree
	marks    runMarks
	args     []string // the program and its arguments
}

func newRun(s *Streams) *cobra.Command {
	o := &runOptions{streams: s}
	c := &cobra.Command{
		Use:   "run [flags] PROG [ARG…]",
		Short: "Record the allocations of a program",
		Long: `run starts PROG and records every allocation it makes, with its call stack, into
a DHAT file that heapprof report, diff, flame and pprof read, and uncompressed
(-o prog.json) DHAT's own viewer too. PROG needs no rebuilding; debug information (-g), in it or apart,
gives its frames source lines.

The flags end at PROG: what follows is its own. Its input, output and exit status
are its own too: heapprof ends with the same status, or with 128+N where signal N
ended it; 125 says that heapprof failed, 126 that PROG cannot be executed or
recorded, 127 that it was not found.

With --children every process that the program starts, and that allocates, gets a
profile of its own; heapprof then waits for all of them. A forked child's profile
begins with what its parent had live, an exec'ed one's from zero.

With --mmap the calls of mmap, munmap, mremap and brk are recorded too, also those
that malloc makes. They are kept apart from the heap's blocks and never added to
them: heapprof report --mappings shows them.

With --frees the stack of every call that frees a block is recorded too, so that a
profile tells where the blocks of a site are freed, and by which destructors. It
also tells of frees that are wrong though the allocator accepts them: of what
another family of functions has made (free of new, delete of new[]), of a block
that was freed before, of a pointer that no allocator has returned. It takes 1.2 to
2.3 times as long as to record the allocations alone.

Allocators that are linked into PROG, or into a library that it has or loads later
(mimalloc, jemalloc, tcmalloc, Rust's #[global_allocator], a malloc or operator new
of its own), are recorded too, by a jump over the entry of each of their functions;
so is the C library's own for what comes to it directly (RTLD_DEEPBIND, dlmopen).
The symbol table tells where they are: that of a stripped program is read from its
separate debug file, and where there is none they stay hidden. --no-patch leaves all
code as it is. Functions of an allocator that heapprof does not know are named by
their symbol and what their arguments are, counted from 1: size, count, ptr, align,
out.

With --sample one block is recorded in each 512 KiB that are allocated, or in each
BYTES, on average: for production, for long runs, and where recording everything
costs too much. All numbers of sites are then estimates, marked with a ~ and with
how far they may be off; a site of which a few megabytes were allocated is not known
well, and fewer BYTES tell more. What was allocated in all is counted exactly.

The stacks of each process are kept in it as a call tree, up to 24 bytes for a node:
a place that was called from certain callers. --max-nodes limits that; blocks whose
stacks have no room are counted, without a stack.

In the output's name %n stands for the program's name, %p for its process id, %h
for the host, %% for a percent sign. A file that exists is replaced only where
--output names it; otherwise a number is added. A profile is its owner's alone to
read: it has the command line in it, unless --no-command-line leaves that out.`,
		Example: `  heapprof run ./server --port 8080
  heapprof run -o before.json.gz ./bench
  heapprof run --children -o 'prof/%n.%p.json' make -j2
  heapprof run --depth 512 ./parser deep.json
  heapprof run --sample=64KiB ./server --port 8080
  heapprof run --frees ./server --port 8080
  heapprof run --alloc-function 'pool_alloc(size=2)' --free-function 'pool_free(ptr=2)' ./game`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return runFailure(errNoProgram)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if o.takesSize(c, args) {
				return runAfterSize(c, o, args)
			}
			o.args, o.named = args, c.Flags().Changed("output")
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&o.output, "output", "o", "heapprof.%n.%p.json.gz", "write the profile to `FILE`, compressed where it ends in .gz or .zst")
	flags.IntVar(&o.depth, "depth", 128, fmt.Sprintf("record at most `N` frames of a stack, up to %d", tracker.MaxDepth))
	flags.IntVar(&o.maxNodes, "max-nodes", tracker.DefaultNodes, fmt.Sprintf("keep at most `N` nodes of a process's call tree, up to %d", tracker.MaxNodes))
	flags.StringVar(&o.sample, "sample", "", "record one block in each `BYTES` that are allocated ("+defaultSample+" if none are named), not every block")
	flags.Lookup("sample").NoOptDefVal = defaultSample
	completeFlag(c, "sample", []string{"16KiB", "64KiB", defaultSample, "4MiB"})
	flags.BoolVar(&o.children, "children", false, "record child processes too, each into a file of its own")
	flags.BoolVar(&o.mappings, "mmap", false, "record mmap, munmap, mremap and brk too, apart from the heap")
	flags.BoolVar(&o.frees, "frees", false, "record where blocks are freed, too, with the stack of each free")
	flags.StringArrayVar(&o.allocate, "alloc-function", nil, "record the blocks of this function too, as `NAME(size=1)`; may be repeated")
	flags.StringArrayVar(&o.free, "free-function", nil, "what frees them, as `NAME(ptr=1)`; may be repeated")
	o.marks.addTo(c)
	flags.BoolVar(&o.noPatch, "no-patch", false, "write over no code: leave alone the allocators that are linked in, and the C library's own")
	flags.BoolVar(&o.noLine, "no-command-line", false, "keep the program's arguments out of the profile")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "print no summary")
	flags.IntVar(&o.top, "top", 5, "list `N` sites in the summary, 0 for none")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &exitError{Status: exitRunFailure, Err: fmt.Errorf("%w; see heapprof run --help", err)}
	})
	return c
}

// runFailure returns the error for a failure of heapprof's own, whose status must not be
// taken for the program's.
func runFailure(err error) error { return &exitError{Status: exitRunFailure, Err: err} }

// run records a program, writes its profile, and returns the error with the exit status.
func run(o *runOptions) error {
	if o.depth < 1 || o.depth > tracker.MaxDepth {
		return runFailure(errDepth(o.depth))
	}
	if o.maxNodes < 1 || o.maxNodes > tracker.MaxNodes {
		return runFailure(errMaxNodes(o.maxNodes))
	}
	if o.top < 0 {
		return runFailure(errNegative("top", o.top, "none"))
	}
	sample, err := o.sampleEach()
	if err != nil {
		return runFailure(err)
	}
	if o.frees && sample != 0 {
		return runFailure(errFreesSample)
	}
	functions, err := o.functions()
	if err != nil {
		return runFailure(err)
	}
	if err := checkOutput(o); err != nil {
		return runFailure(err)
	}
	if !o.quiet {
		if o.rules, err = readRules(nil, nil); err != nil {
			return runFailure(err)
		}
	}
	progress := newProgress(o.streams)
	var children []child
	options := tracker.Options{
		Args:     o.args,
		Depth:    o.depth,
		MaxNodes: o.maxNodes,
		Naming:   progress.naming,
		Children: o.children,
		Mappings: o.mappings,
		Frees:    o.frees,
		Sample:   sample,

		NoPatch:       o.noPatch,
		NoCommandLine: o.noLine,
		Functions:     functions,
		Missing:       func(names []string) { o.streams.say("%s", missingFunctions(names)) },

		Finished: func(i tracker.Image) {
			children = append(children, o.saveChild(i))
		},
	}
	if err := o.marks.ask(&options); err != nil {
		return runFailure(err)
	}
	result, err := tracker.Run(options)
	progress.clear()
	if err != nil {
		return runError(err)
	}
	at := newPlace(expandName(o.output, o.recorded(result), result.PID))
	at.replace = o.named
	saved, err := save(at, result.Profile)
	if !o.quiet {
		o.streams.summarize(o, result, children, saved)
	}
	// Even a quiet run must not lose a profile without a word.
	if o.mappings && result.Loaded && result.Profile.OfMappings() == nil {
		o.streams.complain(errNotPatched)
	}
	for _, c := range children {
		if c.err != nil {
			o.streams.complain(errSaved(c.err, c.saved))
		}
	}
	if err != nil {
		o.streams.complain(errSaved(err, saved))
	}
	switch {
	case result.Signal != 0:
		return &exitError{Status: exitSignalBase + result.Signal}
	case result.ExitCode != 0:
		return &exitError{Status: result.ExitCode}
	case saved == "":
		return &exitError{Status: exitRunFailure}
	}
	return nil
}

// functions returns the functions that the user named, or an error where they are malformed
// or flags contradict each other.
func (o *runOptions) functions() ([]allocator.Function, error) {
	if o.noPatch && len(o.allocate)+len(o.free) > 0 {
		return nil, errNoPatchFunctions
	}
	if o.noPatch && o.mappings {
		return nil, errNoPatchMappings
	}
	var functions []allocator.Function
	for _, spec := range o.allocate {
		f, err := allocator.ParseAlloc(spec)
		if err != nil {
			return nil, fmt.Errorf("--alloc-function %w", err)
		}
		functions = append(functions, f)
	}
	for _, spec := range o.free {
		f, err := allocator.ParseFree(spec)
		if err != nil {
			return nil, fmt.Errorf("--free-function %w", err)
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// program returns the name of the program that ran in the process at its end, which is not
// the one that was started where that called exec.
func (o *runOptions) program(r *tracker.Result) string { return cmp.Or(r.Last, o.args[0]) }

// recorded returns the name of the program that the profile is of.
func (o *runOptions) recorded(r *tracker.Result) string {
	switch {
	case r.LastUnrecorded.IsZero():
		return o.program(r)
	case len(r.Replaced) > 0:
		return r.Profile.Recording.Program
	}
	return o.args[0]
}

// child is the profile of an image besides the program's own, and what became of it.
type child struct {
	pid    int
	name   string
	totals profile.Point
	total  string // what it allocated, in words
	units  human.Units
	saved  string // its file; "" if there is none
	err    error
}

// saveChild writes the profile of a child to a file of its own.
func (o *runOptions) saveChild(i tracker.Image) child {
	p := i.Profile
	program := p.Recording.Program
	if program == "" {
		program = o.args[0]
	}
	c := child{pid: i.PID, name: filepath.Base(program), totals: p.Totals(), units: human.UnitsOf(p)}
	c.total = cmp.Or(exactTotals(p), fmt.Sprintf("%s in %s", c.units.Size(c.totals.TotalBytes), c.units.Blocks(c.totals.TotalBlocks)))
	c.saved, c.err = save(o.childPlace(program, i), p)
	return c
}

// runError returns an error of the tracker package with its exit status.
func runError(err error) error {
	var program *tracker.ProgramError
	switch {
	case !errors.As(err, &program):
		return runFailure(err)
	case program.NotFound:
		return &exitError{Status: exitNotFound, Err: errors.New(programWords(program))}
	}
	return &exitError{Status: exitNotExecutable, Err: errors.New(programWords(program))}
}
