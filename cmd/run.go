package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"heapprof/internal/dhat"
	"heapprof/internal/report"
	"heapprof/internal/tracker"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/wholefile"
)

type runOptions struct {
	streams  *Streams
	output   string // a template: see expandName
	named    bool   // by the user, who may have a file of that name replaced
	depth    int
	quiet    bool
	top      int
	children bool
	mappings bool
	noPatch  bool
	noLine   bool     // leave the command line out of the profile
	allocate []string // functions of an allocator that the user knows: see patch.ParseAlloc
	free     []string // and patch.ParseFree
	args     []string // the program and its arguments
}

func newRun(s *Streams) *cobra.Command {
	o := &runOptions{streams: s}
	c := &cobra.Command{
		Use:   "run [flags] PROG [ARG…]",
		Short: "Record every allocation of a program",
		Long: `run starts PROG and records every allocation it makes, with its call stack, into
a DHAT file that heapprof report, diff, flame and pprof read, and DHAT's own
viewer too. PROG needs no rebuilding; debug information (-g), in it or apart,
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

Allocators that are linked into PROG, or into a library that it has or loads later
(mimalloc, jemalloc, tcmalloc, Rust's #[global_allocator], a malloc or operator new
of its own), are recorded too, by a jump over the entry of each of their functions;
so is the C library's own for what comes to it directly (RTLD_DEEPBIND, dlmopen).
The symbol table tells where they are: that of a stripped program is read from its
separate debug file, and where there is none they stay hidden. --no-patch leaves all
code as it is. Functions of an allocator that heapprof does not know are named by
their symbol and what their arguments are, counted from 1: size, count, ptr, align,
out.

In the output's name %n stands for the program's name, %p for its process id, %h
for the host, %% for a percent sign. A file that exists is replaced only where
--output names it; otherwise a number is added. A profile is its owner's alone to
read: it has the command line in it, unless --no-command-line leaves that out.`,
		Example: `  heapprof run ./server --port 8080
  heapprof run -o before.json.gz ./bench
  heapprof run --children -o 'prof/%n.%p.json' make -j2
  heapprof run --depth 512 ./parser deep.json
  heapprof run --alloc-function 'pool_alloc(size=2)' --free-function 'pool_free(ptr=2)' ./game`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return runFailure(errNoProgram)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.args, o.named = args, c.Flags().Changed("output")
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&o.output, "output", "o", "heapprof.%n.%p.json", "write the profile to `FILE`; a suffix .gz or .zst compresses")
	flags.IntVar(&o.depth, "depth", 128, fmt.Sprintf("record at most `N` frames of a stack, up to %d", tracker.MaxDepth))
	flags.BoolVar(&o.children, "children", false, "record child processes too, each into a file of its own")
	flags.BoolVar(&o.mappings, "mmap", false, "record mmap, munmap, mremap and brk too, apart from the heap")
	flags.StringArrayVar(&o.allocate, "alloc-function", nil, "record the blocks of this function too, as `NAME(size=1)`; may be repeated")
	flags.StringArrayVar(&o.free, "free-function", nil, "what frees them, as `NAME(ptr=1)`; may be repeated")
	flags.BoolVar(&o.noPatch, "no-patch", false, "write over no code: leave alone the allocators that are linked in, and the C library's own")
	flags.BoolVar(&o.noLine, "no-command-line", false, "keep the program's arguments out of the profile")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "print no summary")
	flags.IntVar(&o.top, "top", 5, "list `N` sites in the summary, 0 for none")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &exitError{Status: exitRunFailure, Err: fmt.Errorf("%w; see heapprof run --help", err)}
	})
	return c
}

// runFailure is for a failure of heapprof's own, which must not pass for the program's.
func runFailure(err error) error { return &exitError{Status: exitRunFailure, Err: err} }

