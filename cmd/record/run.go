// Package record has the commands that record, or have to do with what is recorded: run, attach, top, serve, mark, snapshot and bench.
package record

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/tracker"
)

// RunOptions is what heapprof run was asked for.
type RunOptions struct {
	Streams   *console.Streams
	Output    string // a template: see ExpandName
	Named     bool   // whether the user named the output, so that a file of that name is replaced
	depth     int
	depthFlag *pflag.Flag // that sets depth; nil in tests
	maxNodes  int
	Sample    string // mean bytes from one recorded block to the next: see sampleEach; "" for every block
	quiet     bool
	rules     frames.Rules // for the summary
	top       int
	children  bool // write the profile of each process
	alone     bool // record no other process
	mappings  bool
	frees     bool
	noPatch   bool
	python    bool // follow Python's functions

	debuginfod opening.DebuginfodFlags

	noLine   bool     // leave the command line out of the profile
	allocate []string // functions that allocate, as the user described them: see allocator.ParseAlloc
	free     []string // functions that free, as the user described them: see allocator.ParseFree
	marks    runMarks
	retained runSnapshots
	copies   runCopies
	limits   runLimits
	Test     string // the name of the test that the program runs, where the user says it
	events   runEvents
	dumps    runDumps
	boundary runBoundary
	live     runLive
	serve    servedRun
	push     pushFlags
	Args     []string // the program and its arguments
}

// defaultOutput is the name of the profile of a program that was recorded: see ExpandName.
const defaultOutput = "heapprof.%n.%p.json.gz"

