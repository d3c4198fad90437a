// Package terminal shows pages of rows that open to somebody at a terminal, who goes through them by keys.
// What it says of a profile, and how that is found, is the caller's; the words of its controls are its
// own, as those of a form are. Its model is a pure one: messages in, a screen as text out. It imports
// names, outline and source.
package terminal

import (
	"context"
	"io"
	"regexp"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/report/outline"
	"heapprof/internal/report/source"
)

// Options are what is shown, and how.
type Options struct {
	Title, Aside string // of the screen, left and right
	Tabs         []Tab
	Explain      func(width int) Explanation // all that is to be said in words, in lines of so many columns
	Files        *source.Files               // that rows are of
	// NoSource says why the source of a row is not shown; file is nil where none is known of it.
	NoSource func(r *outline.Row, file *source.File) string
	// Command returns the command that prints what is shown of a tab.
	Command func(tab int, a Ask) string
	// Edit returns what opens an editor at a line of a file.
	Edit func(file string, line int) (Editor, error)

	Live *Live     // nil: nothing changes
	In   io.Reader // where keys are read from; nil: see Run

	Unicode bool // the terminal shows more than ASCII
	Color   bool // it may be written to in colour
}

// Editor is a program that takes the terminal until it ends.
type Editor interface {
	Run() error
	SetStdin(io.Reader)
	SetStdout(io.Writer)
	SetStderr(io.Writer)
}

// Tab is a question.
type Tab struct {
	Name string
	// Page answers it. It is called when the tab is looked at, and never for two tabs at a time.
	Page func(Ask) Answer
}

// Ask is how a question is asked.
type Ask struct {
	Choice    string // one of the answer's Choices; "": none was made
	AllFrames bool   // nothing is folded
	Filter    *regexp.Regexp
}

// Answer is what a tab shows.
type Answer struct {
	Page *outline.Page // nil: nothing
	Said string        // the answer in one sentence, or why there is none
	Tone Tone          // of that

	// Choices are what the page may be sorted by, or another thing to choose, and which one was taken.
	Choices []string
	Choice  string
	Choose  string // what is chosen: "sort by"
	Menu    string // what is chosen in a word; "": a metric
	Folds   bool   // AllFrames makes a difference
	Filters bool   // Filter does
}

// Tone is how a sentence sounds.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Better
	Worse
	Warning
)

// Explanation is a page of words.
type Explanation struct {
	Lines []string
	// Marks are the lines at which its parts begin, and Heads what each says in a sentence.
	Marks []int
	Heads []string
	// Of is which part is about a site, as an index into Marks.
	Of map[outline.Subject]int
}

// Run shows it on the terminal out until the user has seen enough. env is the environment. Keys are read from
// standard input, or from the terminal that the process has where that is another thing. While something is looked at that
// changes, signals are the caller's.
func Run(ctx context.Context, o Options, out io.Writer, env []string) error {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithOutput(out), tea.WithEnvironment(env)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if o.Live != nil {
		options = append(options, tea.WithoutSignalHandler())
	}
	_, err := tea.NewProgram(New(o), options...).Run()
	return err
}
