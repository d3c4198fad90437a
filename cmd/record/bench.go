package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/percall"
	"heapprof/internal/tracker"
)

// benchOptions is what heapprof bench was asked for.
type benchOptions struct {
	run      *RunOptions
	per      []string // functions
	format   string
	output   string // "" for standard output
	baseline string // a file that --format json has made; "" for none
	top      int
	rules    frames.Rules
}

const benchJSON = "json"

// NewBench returns the command bench.
func NewBench(s *console.Streams) *cobra.Command {
	o := &benchOptions{run: &RunOptions{Streams: s}}
	var plumbing []string
	c := &cobra.Command{
		Use:   "bench --per FUNCTION [flags] [--] PROG [ARG…]",
		Short: "Blocks and bytes for each call of a function",
		Long: `Record PROG and count the calls of FUNCTION, and divide what was allocated below it by
them: for benchmarks that choose themselves how often they run something (criterion,
google-benchmark), and for loops, whose profiles no diff can compare. The numbers are exact:
every call and every block is recorded.

FUNCTION is named as for heapprof run --events: a symbol, or what nm -C shows of it, with
arguments or without; of PROG's own functions the end will do. All functions of that name
are one, such as the instances of a generic one. What a function allocates that calls itself
belongs to the outermost call, and the calls within it do not count.

A function must have code of its own to be counted: where it is inlined everywhere, keep the
compiler from that (#[inline(never)], __attribute__((noinline))), or count the function that
calls it. What it does by a jump at its end, as optimizers make of a last call, is not below
it (-fno-optimize-sibling-calls).

All processes that call FUNCTION are recorded, as cargo bench starts one. What they print
goes where it always does, the table to standard output, or where --output says. The status
is PROG's.

With --format json the numbers are a file that --baseline takes another time, and shows what
has changed per call.`,
		Example: `  heapprof bench --per parse_line ./bench_parser
  heapprof bench --per parse_line --per Index::insert cargo bench
  heapprof bench --per parse_line --format json -o before.json ./bench_parser
  heapprof bench --per parse_line --baseline before.json ./bench_parser`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return RunFailure(console.WithHelp(c.Name(), errNoBenched))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.run.Args = args
			if err := o.check(); err != nil {
				return RunFailure(err)
			}
			var err error
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return RunFailure(err)
			}
			return bench(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.SortFlags = false
	flags.StringArrayVar(&o.per, "per", nil, "divide by the calls of `FUNCTION`; may be repeated")
	flags.StringVar(&o.format, "format", reports.TableFormat, "`FORMAT` of the numbers: table or json")
	console.CompleteFlag(c, "format", []string{reports.TableFormat, benchJSON})
	flags.StringVarP(&o.output, "output", "o", "", "write the numbers to `FILE`, not to standard output")
	flags.StringVar(&o.baseline, "baseline", "", "show what has changed since `FILE`, which --format json has made")
	flags.IntVar(&o.top, "top", 5, "list `N` sites of each function, 0 for none")
	flags.IntVar(&o.run.depth, "depth", tracker.MaxDepth, fmt.Sprintf("record at most `N` frames of a stack, up to %d", tracker.MaxDepth))
	flags.IntVar(&o.run.maxNodes, "max-nodes", tracker.DefaultNodes, fmt.Sprintf("keep at most `N` nodes of a process's call tree, up to %d", tracker.MaxNodes))
	opening.AddPlumbing(flags, &plumbing)
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &console.ExitError{Status: console.ExitRunFailure, Err: console.WithHelp(c.Name(), console.WithNearestFlag(c, err))}
	})
	return c
}

var (
	errNoBenched = errors.New("no program was named: give it, and its arguments, after the flags")
	errNoPer     = errors.New("no function is named whose calls are to be counted: --per FUNCTION")
)

// check returns an error where the flags are malformed.
func (o *benchOptions) check() error {
	switch {
	case len(o.per) == 0:
		return console.WithHelp("bench", errNoPer)
	case o.format != reports.TableFormat && o.format != benchJSON:
		return fmt.Errorf("--format %q is none: use table or json", o.format)
	case o.top < 0:
		return console.ErrNegative("top", o.top, "none")
	}
	for i, name := range o.per {
		if strings.HasSuffix(name, ")") && strings.Contains(name, "(weight=") {
			return fmt.Errorf("--per %s: calls are counted here, without weights", name)
		}
		for _, other := range o.per[:i] {
			if other == name {
				return fmt.Errorf("--per %s is there twice: leave one out", name)
			}
		}
	}
	o.run.children = true
	o.run.events = runEvents{functions: o.per, flag: "--per"}
	return nil
}

