// Package screen has the screens in a terminal: view, which shows files, and the one that top and run --live show of a recording.
package screen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/internal/desktop"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/view"
)

// viewOptions is what heapprof view was asked for.
type viewOptions struct {
	streams *console.Streams
	file    string
	later   string // the profile that it is compared to; "": none
	rules   frames.Rules
	source  opening.SourceFlags
}

// NewView returns the command. It calls run with what the flags ask for; if that is nil, runView.
func NewView(s *console.Streams, run func(*viewOptions) error) *cobra.Command {
	if run == nil {
		run = runView
	}
	o := &viewOptions{streams: s}
	var plumbing []string
	c := &cobra.Command{
		Use:   "view [flags] FILE [LATER]",
		Short: "Look through a profile in the terminal",
		Long: `Look through a profile in the terminal, by keys: the questions of heapprof report
as tabs (peak, leaks, churn, growth, resident, retained, types), sites that open to
their lines and callers, with the source below where it is at hand. ? shows the
keys; the line at the bottom those that matter most.

With a second profile it shows what changed from the first to that, as heapprof
diff does, with the verdict above; FILE@MOMENT is what lived at a moment.

Without UTF-8 in LC_ALL, LC_CTYPE or LANG, and on Linux's console, it is drawn in
ASCII. NO_COLOR leaves out colours. e opens $VISUAL or $EDITOR at a line.`,
		Example: `  heapprof view prog.json                who holds the peak, and all else
  heapprof view before.json after.json   what changed
  ssh host cat prog.json.gz | heapprof view -`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return console.UsageError(c.Name(), console.ErrNoFile)
			case len(args) > 2:
				return console.UsageError(c.Name(), errViewArgs)
			case len(args) == 2 && args[0] == console.StdinName && args[1] == console.StdinName:
				return console.UsageError(c.Name(), opening.ErrStdinTwice)
			}
			return nil
		},
		ValidArgsFunction: console.CompleteProfiles(2),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if len(args) == 2 {
				o.later = args[1]
			}
			if err := canView(s); err != nil {
				return console.UsageError(c.Name(), err)
			}
			var err error
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	c.Flags().SortFlags = false
	o.source.Add(c)
	opening.AddPlumbing(c.Flags(), &plumbing)
	return c
}

var errViewArgs = errors.New("view takes one profile, or two to compare")

// canView returns why nothing can be looked at by keys: for want of a terminal.
func canView(s *console.Streams) error {
	switch {
	case !s.OutTerminal:
		return errors.New("standard output is no terminal: heapprof report prints the same, heapprof html writes a page")
	case os.Getenv("TERM") == "dumb":
		return errors.New("this terminal cannot move its cursor (TERM=dumb): heapprof report prints the same")
	}
	return nil
}

func runView(o *viewOptions) error {
	t, err := newTerminal(o)
	if err != nil {
		return err
	}
	t.Color, t.Unicode = o.streams.Color, ShowsUnicode(os.Getenv)
	if err := terminal.Run(context.Background(), *t, o.streams.Out, os.Environ()); err != nil {
		return console.Failure(err)
	}
	return nil
}

// newTerminal reads the profiles and returns what is to be looked at.
func newTerminal(o *viewOptions) (*terminal.Options, error) {
	if o.later == "" {
		p, err := opening.Profile(o.streams, o.file)
		if err != nil {
			return nil, err
		}
		return newViewer(o, p).options(), nil
	}
	inputs, err := reports.MomentInputs(o.file, o.later, false)
	if err != nil {
		return nil, console.UsageError("view", err)
	}
	before, after, err := reports.ReadBoth(o.streams, inputs, false)
	if err != nil {
		return nil, err
	}
	d := &diffViewer{viewer: newViewer(o, after), before: opening.NewSource(before, o.file, o.rules)}
	d.source.Name = opening.InputName(o.later)
	if _, err := view.NewDiff(d.before, d.source, view.Options{}); err != nil {
		return nil, console.Failure(err) // they do not measure the same
	}
	return d.options(), nil
}

// viewer answers the questions of one profile, or of the later one of two.
type viewer struct {
	o      *viewOptions
	source *view.Source
}

func newViewer(o *viewOptions, p *profile.Profile) *viewer {
	return &viewer{o: o, source: opening.NewSource(p, o.file, o.rules)}
}

// editLine returns what opens the user's editor at a line of a file.
func editLine(file string, line int) (terminal.Editor, error) {
	editor := desktop.Editor()
	e, err := desktop.Edit(editor, file, line)
	if err != nil {
		return nil, fmt.Errorf("there is no editor %q: $EDITOR names another one", editor)
	}
	return e, nil
}

// ShowsUnicode reports whether the terminal shows more than ASCII, by the locale. Linux's console has
// UTF-8, and glyphs for little of it.
func ShowsUnicode(env func(string) string) bool {
	if env("TERM") == "linux" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := env(name); locale != "" {
			locale = strings.ToLower(locale)
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin"
}
