// Command bench measures what recording costs, against what it costs with the
// tools that people have now: each program natively, under heapprof, under
// heaptrack and, on a short input, under valgrind's DHAT, in turn, several times
// over, and prints one table of the medians.
//
//	go run ./internal/bench                   everything, some quarter of an hour
//	go run ./internal/bench -run 'perl|g\+\+' some programs
//	go run ./internal/bench -before OLD       against another build of heapprof, too
//	go run ./internal/bench -pages            how long it takes to look at a large profile
//	go run ./internal/bench -short -n 1       does it work at all?
//
// Times are wall times from a command's start to its end. So heapprof's has the
// finished, symbolized profile in it, and heaptrack's the data file of its
// interpreter. Nothing is compiled while times are taken.
//
// With -pages it measures what it takes to look at profiles: how long pages and flame graphs take to be written, to open
// and to be zoomed in a browser.
//
// Of ours it imports format, to read heapprof's profiles; human, for numbers; procfs; and
// testkit/fixture, which builds the programs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/testkit/fixture"
)

type options struct {
	runs     int
	programs *regexp.Regexp
	peers    []string
	short    bool
	cpu      bool
	before   string // another build of heapprof, to be compared with; "": none
	frees    bool   // heapprof run --frees is measured, too
	retained bool   // heapprof run --retained, too
	sample   string // bytes to a sample, for heapprof run --sample; "": sampling is not measured
	// processors is how many everything is kept on; 0: all that there are.
	processors int
	markdown   bool
	pages      bool   // pages and flame graphs of profiles are measured in a browser, instead
	profile    string // of this file; "": of the programs
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// parse returns the options on the command line.
func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.runs, "n", 5, "run each program `N` times under each tool; the table has the medians")
	programs := flags.String("run", "", "measure only programs whose name matches `REGEXP`")
	peers := flags.String("peers", "heaptrack,dhat", "compare with the tools of this comma-separated `LIST`; none: only with the program itself")
	flags.BoolVar(&o.short, "short", false, "use the short inputs everywhere: quick, but too short for good figures")
	flags.BoolVar(&o.cpu, "cpu", false, "compare processor time, of a tool and the program together, not wall time: steadier on a busy machine")
	flags.StringVar(&o.before, "before", "", "measure the heapprof at `FILE`, too, such as one built before a change")
	flags.StringVar(&o.sample, "sample", "512KiB", "measure heapprof run --sample=`BYTES`, too; none: not")
	flags.BoolVar(&o.frees, "frees", false, "measure heapprof run --frees, too")
	flags.BoolVar(&o.retained, "retained", false, "measure heapprof run --retained, too")
	flags.IntVar(&o.processors, "processors", 0, "keep everything on `N` processors: programs, tools and servers' clients; 0: all that there are")
	flags.BoolVar(&o.pages, "pages", false, "measure heapprof html and the flame SVG, instead: writing, opening and zooming in Chromium, of what -run chooses; without it of the compiler")
	flags.StringVar(&o.profile, "profile", "", "measure the pages of the profile `FILE`, instead")
	flags.BoolVar(&o.markdown, "markdown", false, "print Markdown, as docs/BENCHMARKS.md has it")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if o.sample == "none" {
		o.sample = ""
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%q is one argument too many; programs are chosen with -run REGEXP", flags.Arg(0))
	}
	if o.runs < 1 {
		return nil, fmt.Errorf("-n %d: there must be one run at least", o.runs)
	}
	o.pages = o.pages || o.profile != ""
	if o.pages && *programs == "" {
		*programs = "heavy on templates"
	}
	var err error
	if o.programs, err = regexp.Compile(*programs); err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	if *peers == "none" || *peers == "" {
		return o, nil
	}
	o.peers = strings.Split(*peers, ",")
	for _, p := range o.peers {
		if p != "heaptrack" && p != "dhat" {
			return nil, fmt.Errorf("-peers: no tool %q; there are heaptrack and dhat", p)
		}
	}
	return o, nil
}

// run measures the programs and prints the table, unless ctx ends before. If only some
// programs could not be measured, the error names them, and the table has the others.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if err := canMeasure(); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(programs(), func(p program) bool { return !o.programs.MatchString(p.name) })
	if len(chosen) == 0 {
		return fmt.Errorf("-run %s: no program has such a name; there are %s", o.programs, names(programs()))
	}
	root, err := fixture.Root()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "heapprof-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	tools, notes, err := findTools(o, root, work)
	if err != nil {
		return err
	}

	if o.processors > 0 {
		if err := confine(o.processors); err != nil {
			return fmt.Errorf("-processors %d: %w", o.processors, err)
		}
	}

	t := table{
		Machine: machine(), Runs: o.runs, Processors: o.processors, Short: o.short, CPU: o.cpu,
		Before: tools.before != nil, Frees: tools.frees != nil, Retained: tools.retained != nil, Heaptrack: tools.heaptrack != nil, DHAT: tools.dhat != nil, Notes: notes,
	}
	if tools.sampled != nil {
		t.Sample = o.sample
	}
	var failed []string
	b := bench{ctx: ctx, options: o, tools: tools, work: work, progress: stderr}
	if o.pages {
		if err := b.pages(&t, root, chosen); err != nil {
			return err
		}
	} else {
		failed = b.recordings(&t, chosen)
	}
	t.Machine.note()
	render := t.Render
	if o.markdown {
		render = t.Markdown
	}
	if err := render(stdout); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(failed, ", "))
	}
	return nil
}

// recordings adds a row to the table for each program, unless the context ends before, and returns the names
// of those that could not be measured.
func (b *bench) recordings(t *table, chosen []program) (failed []string) {
	for _, p := range chosen {
		b.notes = nil
		row, err := b.measure(p)
		var missing *missingError
		switch {
		case b.ctx.Err() != nil:
			t.Notes = append(t.Notes, "interrupted")
		case errors.As(err, &missing):
			t.Notes = append(t.Notes, fmt.Sprintf("%s is left out: %v", p.name, err))
		case err != nil:
			fmt.Fprintf(b.progress, "bench: %s: %v\n", p.name, err)
			failed = append(failed, p.name)
		default:
			t.Rows = append(t.Rows, row)
			t.Notes = append(t.Notes, b.notes...)
		}
		if b.ctx.Err() != nil {
			break
		}
	}
	return failed
}

func names(programs []program) string {
	var all []string
	for _, p := range programs {
		all = append(all, p.name)
	}
	return strings.Join(all, "; ")
}