// benched is what is known of a function.
type benched struct {
	name string
	percall.Result
}

// bench records the program, and writes what there was for each call.
func bench(o *benchOptions) error {
	asked, err := o.run.Asked()
	if err != nil {
		return RunFailure(err)
	}
	var before *json.PerCall
	if o.baseline != "" {
		if before, err = readBench(o.baseline); err != nil {
			return RunFailure(err)
		}
	}
	asked.OnlyCalled = true
	var uncounted []tracker.Unhooked // in the first process, which may only start the one that is meant
	asked.Uncounted = func(all []tracker.Unhooked) { uncounted = all }
	var images []tracker.Image
	asked.Finished = func(i tracker.Image) { images = append(images, i) }
	result, err := o.run.Record(asked)
	if err != nil {
		return err
	}
	all, err := o.divide(append(images, result.Image))
	if err != nil {
		return console.Failure(err)
	}
	s := o.run.Streams
	hidden := make([]bool, len(all)) // functions that could not be counted
	said := make(map[string]bool)    // a line each, of functions of the same name
	for _, u := range append(uncounted, result.NotCounted...) {
		if never := all[u.Entry].Calls == 0; never && u.File == "" || !u.Cause.IsZero() {
			hidden[u.Entry] = true
			if words := unhookedWords("--per", "counted", u); !said[words] {
				said[words] = true
				s.Say("%s", words)
			}
		}
	}
	write := func(w io.Writer) error { return writeBenchTable(w, o, all, before) }
	if o.format == benchJSON {
		write = func(w io.Writer) error { return benchFile(o, all, result.Profile).Write(w) }
	}
	if err := console.WriteOutput(s, o.output, write); err != nil {
		return err
	}
	if status := EndStatus(result); status != console.ExitOK {
		s.Say("%s %s", o.run.Program(result), EndingWords(result))
		return &console.ExitError{Status: status}
	}
	for i := range all {
		switch {
		case all[i].Calls > 0:
		case hidden[i]:
			return console.Failure(fmt.Errorf("no calls of %s were counted, so there is nothing to divide by", all[i].name))
		default:
			return console.Failure(fmt.Errorf("%s was not called, so there is nothing to divide by", all[i].name))
		}
	}
	return nil
}

// divide adds up what the processes have allocated below each function, and its calls.
func (o *benchOptions) divide(images []tracker.Image) ([]benched, error) {
	all, forked := make([]benched, len(o.per)), uint64(0)
	for i := range all {
		all[i].name = o.per[i]
	}
	for _, image := range images {
		if len(image.Called) == 0 {
			continue
		}
		heap := opening.NewSource(image.Profile, "the profile", o.rules)
		for i, c := range image.Called {
			switch {
			case c.Calls == 0:
				continue
			case image.Forked:
				forked += c.Calls // its profile begins with blocks of its parent's
				continue
			}
			r, err := percall.New(heap, image.Events, functionsOf(c.Frames))
			if err != nil {
				return nil, err
			}
			all[i].Add(r)
		}
	}
	if forked > 0 {
		o.run.Streams.Say("%s in forked processes are left out: what a child allocates is not told from what it has from its parent", human.Counted(forked, "call"))
	}
	return all, nil
}

// benchFile returns what there was for each call of the functions, for programs.
func benchFile(o *benchOptions, all []benched, p *profile.Profile) *json.PerCall {
	file := &json.PerCall{Command: p.Command}
	for i := range all {
		file.Add(all[i].name, &all[i].Result, o.top)
	}
	return file
}

// readBench reads a baseline.
func readBench(name string) (*json.PerCall, error) {
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist: heapprof bench --format json -o %s writes it", name, wording.ShellQuote(name))
	case err != nil:
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	p, err := json.ReadPerCall(text)
	if err != nil {
		return nil, fmt.Errorf("%s has no numbers of heapprof bench: bench --format json -o FILE writes them", name)
	}
	return p, nil
}

// functionsOf returns the functions of frames.
func functionsOf(frames []profile.Frame) (all []percall.Function) {
	for i := range frames {
		all = append(all, percall.FunctionOf(&frames[i]))
	}
	return all
}