func run(o *runOptions) error {
	if o.depth < 1 || o.depth > tracker.MaxDepth {
		return runFailure(errDepth(o.depth))
	}
	if o.top < 0 {
		return runFailure(errNegative("top", o.top, "none"))
	}
	functions, err := o.functions()
	if err != nil {
		return runFailure(err)
	}
	if err := checkOutput(o); err != nil {
		return runFailure(err)
	}
	progress := newProgress(o.streams)
	var children []child
	result, err := tracker.Run(tracker.Options{
		Args:     o.args,
		Depth:    o.depth,
		Naming:   progress.naming,
		Children: o.children,
		Mappings: o.mappings,

		NoPatch:       o.noPatch,
		NoCommandLine: o.noLine,
		Functions:     functions,
		Warn:          o.streams.complain,

		Finished: func(i tracker.Image) {
			children = append(children, o.saveChild(i))
		},
	})
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

// functions reads the user's functions. It fails, too, where flags contradict each other.
func (o *runOptions) functions() ([]patch.Function, error) {
	if o.noPatch && len(o.allocate)+len(o.free) > 0 {
		return nil, errNoPatchFunctions
	}
	if o.noPatch && o.mappings {
		return nil, errNoPatchMappings
	}
	var functions []patch.Function
	for _, spec := range o.allocate {
		f, err := patch.ParseAlloc(spec)
		if err != nil {
			return nil, fmt.Errorf("--alloc-function %w", err)
		}
		functions = append(functions, f)
	}
	for _, spec := range o.free {
		f, err := patch.ParseFree(spec)
		if err != nil {
			return nil, fmt.Errorf("--free-function %w", err)
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// program is the name of the program that ran in the process that was started: the last
// one, where exec has begun others.
func (o *runOptions) program(r *tracker.Result) string { return cmp.Or(r.Last, o.args[0]) }

// recorded is the name of the program that the profile is of.
func (o *runOptions) recorded(r *tracker.Result) string {
	switch {
	case r.LastUnseen == "":
		return o.program(r)
	case len(r.Replaced) > 0:
		return r.Profile.Extra.Program
	}
	return o.args[0]
}

// child is a process image besides the program itself.
type child struct {
	pid    int
	name   string
	totals dhat.Point
	saved  string // its file; "" if there is none
	err    error
}

// saveChild writes the profile of a child to a file of its own.
func (o *runOptions) saveChild(i tracker.Image) child {
	p := i.Profile
	program := p.Extra.Program
	if program == "" {
		program = o.args[0]
	}
	c := child{pid: i.PID, name: filepath.Base(program), totals: p.Totals()}
	c.saved, c.err = save(o.childPlace(program, i), p)
	return c
}

// childPlace says where the profile of a child goes: it is named by its process id,
// and that of a program that exec replaced by its number there too, as the plain name
// is for the last program of a process.
func (o *runOptions) childPlace(program string, i tracker.Image) place {
	if info, err := os.Stat(o.output); err == nil && !info.Mode().IsRegular() {
		return place{file: o.output, replace: true} // /dev/null takes them all
	}
	template := o.output
	if !strings.Contains(strings.ReplaceAll(template, "%%", ""), "%p") {
		template = beforeSuffix(template, ".%p")
	}
	p := newPlace(expandName(template, program, i.PID))
	p.next = i.Number + 1
	if i.Replaced {
		p.file = p.numbered(i.Number)
	}
	return p
}

// beforeSuffix puts s before the suffixes of a profile's name.
func beforeSuffix(name, s string) string {
	for _, suffix := range []string{".json.gz", ".json.zst", ".json", filepath.Ext(name)} {
		if base, ok := strings.CutSuffix(name, suffix); ok && filepath.Base(base) != "" {
			return base + s + suffix
		}
	}
	return name + s
}

// runError gives an error of the tracker its exit status.
func runError(err error) error {
	var program *tracker.ProgramError
	switch {
	case !errors.As(err, &program):
		return runFailure(err)
	case program.NotFound:
		return &exitError{Status: exitNotFound, Err: err}
	}
	return &exitError{Status: exitNotExecutable, Err: err}
}

// longestName is how many bytes the name of a file may have, less what a number takes
// that is added to it.
const longestName = 255 - len(".1234567")

// expandName fills in an output's name: %n, %p, %h and %%. The program's name is cut
// where the file's would be too long.
func expandName(template, program string, pid int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	for program = filepath.Base(program); ; {
		name := strings.NewReplacer(
			"%%", "%",
			"%n", program,
			"%p", strconv.Itoa(pid),
			"%h", host,
		).Replace(template)
		_, last := utf8.DecodeLastRuneInString(program)
		if len(filepath.Base(name)) <= longestName || len(program) <= last {
			return name
		}
		program = program[:len(program)-last]
	}
}

// checkOutput fails where the profile could not be written later: better said
// before the program runs for an hour than after.
func checkOutput(o *runOptions) error {
	if o.output == "" || o.output == "-" {
		return errRunOutput
	}
	// The process id is not known yet, and no directory may have it as its name.
	if err := wholefile.Check(expandName(o.output, o.args[0], 0)); err != nil {
		return fmt.Errorf("%w; choose another place with --output", err)
	}
	return nil
}

// place is where a profile goes.
type place struct {
	file    string // to be tried first
	replace bool   // whatever is there; otherwise numbers are tried instead:
	name    string // to which they are added
	next    int    // the first
}

func newPlace(name string) place { return place{file: name, name: name, next: 1} }

func (p place) numbered(n int) string { return beforeSuffix(p.name, fmt.Sprintf(".%d", n)) }

// write writes a profile, for its owner alone: it has a command line in it.
func (p place) write(profile *dhat.Profile) (saved string, err error) {
	saved = p.file
	for n := p.next; ; n++ {
		err = dhat.WriteFile(saved, wholefile.Options{Private: true, New: !p.replace}, profile)
		if !errors.Is(err, fs.ErrExist) {
			return saved, err
		}
		saved = p.numbered(n)
	}
}

// save writes the profile to its place or, where that fails (a disk that filled up
// meanwhile), to the directory for temporary files. It returns where the
// profile is, "" if nowhere, and the first error.
func save(at place, p *dhat.Profile) (saved string, err error) {
	if saved, err = at.write(p); err == nil {
		return saved, nil
	}
	if other, otherErr := newPlace(filepath.Join(os.TempDir(), filepath.Base(at.file))).write(p); otherErr == nil {
		return other, err
	}
	return "", err
}

// summarize prints the closing words.
func (s *Streams) summarize(o *runOptions, r *tracker.Result, children []child, saved string) {
	fmt.Fprintln(s.Err)
	s.say("%s %s after %s", filepath.Base(o.program(r)), ending(r), r.Duration.Round(time.Millisecond))
	if r.LastUnseen != "" {
		s.say("the profile is of %s, not of %s, which took its place by exec", r.Profile.Extra.Program, r.Last)
	} else if n := len(r.Replaced); n > 0 && !o.children {
		s.say("the profile is of %s, which replaced %s by exec; what that allocated before is not in it",
			cmp.Or(r.Profile.Extra.Program, r.Last), replaced(r.Replaced))
	}
	switch {
	case r.Loaded:
	case r.Signal != 0:
		s.say("the program ended before the tracker library had anything to tell of it; see whether it ends so without heapprof, too")
	default:
		s.say("the program did not load the tracker library, so nothing could be seen of it")
	}
	s.tellAllocators(r)
	// Standard error is all that can go wrong here, and nobody is left to tell.
	_ = report.Summary(s.Err, r.Profile, report.SummaryOptions{Top: o.top, Width: s.errWidth(), Color: s.ErrTerminal && s.Color})
	s.listChildren(children)
	s.listUnrecorded(r.Unrecorded)
	if h, ok := report.HiddenHeap(r.Profile); ok {
		fmt.Fprintln(s.Err)
		s.say("%s", hiddenHeap(h, r.Profile.Extra, r.Unseen, append(os.Environ(), o.args...)))
	}
	if saved != "" {
		fmt.Fprintln(s.Err)
		s.say("the profile is %s; to look at it: heapprof report %s", saved, shellQuote(saved))
	}
}

// tellAllocators says what was recorded by patching. What could not be is in the profile.
func (s *Streams) tellAllocators(r *tracker.Result) {
	var seen []string
	for _, a := range r.Allocators {
		seen = append(seen, fmt.Sprintf("%s in %s (%s)", a.Family, a.File, counted(a.Functions, "function")))
	}
	if len(seen) > 0 {
		s.say("recorded by patching, too: %s", strings.Join(seen, ", "))
	}
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// replaced names the programs that made way for the last.
func replaced(programs []string) string {
	if n := len(programs); n > 1 {
		return fmt.Sprintf("%s and %d more programs in turn", programs[0], n-1)
	}
	return programs[0]
}

// listedChildren is how many children the summary names.
const listedChildren = 10

// listChildren names the other profiles that were written, the largest first.
func (s *Streams) listChildren(children []child) {
	if len(children) == 0 {
		return
	}
	slices.SortFunc(children, func(a, b child) int {
		return cmp.Or(cmp.Compare(b.totals.PeakBytes, a.totals.PeakBytes), cmp.Compare(a.pid, b.pid))
	})
	fmt.Fprintf(s.Err, "\nother processes and programs, by peak\n")
	for _, c := range children[:min(len(children), listedChildren)] {
		fmt.Fprintf(s.Err, "  %10s  of %s in %s blocks  %s  %s\n",
			report.Bytes(c.totals.PeakBytes), report.Bytes(c.totals.TotalBytes), report.Count(c.totals.TotalBlocks), report.Printable(c.name), report.Printable(c.saved))
	}
	if n := len(children) - listedChildren; n > 0 {
		fmt.Fprintf(s.Err, "              … %d more\n", n)
	}
}

// listedUnrecorded is how many programs that were not recorded the summary names.
const listedUnrecorded = 5

// listUnrecorded names the programs of children that were not recorded, and why.
func (s *Streams) listUnrecorded(programs []tracker.Unrecorded) {
	if len(programs) == 0 {
		return
	}
	fmt.Fprintln(s.Err)
	for _, p := range programs[:min(len(programs), listedUnrecorded)] {
		s.say("%s was not recorded (%s): it %s", p.Program, counted(int(p.Times), "time"), p.Cause)
	}
	if n := len(programs) - listedUnrecorded; n > 0 {
		s.say("so it is of %s more", counted(n, "program"))
	}
}

// ending says how the program ended.
func ending(r *tracker.Result) string {
	if r.Signal != 0 {
		return fmt.Sprintf("was ended by signal %d (%s)", r.Signal, signalName(r.Signal))
	}
	return fmt.Sprintf("exited with status %d", r.ExitCode)
}
