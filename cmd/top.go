package cmd

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

// newTop returns the command. It calls run with what the flags ask for; if that is nil, top.
func newTop(s *Streams, run func(*topOptions) error) *cobra.Command {
	if run == nil {
		run = top
	}
	o := &topOptions{attachOptions: attachOptions{streams: s, run: runOptions{streams: s, children: false}}}
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
				return usageError(c.Name(), errTopWhat)
			case len(args) > 1:
				return usageError(c.Name(), errTopMany(args))
			}
			return nil
		},
		ValidArgsFunction: completeProcesses,
		RunE: func(c *cobra.Command, args []string) error {
			o.process = args[0]
			if err := o.check(); err != nil {
				return usageError(c.Name(), err)
			}
			var err error
			if o.run.rules, err = readRules(nil, nil); err != nil {
				return ruleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags, r := c.Flags(), &o.run
	flags.SortFlags = false
	addPeriod(flags, &o.period)
	flags.BoolVar(&o.batch, "batch", false, "print a line a period, also on a terminal")
	flags.StringVar(&o.format, "format", tableFormat, "print as `FORMAT`: "+strings.Join(topFormats(), ", "))
	flags.IntVar(&o.count, "count", 0, "end after `N` lines, 0 for none")
	flags.IntVar(&o.sites, "top", 10, "tell of `N` sites in each object of --format json")
	r.addSample(c)
	flags.BoolVar(&r.children, "children", false, "look at the children too that it forks: > goes to the next")
	r.addDepth(c)
	r.addFunctions(c)
	flags.BoolVar(&r.noLine, "no-command-line", false, "show no arguments of the program")
	flags.StringVarP(&r.output, "output", "o", "heapprof.%n.%p.json.gz", "let w write to `FILE`, with a number added")
	completeFlag(c, "format", topFormats())
	return c
}

func topFormats() []string { return []string{tableFormat, liveJSON} }

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
		return errNegative("count", o.count, "no end")
	case o.sites < 0:
		return errNegative("top", o.sites, "none")
	}
	return checkPeriod(o.period)
}

// onScreen reports whether it is shown on a screen, not in lines.
func (o *topOptions) onScreen() bool {
	return o.streams.OutTerminal && !o.batch && o.format == tableFormat && o.count == 0 && os.Getenv("TERM") != "dumb"
}

// top attaches to a process and shows what it does.
func top(o *topOptions) error {
	asked, err := o.asked()
	if err != nil {
		return usageError("top", err)
	}
	if o.pid, o.name, err = findProcess(o.process); err != nil {
		return failure(err)
	}
	asked.PID, o.run.args = o.pid, []string{o.name}
	asked.Waiting = func(c profile.Cause) { o.streams.say("waits: %s", waitingWords(c)) }
	asked.Finished = func(tracker.Image) {}
	looked := &liveOptions{
		streams: o.streams, rules: o.run.rules, period: o.period, count: o.count, top: o.sites, quit: "detach, and leave the process as it was", write: o.write,
	}
	asked.Live = func(live *tracker.Live) {
		defer live.Stop()
		looked.of = func(pid int) recordingUnderWay { return live.Of(pid) }
		o.show(newLooker(looked, live))
	}
	// Who reads no further, as head, wants the process to be left, and so does who wants it to end twice.
	defer holdSignals()()
	result, err := tracker.Attach(asked)
	if err != nil {
		return failure(attachError(o.pid, o.name, err))
	}
	o.end(result)
	return nil
}

// show shows it until that is left, or there is nothing to be seen any more.
func (o *topOptions) show(l *looker) {
	if !o.onScreen() {
		if err := l.lines(o.streams.Out, o.format == liveJSON); err != nil && !isClosedPipe(err) {
			o.streams.complain(err)
		}
		return
	}
	words := offstage.NewKept(o.streams.Err)
	words.Hold()
	ours := *o.streams
	ours.Err = words
	o.streams = &ours
	t := l.screen()
	t.Color, t.Unicode = o.streams.Color, showsUnicode(os.Getenv)
	err := terminal.Run(context.Background(), *t, o.streams.Out, os.Environ())
	_ = words.Release()
	if err != nil {
		o.streams.complain(err)
	}
}

// end says how the process was left.
func (o *topOptions) end(r *tracker.Result) {
	if o.onScreen() {
		o.streams.say("%s", detachedWords(r.Profile))
		if pauses := pausesWords(r.Profile); pauses != "" {
			o.streams.say("%s", pauses)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.files) > 0 {
			o.streams.say("written by w: %s", strings.Join(o.files, ", "))
		}
	}
	if !r.Stays.IsZero() {
		o.streams.complain(errStays(o.pid, r.Stays))
	}
}

// write writes a profile of what there is until now.
func (o *topOptions) write(p *profile.Profile) (file string, err error) {
	i := tracker.Image{Profile: p, PID: int(p.PID)}
	file, err = writeNumbered(newPlace(expandName(o.run.output, o.run.naming(o.run.programOf(i), i.PID))), p)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.files = append(o.files, file)
	}
	return file, err
}

// isClosedPipe reports whether something could not be written as nobody reads it any more.
func isClosedPipe(err error) bool { return errors.Is(err, io.ErrClosedPipe) || isBrokenPipe(err) }

// holdSignals keeps signals from ending this process that somebody else in it takes care of. What it returns lets go of them.
func holdSignals() (release func()) {
	held := make(chan os.Signal, 1)
	ignoreSuspend()
	signal.Notify(held, endingSignals()...)
	return func() { signal.Stop(held) }
}
