// Command bench measures what recording costs, against what it costs with the
// tools that people have now: each program natively, under heapprof, under
// heaptrack and, on a short input, under valgrind's DHAT, in turn, several times
// over, and prints one table of the medians.
//
//	go run ./internal/bench                   everything, some twenty minutes
//	go run ./internal/bench -run 'perl|g\+\+' some programs
//	go run ./internal/bench -short -n 1       does it work at all?
//
// Times are wall times from a command's start to its end. So heapprof's has the
// finished, symbolized profile in it, and heaptrack's the data file of its
// interpreter. Nothing is compiled while times are taken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"heapprof/internal/testkit/fixture"
)

type options struct {
	runs     int
	programs *regexp.Regexp
	peers    []string
	short    bool
	cpu      bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.runs, "n", 5, "run each program `N` times under each tool; the table has the medians")
	programs := flags.String("run", "", "measure only programs whose name matches `REGEXP`")
	peers := flags.String("peers", "heaptrack,dhat", "compare with the tools of this comma-separated `LIST`; none: only with the program itself")
	flags.BoolVar(&o.short, "short", false, "use the short inputs everywhere: quick, but too short for good figures")
	flags.BoolVar(&o.cpu, "cpu", false, "compare processor time, of a tool and the program together, not wall time: steadier on a busy machine")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%q is one argument too many; programs are chosen with -run REGEXP", flags.Arg(0))
	}
	if o.runs < 1 {
		return nil, fmt.Errorf("-n %d: there must be one run at least", o.runs)
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

// run measures and prints the table, until ctx is done. The error, if only some
// programs could not be measured, names them, and the table has the others.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
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

	t := table{Machine: machine(), Runs: o.runs, Short: o.short, CPU: o.cpu, Heaptrack: tools.heaptrack != nil, DHAT: tools.dhat != nil, Notes: notes}
	var failed []string
	for _, p := range programs() {
		if !o.programs.MatchString(p.name) {
			continue
		}
		b := bench{ctx: ctx, options: o, tools: tools, work: work, progress: stderr}
		row, err := b.measure(p)
		var missing *missingError
		switch {
		case ctx.Err() != nil:
			t.Notes = append(t.Notes, "interrupted")
		case errors.As(err, &missing):
			t.Notes = append(t.Notes, fmt.Sprintf("%s is left out: %v", p.name, err))
		case err != nil:
			fmt.Fprintf(stderr, "bench: %s: %v\n", p.name, err)
			failed = append(failed, p.name)
		default:
			t.Rows = append(t.Rows, row)
			t.Notes = append(t.Notes, b.notes...)
		}
		if ctx.Err() != nil {
			break
		}
	}
	t.Machine.note()
	if err := t.Render(stdout); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(failed, ", "))
	}
	return nil
}

// bench measures one program.
type bench struct {
	ctx      context.Context
	options  *options
	tools    *tools
	work     string
	progress io.Writer
	notes    []string // what the table cannot say
}

