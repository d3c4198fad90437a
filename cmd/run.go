package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heapprof/internal/dhat"
	"heapprof/internal/report"
	"heapprof/internal/tracker"
)

type runOptions struct {
	streams *Streams
	output  string // a template: see expandName
	depth   int
	quiet   bool
	top     int
	args    []string // the program and its arguments
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

In the output's name %n stands for the program's name, %p for its process id, %h
for the host, %% for a percent sign.`,
		Example: `  heapprof run ./server --port 8080
  heapprof run -o before.json.gz ./bench
  heapprof run -q -o 'profiles/%n.%p.json' make test
  heapprof run --depth 512 ./parser deep.json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return runFailure(errNoProgram)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.args = args
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&o.output, "output", "o", "heapprof.%n.%p.json", "write the profile to `FILE`; a suffix .gz or .zst compresses")
	flags.IntVar(&o.depth, "depth", 128, fmt.Sprintf("record at most `N` frames of a stack, up to %d", tracker.MaxDepth))
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "print no summary")
	flags.IntVar(&o.top, "top", 5, "list `N` sites in the summary")
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
		return runFailure(errNegative("top", o.top))
	}
	if err := checkOutput(expandName(o.output, o.args[0], 0)); err != nil {
		return runFailure(err)
	}
	progress := newProgress(o.streams)
	result, err := tracker.Run(tracker.Options{Args: o.args, Depth: o.depth, Naming: progress.naming})
	progress.clear()
	if err != nil {
		return runError(err)
	}
	file := expandName(o.output, o.args[0], result.PID)
	saved, err := save(file, result.Profile)
	if !o.quiet {
		o.streams.summarize(o, result, saved)
	}
	if err != nil {
		// Even a quiet run must not lose its profile without a word.
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

// expandName fills in an output's name: %n, %p, %h and %%.
func expandName(template, program string, pid int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return strings.NewReplacer(
		"%%", "%",
		"%n", filepath.Base(program),
		"%p", strconv.Itoa(pid),
		"%h", host,
	).Replace(template)
}

// checkOutput fails where the profile could not be written later: better said
// before the program runs for an hour than after.
func checkOutput(name string) error {
	target := name
	if resolved, err := filepath.EvalSymlinks(name); err == nil {
		target = resolved
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return errWrite(name, errors.New("it is a directory"))
	case err == nil && !info.Mode().IsRegular():
		return nil
	}
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errWrite(name, err)
	}
	f, err := createTemp(dir)
	if err != nil {
		return errWrite(name, err)
	}
	f.Close()
	os.Remove(f.Name())
	return nil
}

// save writes the profile to file or, where that fails (a disk that filled up
// meanwhile), to the directory for temporary files. It returns where the
// profile is, "" if nowhere, and the first error.
func save(file string, p *dhat.Profile) (saved string, err error) {
	if err = dhat.WriteFile(file, p); err == nil {
		return file, nil
	}
	other := filepath.Join(os.TempDir(), filepath.Base(file))
	if dhat.WriteFile(other, p) == nil {
		return other, err
	}
	return "", err
}

// summarize prints the closing words.
func (s *Streams) summarize(o *runOptions, r *tracker.Result, saved string) {
	fmt.Fprintf(s.Err, "\nheapprof: %s %s after %s\n", filepath.Base(o.args[0]), ending(r), r.Duration.Round(time.Millisecond))
	if n := len(r.Replaced); n > 0 {
		fmt.Fprintf(s.Err, "heapprof: the profile is of %s, which replaced %s by exec; what that allocated before is not in it\n",
			r.Profile.Extra.Program, replaced(r.Replaced))
	}
	if !r.Loaded {
		fmt.Fprintln(s.Err, "heapprof: the program did not load the tracker library, so nothing could be seen of it")
	}
	// Standard error is all that can go wrong here, and nobody is left to tell.
	_ = report.Summary(s.Err, r.Profile, report.SummaryOptions{Top: o.top, Width: s.errWidth(), Color: s.ErrTerminal && s.Color})
	if saved != "" {
		fmt.Fprintf(s.Err, "\nheapprof: the profile is %s; to look at it: heapprof report %s\n", saved, shellQuote(saved))
	}
}

// replaced names the programs that made way for the last.
func replaced(programs []string) string {
	if n := len(programs); n > 1 {
		return fmt.Sprintf("%s and %d more programs in turn", programs[0], n-1)
	}
	return programs[0]
}

// ending says how the program ended.
func ending(r *tracker.Result) string {
	if r.Signal != 0 {
		return fmt.Sprintf("was ended by signal %d (%s)", r.Signal, signalName(r.Signal))
	}
	return fmt.Sprintf("exited with status %d", r.ExitCode)
}
