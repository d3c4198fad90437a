package record

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// attachOptions is what heapprof attach was asked for.
type attachOptions struct {
	streams  *console.Streams
	process  string // its number, or the name of a program
	duration string // a duration; "": until somebody ends it
	run      RunOptions

	pid  int
	name string // of the program, as far as it is known
}

// NewAttach returns the command attach.
func NewAttach(s *console.Streams) *cobra.Command {
	o := &attachOptions{streams: s, run: RunOptions{Streams: s}}
	c := &cobra.Command{
		Use:   "attach [flags] PID",
		Short: "Record a program that runs already, for a while",
		Long: `attach records every allocation of process PID from now on, with its call stack,
and leaves the process as it was: nothing of heapprof stays in it, and it runs on. The
profile is a file as heapprof run writes it. PID may be the name of a program of which
one process runs.

It says "recording" when it does: from then on every call counts, of every thread. It ends
after --duration, or when it is told to (Ctrl-C), or when the process ends or becomes
another program. While code of the process is changed, its threads stand still, for some
milliseconds each time: how often and how long is said at the end.

What the process had allocated before is in no number. Where it is freed or resized,
that is counted; a block that is resized counts from then on, by the stack that
resized it. So the peak is that of what came since, and what lives at the end need not be
a leak. With --sample it cannot be told which frees are of blocks from before.

Of CPython 3.9 to 3.14 stacks have the functions of Python's, too, by file and line.
Objects of up to 512 bytes are in memory of Python's own, unless it was started with
PYTHONMALLOC=malloc in its environment: only then they are in the numbers.

With --children the children are recorded too that the process forks meanwhile, until it
is left; what they become by exec is not.

--push sends profiles to Pyroscope or Parca meanwhile, each minute: docs/LIVE.md.

It takes the right to trace the process: that of its user where the system lets one trace
what is no child of one's own (sysctl kernel.yama.ptrace_scope=0), or root's. It works
with programs for x86-64, static ones too if their allocator's names are known.

Should heapprof be killed, another process of it, which waits for that, leaves the
program as it was.`,
		Example: `  heapprof attach 4711
  heapprof attach --duration 60s -o now.json.gz $(pgrep -x server)
  heapprof attach --sample=64KiB --duration 10m redis-server
  heapprof attach --sample --push parca+grpc://localhost:7070 4711
  heapprof diff before.json.gz now.json.gz`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return console.UsageError(c.Name(), errAttachWhat)
			case len(args) > 1:
				return console.UsageError(c.Name(), errAttachMany(args))
			}
			return nil
		},
		ValidArgsFunction: completeProcesses,
		RunE: func(c *cobra.Command, args []string) error {
			o.process, o.run.Named = args[0], c.Flags().Changed("output")
			return attach(c, o)
		},
	}
	o.addTo(c)
	return c
}

// addTo adds the flags to the command.
func (o *attachOptions) addTo(c *cobra.Command) {
	flags, r := c.Flags(), &o.run
	flags.StringVarP(&r.Output, "output", "o", defaultOutput, "write the profile to `FILE`, compressed where it ends in .gz or .zst")
	flags.StringVar(&o.duration, "duration", "", "end after this `TIME`, such as 60s")
	console.CompleteFlag(c, "duration", []string{"10s", "60s", "10m"})
	r.addSample(c)
	flags.BoolVar(&r.children, "children", false, "record the children too that it forks, each in a profile of its own")
	r.addDepth(c)
	r.addFunctions(c)
	flags.BoolVar(&r.python, "python", true, "show Python's functions in stacks")
	r.dumps.addTo(c)
	r.push.addTo(c)
	r.debuginfod.Add(c)
	flags.BoolVar(&r.noLine, "no-command-line", false, "keep the program's arguments out of the profile")
	flags.BoolVarP(&r.quiet, "quiet", "q", false, "say nothing while it records, and print no summary")
	flags.IntVar(&r.top, "top", 5, "list `N` sites in the summary, 0 for none")
}

// errAttachWhat is the error for no process.
var errAttachWhat = errors.New("a process is needed: heapprof attach PID; pgrep NAME prints the numbers of processes")

// errAttachMany is the error for more than one process.
func errAttachMany(args []string) error {
	return fmt.Errorf("%d processes are too many: attach records one; run a heapprof attach for each", len(args))
}

// asked returns how the process is to be recorded, or an error where options are out of range.
func (o *attachOptions) asked() (a tracker.AttachOptions, err error) {
	run, err := o.run.Asked()
	if err != nil {
		return a, err
	}
	a = tracker.AttachOptions{
		PID: o.pid, Children: o.run.children,
		Depth: run.Depth, MaxNodes: run.MaxNodes, Sample: run.Sample, NoCommandLine: run.NoCommandLine, NoPython: run.NoPython,
		Functions: run.Functions, Missing: run.Missing, Dumps: run.Dumps,
	}
	if o.duration != "" {
		if a.Duration, err = time.ParseDuration(o.duration); err != nil || a.Duration <= 0 {
			return a, fmt.Errorf("--duration %q is no time above 0: write 60s, 5m or 1h30m", o.duration)
		}
	}
	return a, nil
}