// NewRun returns the command run.
func NewRun(s *console.Streams) *cobra.Command {
	o := &RunOptions{Streams: s}
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

What PROG starts is recorded too, as a script does or a compiler's driver. The
summary is of the process with the largest peak; its profile is written, and those
of others that had at least a tenth of that, and 1 MiB: up to eight in all. Which
processes are left is said. heapprof waits for PROG alone: what lives on, such as a
daemon, is not recorded any more. With --children every process that allocates gets a
profile of its own, and heapprof waits for all of them; with --no-children PROG's
process alone is recorded. A forked child's profile begins with what its parent had
live, which does not count for its peak here, an exec'ed one's from zero.

With --mmap the calls of mmap, munmap, mremap and brk are recorded too, also those
that malloc makes. They are kept apart from the heap's blocks and never added to
them: heapprof report --mappings shows them.

With --frees the stack of every call that frees a block is recorded too, so that a
profile tells where the blocks of a site are freed, and by which destructors. It
also tells of frees that are wrong though the allocator accepts them: of what
another family of functions has made (free of new, delete of new[]), of a block
that was freed before, of a pointer that no allocator has returned. It takes 1.2 to
2.3 times as long as to record the allocations alone.

--live shows in the terminal who holds and who allocates memory while PROG runs. What
PROG writes to that terminal is shown when you leave it (q) or at the end; nobody types
there meanwhile. --live=lines and --live=json write lines to standard error instead.
--serve answers browsers, go tool pprof and Prometheus while PROG runs, as heapprof serve
does: the address is printed, with the token in it.

A moment of the run can be given a name, by which report --at and diff FILE@A FILE@B
find it. --mark-at names the one when FUNCTION is first entered, of PROG or a library:
a symbol, or what nm -C shows of it, with arguments or without; of PROG's own the end
will do, parse for app::parse. --mark-signal names one each time that PROG, or
heapprof itself, is sent SIGNAL: PROG does not end by it, and if it sets a handler of
its own that gets it instead. --mark-every names one each TIME, and heapprof mark does
it from outside. Each process has marks of its own, but for those that heapprof is
sent, and those of --mark-every: they are made in all that is recorded then. A name
that there is already gets a number.

--events counts the calls of FUNCTION, named in the same way, by stack, and writes
them into a file beside the profile: NAME.events.json.gz. (weight=2) weighs each by
its second argument, a word; (weight=2:int) and (weight=2:unsigned) are half of one.

Allocators that are linked into PROG, or into a library that it has or loads later
(mimalloc, jemalloc, tcmalloc, Rust's #[global_allocator], a malloc or operator new
of its own), are recorded too, by a jump over the entry of each of their functions;
so is the C library's own for what comes to it directly (RTLD_DEEPBIND, dlmopen).
The symbol table tells where they are: that of a stripped program is read from its
separate debug file, and where there is none they stay hidden. --no-patch leaves all
code as it is. Functions of an allocator that heapprof does not know are named by
their symbol and what their arguments are, counted from 1: size, count, ptr, align,
out.

Of what CPython 3.9 to 3.14 runs, stacks have the functions of Python's, too, by file
and line, and PYTHONMALLOC=malloc is put into the environment unless that is set, so
that each object is a block. --python=false leaves Python as it is.

With --sample one block is recorded in each 512 KiB that are allocated, or in each
BYTES, on average: for production, for long runs, and where recording everything
costs too much. All numbers of sites are then estimates, marked with a ~ and with
how far they may be off; a site of which a few megabytes were allocated is not known
well, and fewer BYTES tell more. What was allocated in all is counted exactly.

With --retained heapprof also copies the process, without its noticing, when its heap
is the largest, and when it is about to end, before its destructors run; and finds in
the copies which blocks are held by which variables, and which by nothing: report
--retained, report --leaks and holders show it. Blocks are cleared when they are
allocated then, so that old contents are taken for nothing, and take a byte more where
they lie side by side.
heapprof snapshot makes one more at any time.

Profiles can be written while PROG runs on, each of all until then, into files with a
number: --dump-at when so much of what limits PROG's memory is used (its control group,
ulimit -v, or else the machine's memory), or so much lives, at most once for each
doubling; --every each TIME, of which the last --keep are kept; and heapprof snapshot
from outside. --flush keeps one under the name of the profile of the end, which takes
its place: it is complete if heapprof is killed, too.

An allocation that fails is recorded with its stack and with what lived then: report
--refused. --limit has allocations that come above it noted, or made to fail as a
real limit would, or ends the program at the first; --fail-after, --fail-every and
--fail-at make some fail on purpose, to see what the program does then.

--events counts the calls of a function by stack, and --copies what memcpy and its kin
copy: each into a file of its own beside the profile.

--push sends profiles to Pyroscope or Parca each minute, and a last one at the end: what
lives then, and what was allocated since the last that the server has. What it cannot
take it gets later; the program does not wait for it. A token is read from
HEAPPROF_PUSH_TOKEN: docs/LIVE.md has the forms of URLs.

Where DEBUGINFOD_URLS is set, debug files that are not here are fetched from those
servers when the program has ended, as gdb and elfutils do, for the names of its
functions; Ctrl-C ends that, and --no-debuginfod leaves it out. heapprof symbolize
does it later, for any profile.

The stacks of each process are kept in it as a call tree, up to 24 bytes for a node:
a place that was called from certain callers. --max-nodes limits that; blocks whose
stacks have no room are counted, without a stack.

In the output's name %n stands for the program's name, %p for its process id, %t for
the test that it runs, where cargo nextest, libtest's --exact, GoogleTest, go test or
pytest name one (program.test, without cargo's hash; else the program alone), %h for
the host, %% for a percent sign. A file that exists is replaced only where
--output names it; otherwise a number is added. A profile is its owner's alone to
read: it has the command line in it, unless --no-command-line leaves that out.`,
		Example: `  heapprof run ./server --port 8080
  heapprof run -o before.json.gz ./bench
  heapprof run make -j2
  heapprof run --live ./server --port 8080
  heapprof run --children -o 'prof/%n.%p.json.gz' make -j2
  heapprof run --depth 512 ./parser deep.json
  heapprof run --sample=64KiB ./server --port 8080
  heapprof run --frees ./server --port 8080
  heapprof run --limit 512MiB --at-limit=fail ./server --port 8080
  heapprof run --dump-at 90% --flush 30s ./server --port 8080
  heapprof run --events 'write(weight=3)' --copies ./server --port 8080
  heapprof run --dump-at 90% --flush 30s -o srv.json.gz ./server
  heapprof run --alloc-function 'pool_alloc(size=2)' \
      --free-function 'pool_free(ptr=2)' ./game`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return RunFailure(ErrNoProgram)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if o.takesSize(c, args) {
				return runAfterSize(c, o, args)
			}
			o.Args, o.Named = args, c.Flags().Changed("output")
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&o.Output, "output", "o", defaultOutput, "write the profile to `FILE`, compressed where it ends in .gz or .zst")
	o.AddTo(c)
	o.push.addTo(c)
	o.AddServers(c)
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "print no summary")
	o.live.addTo(c)
	o.serve.addTo(c)
	flags.IntVar(&o.top, "top", 5, "list `N` sites in the summary, 0 for none")
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &console.ExitError{Status: console.ExitRunFailure, Err: console.WithHelp(c.Name(), console.WithNearestFlag(c, err))}
	})
	return c
}

// AddTo adds the flags that say what is recorded, and how, to the command.
func (o *RunOptions) AddTo(c *cobra.Command) {
	flags := c.Flags()
	o.addDepth(c)
	o.addSample(c)
	flags.BoolVar(&o.children, "children", false, "write a profile of each child process, and wait for all of them")
	flags.BoolVar(&o.alone, "no-children", false, "record no child processes")
	flags.BoolVar(&o.mappings, "mmap", false, "record mmap, munmap, mremap and brk too, apart from the heap")
	flags.BoolVar(&o.frees, "frees", false, "record where blocks are freed, too, with the stack of each free")
	o.addFunctions(c)
	o.marks.addTo(c)
	o.retained.addTo(c)
	o.copies.addTo(c)
	o.events.addTo(c)
	o.dumps.addTo(c)
	o.limits.addTo(c)
	o.boundary.addTo(c)
	flags.BoolVar(&o.noPatch, "no-patch", false, "write over no code: leave alone the allocators that are linked in, and the C library's own")
	flags.BoolVar(&o.python, "python", true, "show Python's functions in stacks, and have each object allocated by the C library")
	flags.BoolVar(&o.noLine, "no-command-line", false, "keep the program's arguments out of the profile")
}

// run records a program, writes its profile, and returns the error with the exit status.
func run(o *RunOptions) error {
	asked, err := o.Asked()
	if err != nil {
		return RunFailure(err)
	}
	if err := CheckOutput(o); err != nil {
		return RunFailure(err)
	}
	if !o.quiet {
		if o.rules, err = opening.ReadRules(nil, nil); err != nil {
			return RunFailure(err)
		}
	}
	if err := o.push.ask(o.Streams, o.rules, &asked.Live); err != nil {
		return RunFailure(err)
	}
	var children []child
	asked.Finished = func(i tracker.Image) {
		children = append(children, o.saveChild(i))
		o.push.add(i.Profile)
	}
	if err := o.live.ask(o, &asked); err != nil {
		return RunFailure(err)
	}
	if err := o.serve.ask(o, &asked); err != nil {
		return RunFailure(err)
	}
	result, err := o.Record(asked)
	o.live.end(o)
	o.serve.end()
	if err != nil {
		return err
	}
	o.NameByServers(result.Profile)
	at := o.MainPlace(o.recorded(result), result.Image, children)
	saved, err := o.Save(at, result.Profile)
	beside := SaveBeside(result.Image, at.At(saved))
	o.dumps.end()
	if !o.quiet {
		summarize(o.Streams, o, result, children, saved)
		tellBeside(o.Streams, beside)
		o.live.tell(o.Streams)
	}
	ComplainBeside(o.Streams, beside)
	// Even a quiet run must not lose a profile without a word.
	if o.mappings && result.Loaded && result.Profile.OfMappings() == nil {
		o.Streams.Complain(errNotPatched)
	}
	for _, c := range children {
		if c.err != nil {
			o.Streams.Complain(ErrSaved(c.err, c.saved))
		}
		ComplainBeside(o.Streams, c.beside)
	}
	if err != nil {
		o.Streams.Complain(ErrSaved(err, saved))
	}
	o.push.end(result.Profile, o.quiet)
	if status := EndStatus(result); status != console.ExitOK {
		return &console.ExitError{Status: status}
	}
	if saved == "" {
		return &console.ExitError{Status: console.ExitRunFailure}
	}
	return nil
}

// Record runs the program and records it, as it was asked for, and shows on a terminal that
// something takes its time. Errors have their exit status.
func (o *RunOptions) Record(asked tracker.Options) (*tracker.Result, error) {
	progress := console.NewProgress(o.Streams)
	asked.Naming, asked.Retained.Making = progress.Naming, progress.Snapshot
	result, err := tracker.Run(asked)
	progress.Clear()
	if err != nil {
		return nil, RunError(err)
	}
	return result, nil
}

// AddServers adds the flag that keeps debuginfod servers from being asked.
func (o *RunOptions) AddServers(c *cobra.Command) { o.debuginfod.Add(c) }

// NameByServers names what of a profile that was recorded has no debug information here, by what servers have, where the environment
// names some.
func (o *RunOptions) NameByServers(p *profile.Profile) { o.debuginfod.NameByServers(o.Streams, p) }