// measure runs p often enough under everything. The error is a *missingError if
// p cannot be had on this machine.
func (b *bench) measure(p program) (row, error) {
	full, err := p.command(b.work, b.options.short)
	if err != nil {
		return row{}, err
	}
	short, err := p.command(b.work, true)
	if err != nil {
		return row{}, err
	}
	r := row{Name: p.name}

	// Memory is looked at in runs of its own, since looking takes time. They also
	// fetch files into the page cache, for all tools alike.
	if r.ProgramPeak, _, err = b.peaks(b.tools.native, full); err != nil {
		return row{}, err
	}
	if r.RecorderPeak, r.ProfiledPeak, err = b.peaks(b.tools.heapprof, full); err != nil {
		return row{}, err
	}

	heaptrack, dhat := b.tools.heaptrack, b.tools.dhat
	for i := range b.options.runs {
		native, err := b.once(b.tools.native, full)
		if err != nil {
			return row{}, err
		}
		r.Native = append(r.Native, b.time(native))
		ours, err := b.once(b.tools.heapprof, full)
		if err != nil {
			return row{}, err
		}
		r.Heapprof = append(r.Heapprof, b.time(ours))
		r.RecorderCPU = append(r.RecorderCPU, ours.own)
		if ours.tailKnown {
			r.Tail = append(r.Tail, ours.tail)
		}
		if heaptrack != nil {
			if m, err := b.once(heaptrack, full); err != nil {
				b.notes = append(b.notes, fmt.Sprintf("%s: %v", p.name, err))
				heaptrack = nil
			} else {
				r.Heaptrack = append(r.Heaptrack, b.time(m))
			}
		}
		if dhat != nil {
			if err := b.shortRuns(&r, dhat, short); err != nil {
				b.notes = append(b.notes, fmt.Sprintf("%s: %v", p.name, err))
				dhat = nil
			}
		}
		fmt.Fprintf(b.progress, "%s: run %d of %d: native %s, heapprof %s%s%s\n", p.name, i+1, b.options.runs,
			inSeconds(b.time(native)), inSeconds(b.time(ours)), lastOf(", heaptrack ", r.Heaptrack), lastOf(", dhat on a short input ", r.DHAT))
	}
	return r, nil
}

// shortRuns runs a short input natively, under heapprof and under dhat.
func (b *bench) shortRuns(r *row, dhat *tool, c command) error {
	for _, run := range []struct {
		tool  *tool
		times *sample
	}{{b.tools.native, &r.ShortNative}, {b.tools.heapprof, &r.ShortHeapprof}, {dhat, &r.DHAT}} {
		m, err := b.once(run.tool, c)
		if err != nil {
			return err
		}
		*run.times = append(*run.times, b.time(m))
	}
	return nil
}

func lastOf(label string, s sample) string {
	if len(s) == 0 {
		return ""
	}
	return label + inSeconds(s[len(s)-1])
}

// command makes a program's command under a tool ready, and returns with it the
// function that removes what it will have written.
func (b *bench) command(t *tool, c command) (*exec.Cmd, func(), error) {
	dir, err := os.MkdirTemp(b.work, "out-")
	if err != nil {
		return nil, nil, err
	}
	cleanUp := func() { os.RemoveAll(dir) }
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		cleanUp()
		return nil, nil, err
	}
	argv := c.argv
	if t.wrap != nil {
		argv = slices.Concat(t.wrap(filepath.Join(dir, "profile")), argv)
	}
	cmd := exec.CommandContext(b.ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Dir = dir
	cmd.Stderr = stderr // a file: through a pipe this process would take part
	return cmd, func() { stderr.Close(); cleanUp() }, nil
}

// once times one run.
func (b *bench) once(t *tool, c command) (measurement, error) {
	cmd, cleanUp, err := b.command(t, c)
	if err != nil {
		return measurement{}, err
	}
	defer cleanUp()
	m, err := measure(cmd, t.recorder)
	return m, explain(t, cmd, err)
}

// time is what the table compares.
func (b *bench) time(m measurement) time.Duration {
	if b.options.cpu {
		return m.all
	}
	return m.wall
}

// peaks returns the peak memory of a command's process and, for a recorder, of
// the program that it started, in bytes.
func (b *bench) peaks(t *tool, c command) (own, child uint64, err error) {
	cmd, cleanUp, err := b.command(t, c)
	if err != nil {
		return 0, 0, err
	}
	defer cleanUp()
	own, child, err = peaks(cmd, t.recorder)
	return own, child, explain(t, cmd, err)
}

// explain adds to an error of cmd what cmd itself said.
func explain(t *tool, cmd *exec.Cmd, err error) error {
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(cmd.Stderr.(*os.File).Name())
	text := strings.Join(strings.Fields(string(said)), " ")
	return fmt.Errorf("%s: %w: %.120s", t.name, err, text)
}
