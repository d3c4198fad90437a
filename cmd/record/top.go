package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/screen"
	"heapprof/cmd/underway"
	"heapprof/cmd/wording"
	"heapprof/internal/offstage"
	"heapprof/internal/profile"
	"heapprof/internal/report/terminal"
	"heapprof/internal/tracker"
)

// topOptions is what heapprof top was asked for.
type topOptions struct {
	attachOptions
	period time.Duration
	batch  bool
	format string
	count  int
	sites  int

	mu    sync.Mutex // guards what follows
	files []string   // that were written
}

// NewTop returns the command. It calls run with what the flags ask for; if that is nil, top.
func NewTop(s *console.Streams, run func(*topOptions) error) *cobra.Command {
	if run == nil {
		run = top
	}
	o := &topOptions{attachOptions: attachOptions{streams: s, run: RunOptions{Streams: s, children: false}}}
	c := &cobra.Command{
		Use:   "top [flags] PID",
		Short: "Look at who allocates in a program that runs",
		Long: `top attaches to process PID, as heapprof attach does, shows in the terminal who holds
and who allocates memory from then on, once a second, and leaves the process as it was
when you leave. PID may be the name of a program of which one process runs.

A row is a site, as in heapprof report, which opens to its lines and callers. Tabs sort
by what lives, by what grew and by what is allocated a second; the last one finds what
lives more and more. s sets a mark, d shows what changed since, w writes a profile, p
pauses, ? shows all keys, q detaches.

What the process had allocated before is in no number: what lives here was allocated
while it was looked at.

Without a terminal, or with --batch, it prints a line a period; --format json prints
objects, whose keys are documented, and --count ends it after so many.`,
		Example: `  heapprof top 4711
  heapprof top --period 200ms redis-server
  heapprof top --batch --count 10 $(pgrep -x server)
  heapprof top --format json --count 60 4711 > minute.json`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return console.UsageError(c.Name(), errTopWhat)
			case len(args) > 1:
				return console.UsageError(c.Name(), errTopMany(args))
			}
			return nil
		},
		ValidArgsFunction: completeProcesses,
		RunE: func(c *cobra.Command, args []string) error {
			o.process = args[0]
			if err := o.check(); err != nil {
				return console.UsageError(c.Name(), err)
			}
			var err error
			if o.run.rules, err = opening.ReadRules(nil, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags, r := c.Flags(), &o.run
	flags.SortFlags = false
	screen.AddPeriod(flags, &o.period)
	flags.BoolVar(&o.batch, "batch", false, "print a line a period, also on a terminal")
	flags.StringVar(&o.format, "format", reports.TableFormat, "print as `FORMAT`: "+strings.Join(topFormats(), ", "))
	flags.IntVar(&o.count, "count", 0, "end after `N` lines, 0 for none")
	flags.IntVar(&o.sites, "top", 10, "tell of `N` sites in each object of --format json")
	r.addSample(c)
	flags.BoolVar(&r.children, "children", false, "look at the children too that it forks: > goes to the next")
	r.addDepth(c)
	r.addFunctions(c)
	flags.BoolVar(&r.noLine, "no-command-line", false, "show no arguments of the program")
	flags.StringVarP(&r.Output, "output", "o", "heapprof.%n.%p.json.gz", "let w write to `FILE`, with a number added")
	console.CompleteFlag(c, "format", topFormats())
	return c
}

func topFormats() []string { return []string{reports.TableFormat, liveJSON} }

var errTopWhat = errors.New("a process is needed: heapprof top PID; pgrep NAME prints the numbers of processes")

func errTopMany(args []string) error {
	return fmt.Errorf("%d processes are too many: top looks at one", len(args))
}

// check refuses what contradicts itself.
func (o *topOptions) check() error {
	switch {
	case !slices.Contains(topFormats(), o.format):
		return fmt.Errorf("--format %q is unknown: it is table or json", o.format)
	case o.count < 0:
		return console.ErrNegative("count", o.count, "no end")
	case o.sites < 0:
		return console.ErrNegative("top", o.sites, "none")
	}
	return screen.CheckPeriod(o.period)
}

// onScreen reports whether it is shown on a screen, not in lines.
func (o *topOptions) onScreen() bool {
	return o.streams.OutTerminal && !o.batch && o.format == reports.TableFormat && o.count == 0 && os.Getenv("TERM") != "dumb"
}

// top attaches to a process and shows what it does.
func top(o *topOptions) error {
	asked, err := o.asked()
	if err != nil {
		return console.UsageError("top", err)
	}
	if o.pid, o.name, err = findProcess(o.process); err != nil {
		return console.Failure(err)
	}
	asked.PID, o.run.Args = o.pid, []string{o.name}
	asked.Waiting = func(c profile.Cause) { o.streams.Say("waits: %s", wording.WaitingWords(c)) }
	asked.Finished = func(tracker.Image) {}
	looked := &screen.LiveOptions{
		Streams: o.streams, Rules: o.run.rules, Period: o.period, Count: o.count, Top: o.sites, Quit: "detach, and leave the process as it was", Write: o.write,
	}
	asked.Live = func(live *tracker.Live) {
		defer live.Stop()
		looked.Of = func(pid int) underway.Recording { return live.Of(pid) }
		o.show(screen.NewLooker(looked, live))
	}
	// Who reads no further, as head, wants the process to be left, and so does who wants it to end twice.
	defer holdSignals()()
	result, err := tracker.Attach(asked)
	if err != nil {
		return console.Failure(wording.AttachError(o.pid, o.name, err))
	}
	o.end(result)
	return nil
}

// show shows it until that is left, or there is nothing to be seen any more.
func (o *topOptions) show(l *screen.Looker) {
	if !o.onScreen() {
		if err := l.Lines(o.streams.Out, o.format == liveJSON); err != nil && !isClosedPipe(err) {
			o.streams.Complain(err)
		}
		return
	}
	words := offstage.NewKept(o.streams.Err)
	words.Hold()
	ours := *o.streams
	ours.Err = words
	o.streams = &ours
	t := l.Screen()
	t.Color, t.Unicode = o.streams.Color, screen.ShowsUnicode(os.Getenv)
	err := terminal.Run(context.Background(), *t, o.streams.Out, os.Environ())
	_ = words.Release()
	if err != nil {
		o.streams.Complain(err)
	}
}

// end says how the process was left.
func (o *topOptions) end(r *tracker.Result) {
	if o.onScreen() {
		o.streams.Say("%s", wording.DetachedWords(r.Profile))
		if pauses := wording.PausesWords(r.Profile); pauses != "" {
			o.streams.Say("%s", pauses)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.files) > 0 {
			o.streams.Say("written by w: %s", strings.Join(o.files, ", "))
		}
	}
	if !r.Stays.IsZero() {
		o.streams.Complain(errStays(o.pid, r.Stays))
	}
}

// write writes a profile of what there is until now.
func (o *topOptions) write(p *profile.Profile) (file string, err error) {
	i := tracker.Image{Profile: p, PID: int(p.PID)}
	file, err = writeNumbered(newPlace(ExpandName(o.run.Output, o.run.Naming(o.run.ProgramOf(i), i.PID))), p)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.files = append(o.files, file)
	}
	return file, err
}

// isClosedPipe reports whether something could not be written as nobody reads it any more.
func isClosedPipe(err error) bool {
	return errors.Is(err, io.ErrClosedPipe) || console.IsBrokenPipe(err)
}

// holdSignals keeps signals from ending this process that somebody else in it takes care of. What it returns lets go of them.
func holdSignals() (release func()) {
	held := make(chan os.Signal, 1)
	console.IgnoreSuspend()
	signal.Notify(held, console.EndingSignals()...)
	return func() { signal.Stop(held) }
}