// attach records a process, writes its profile, and returns the error with the exit status.
func attach(c *cobra.Command, o *attachOptions) error {
	asked, err := o.asked()
	if err != nil {
		return console.UsageError(c.Name(), err)
	}
	if o.pid, o.name, err = findProcess(o.process); err != nil {
		return console.Failure(err)
	}
	asked.PID, o.run.Args = o.pid, []string{o.name}
	if err := CheckOutput(&o.run); err != nil {
		return console.Failure(err)
	}
	if !o.run.quiet {
		if o.run.rules, err = opening.ReadRules(nil, nil); err != nil {
			return console.Failure(err)
		}
	}
	if err := o.run.push.ask(o.streams, o.run.rules, &asked.Live); err != nil {
		return console.UsageError(c.Name(), err)
	}
	var children []child
	asked.Finished = func(i tracker.Image) {
		children = append(children, o.run.saveChild(i))
		o.run.push.add(i.Profile)
	}
	console.IgnoreSuspend()
	// Whoever wants it to end twice wants the profile, too.
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(ignored)
	result, err := o.record(asked)
	if err != nil {
		return console.Failure(err)
	}
	o.run.debuginfod.NameByServers(o.streams, result.Profile)
	at := o.run.MainPlace(o.run.ProgramOf(result.Image), result.Image, children)
	saved, err := o.run.Save(at, result.Profile)
	o.run.dumps.end()
	if !o.run.quiet {
		o.summarize(result, children, saved)
	}
	for _, c := range children {
		if c.err != nil {
			o.streams.Complain(ErrSaved(c.err, c.saved))
		}
	}
	if !result.Stays.IsZero() {
		o.streams.Complain(errStays(o.pid, result.Stays))
	}
	if err != nil {
		o.streams.Complain(ErrSaved(err, saved))
	}
	o.run.push.end(result.Profile, o.run.quiet)
	if saved == "" {
		return &console.ExitError{Status: console.ExitFailure}
	}
	return nil
}

// errStays is the complaint that something is left in a process.
func errStays(pid int, why profile.Cause) error {
	return fmt.Errorf("the tracker's memory stays in process %d, or in a child of it, where it does nothing: %s; the next heapprof attach removes it", pid, wording.AttachCause(why))
}

// record records the process as it was asked for, and says when it does. Errors are in words.
func (o *attachOptions) record(asked tracker.AttachOptions) (*tracker.Result, error) {
	progress := console.NewProgress(o.streams)
	asked.Naming = progress.Naming
	if !o.run.quiet {
		asked.Waiting = func(c profile.Cause) { o.streams.Say("waits: %s", wording.WaitingWords(c)) }
		asked.Began = func() {
			o.streams.Say("recording %d (%s); Ctrl-C detaches", o.pid, names.Printable(filepath.Base(o.name)))
		}
	}
	result, err := tracker.Attach(asked)
	progress.Clear()
	return result, wording.AttachError(o.pid, o.name, err)
}

// summarize prints what is said at the end.
func (o *attachOptions) summarize(r *tracker.Result, children []child, saved string) {
	s := o.streams
	fmt.Fprintln(s.Err)
	s.Say("%s", wording.DetachedWords(r.Profile))
	if pauses := wording.PausesWords(r.Profile); pauses != "" {
		s.Say("%s", pauses)
	}
	tellAllocators(s, "recorded were", r)
	o.run.dumps.tell(s)
	// Standard error is all that can go wrong here, and nobody is left to tell.
	source := view.NewSourceByRules(r.Profile, o.run.rules)
	_ = reports.Summary(s.Err, source, o.run.top, s.ErrWidth(), s.ErrTerminal && s.Color)
	listChildren(s, children, r.Others)
	found := reports.NewExplainer(source, &opening.SourceFlags{}).First(reports.MostFindings)
	_ = text.Items(s.Err, text.Options{Width: s.ErrWidth(), Color: s.ErrTerminal && s.Color, Items: found, Title: "findings"})
	tellSaved(s, r.Profile, saved, len(found) > 0)
}

// findProcess returns the process that an argument means: by its number, or by the name of its program where it is the only one.
func findProcess(process string) (pid int, name string, err error) {
	if pid, err := strconv.Atoi(process); err == nil {
		if pid <= 0 {
			return 0, "", fmt.Errorf("%q is no process: give its number, as pgrep prints it", process)
		}
		return pid, tracker.ProgramOf(pid), nil
	}
	all := tracker.ProcessesOf(process)
	switch len(all) {
	case 0:
		if _, err := os.Stat(process); err == nil && console.IsProfile(process) {
			return 0, "", fmt.Errorf("%s is a profile, and no process: heapprof report shows it", process)
		}
		return 0, "", fmt.Errorf("no process is called %q: give its number, as pgrep prints it", process)
	case 1:
		return all[0].PID, cmp.Or(tracker.ProgramOf(all[0].PID), all[0].Name), nil
	}
	const most = 8
	var some []string
	for _, p := range all[:min(len(all), most)] {
		some = append(some, strconv.Itoa(p.PID))
	}
	if n := len(all) - most; n > 0 {
		some = append(some, fmt.Sprintf("%d more", n))
	}
	return 0, "", fmt.Errorf("%s are called %q: choose one of %s", human.Counted(uint64(len(all)), "process"), process, strings.Join(some, ", "))
}

// completeProcesses completes the number of a process, with its program's name beside it.
func completeProcesses(_ *cobra.Command, args []string, begun string) (all []string, d cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, p := range tracker.ProcessesOf("") {
		if pid := strconv.Itoa(p.PID); strings.HasPrefix(pid, begun) {
			all = append(all, pid+"\t"+names.Printable(p.Name))
		} else if begun != "" && strings.HasPrefix(p.Name, begun) && !slices.Contains(all, p.Name) {
			all = append(all, p.Name)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
