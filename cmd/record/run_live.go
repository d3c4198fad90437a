package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/screen"
	"heapprof/cmd/underway"
	"heapprof/internal/format"
	"heapprof/internal/offstage"
	"heapprof/internal/profile"
	"heapprof/internal/report/terminal"
	"heapprof/internal/tracker"
	"heapprof/internal/wholefile"
)

// The ways of showing a recording under way.
const (
	liveScreen = "screen"
	liveLines  = "lines"
	liveJSON   = "json"
)

// runLive is how a recording is shown that is under way.
type runLive struct {
	how    string // "": it is not
	period time.Duration

	terminal *os.File           // that the screen is on
	program  *offstage.Terminal // nil: it has none but what it is given
	output   *offstage.Kept     // of the program's, on the real terminal
	words    *offstage.Kept     // of ours

	mu    sync.Mutex // guards what follows
	files []string   // that were written
}

func (l *runLive) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&l.how, "live", "", "show what lives while PROG runs: `HOW` is screen (if none is named), lines or json, on standard error")
	flags.Lookup("live").NoOptDefVal = liveScreen
	screen.AddPeriod(flags, &l.period)
	console.CompleteFlag(c, "live", []string{liveScreen, liveLines, liveJSON})
}

// ask adds to how a program is recorded that it is looked at meanwhile.
func (l *runLive) ask(o *RunOptions, a *tracker.Options) error {
	switch l.how {
	case "":
		return nil
	case liveScreen, liveLines, liveJSON:
	default:
		return fmt.Errorf("--live %q is unknown: it is screen, lines or json", l.how)
	}
	if err := screen.CheckPeriod(l.period); err != nil {
		return err
	}
	var err error
	if o.rules, err = opening.ReadRules(nil, nil); err != nil {
		return err
	}
	looked := &screen.LiveOptions{
		Streams: o.Streams, Rules: o.rules, Period: l.period, Top: 10,
		Quit: "leave the screen: the program runs on, and its profile is written at its end", Write: func(p *profile.Profile) (string, error) { return l.write(o, p) },
	}
	if l.how != liveScreen {
		underway.AddLive(&a.Live, func(live *tracker.Live) {
			_ = screen.NewLooker(looked, live).Lines(o.Streams.Err, l.how == liveJSON) // nobody reads it any more
		})
		return nil
	}
	return l.stage(o, a, looked)
}

// stage sets up the screen. What the program and heapprof write to the terminal meanwhile is kept until it is left.
func (l *runLive) stage(o *RunOptions, a *tracker.Options, looked *screen.LiveOptions) error {
	var real *os.File
	for _, f := range []*os.File{os.Stdout, os.Stderr, os.Stdin} {
		if real == nil && term.IsTerminal(int(f.Fd())) {
			real = f
		}
	}
	switch {
	case real == nil:
		return errors.New("there is no terminal for --live to draw on: --live=lines and --live=json write lines to standard error")
	case os.Getenv("TERM") == "dumb":
		return errors.New("this terminal cannot move its cursor (TERM=dumb): --live=lines writes lines to standard error")
	}
	var err error
	if l.terminal, err = os.OpenFile("/dev/tty", os.O_RDWR, 0); err != nil {
		return fmt.Errorf("the terminal cannot be opened for --live to draw on (%w): --live=lines writes lines to standard error", err)
	}
	l.output = offstage.NewKept(l.terminal)
	if l.program, err = offstage.NewTerminal(l.terminal, l.output); err != nil {
		return fmt.Errorf("the program cannot have a terminal of its own while --live draws on this one (%w): --live=lines writes lines to standard error", err)
	}
	for i, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if term.IsTerminal(int(f.Fd())) {
			a.Files[i] = l.program.Program
		}
	}
	l.output.Hold()
	if o.Streams.ErrTerminal {
		l.words = offstage.NewKept(o.Streams.Err)
		o.Streams.Err = l.words
	}
	looked.Interrupt = console.InterruptGroup
	underway.AddLive(&a.Live, func(live *tracker.Live) { l.show(o, live, looked) })
	return nil
}

// show shows the screen until the user leaves it, or the recording ends.
func (l *runLive) show(o *RunOptions, live *tracker.Live, looked *screen.LiveOptions) {
	l.program.Begun()
	if l.words != nil {
		l.words.Hold()
	}
	looked.Of = func(pid int) underway.Recording { return live.Of(pid) }
	t := screen.NewLooker(looked, live).Screen()
	t.Color, t.Unicode, t.In = o.Streams.Color, screen.ShowsUnicode(os.Getenv), l.terminal
	err := terminal.Run(context.Background(), *t, l.terminal, os.Environ())
	l.release(o)
	if err != nil {
		o.Streams.Complain(fmt.Errorf("the screen could not be shown, and the recording goes on: %w", err))
	}
}

// release lets out what was kept.
func (l *runLive) release(o *RunOptions) {
	if err := l.output.Release(); err != nil {
		o.Streams.Complain(fmt.Errorf("what the program wrote could not be kept, or not all be shown: %w", err))
	}
	if l.words != nil {
		_ = l.words.Release()
	}
}

// end lets go of the terminals when the program has ended.
func (l *runLive) end(o *RunOptions) {
	if l.program != nil {
		l.program.Close()
		l.release(o) // where it was never shown
		l.terminal.Close()
	}
}

// tell says what was written.
func (l *runLive) tell(s *console.Streams) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.files) > 0 {
		s.Say("written by w while it ran: %s", strings.Join(l.files, ", "))
	}
}

// write writes a profile of what runs on, to the first file with a number that there is not.
func (l *runLive) write(o *RunOptions, p *profile.Profile) (file string, err error) {
	i := tracker.Image{Profile: p, PID: int(p.PID)}
	file, err = writeNumbered(newPlace(ExpandName(o.Output, o.Naming(o.ProgramOf(i), i.PID))), p)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && !slices.Contains(l.files, file) {
		l.files = append(l.files, file)
	}
	return file, err
}

// writeNumbered writes a dump to the first file with a number that there is not, and returns that.
func writeNumbered(at place, p *profile.Profile) (file string, err error) {
	if takesAll(at.file) {
		return at.write(p)
	}
	for n := 1; ; n++ {
		p.Recording.Dump.Number = uint64(n)
		file = at.numbered(n)
		if err = format.WriteFile(file, wholefile.Options{Private: true, New: true}, p); !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}
