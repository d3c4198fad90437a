package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/cmd/wording"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// runMarks is what marks heapprof run was asked for.
type runMarks struct {
	at     []string // functions
	signal string   // its name or number; "": none
	every  string   // a duration; "": none
}

// addTo adds the flags to the command.
func (m *runMarks) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&m.at, "mark-at", nil, "name the moment when `FUNCTION` is first entered; may be repeated")
	flags.StringVar(&m.signal, "mark-signal", "", "name a moment when the program, or heapprof, gets this `SIGNAL`, such as USR1: USR1 1, USR1 2 and so on")
	console.CompleteFlag(c, "mark-signal", []string{"USR1", "USR2", "RTMIN+1"})
	flags.StringVar(&m.every, "mark-every", "", "name a moment each `TIME`, such as 10s: 10 s, 20 s and so on")
}

// ask asks the recorder for the marks, or returns an error where the flags are malformed.
func (m *runMarks) ask(s *console.Streams, o *tracker.Options) error {
	const least = 10 * time.Millisecond // 1000 marks are 10 s
	if m.every != "" {
		each, err := time.ParseDuration(m.every)
		if err != nil || each < least {
			return errMarkEvery(m.every)
		}
		o.MarkEvery = each
	}
	for _, function := range m.at {
		if err := underway.CheckMarkName(function); err != nil {
			return fmt.Errorf("--mark-at: %w", err)
		}
	}
	if len(m.at) > 0 && o.NoPatch {
		return errNoPatchMarks
	}
	o.MarkFunctions = m.at
	o.Unmarked = func(all []tracker.Unhooked) {
		for _, u := range all {
			s.Say("%s", unmarkedWords(u))
		}
	}
	if m.signal != "" {
		one, why := parseMarkSignal(m.signal)
		if why != "" {
			return fmt.Errorf("--mark-signal %s %s: use USR1 or USR2, or one from RTMIN+1 to RTMAX", m.signal, why)
		}
		o.MarkSignal = one
	}
	return nil
}

var errNoPatchMarks = errors.New("--no-patch leaves the functions alone that --mark-at names: leave one of them out")

func errMarkEvery(text string) error {
	return fmt.Errorf("--mark-every %q is no time of 10ms or more: write 10s, 500ms or 1h30m", text)
}

// unmarkedWords words that a function will not be marked.
func unmarkedWords(u tracker.Unhooked) string {
	return unhookedWords("--mark-at", "marked", u)
}

// unhookedWords words that what a flag wants of a function will not be done.
func unhookedWords(flag, done string, u tracker.Unhooked) string {
	switch {
	case u.File != "":
		return fmt.Sprintf("%s %s: it cannot be %s in %s (%s)", flag, u.Name, done, u.File, wording.CauseWords(u.Cause))
	case u.Stripped:
		return fmt.Sprintf("%s %s: no function of that name is in what the program begins with, which is stripped of its own symbols; what it loads or starts later may have one", flag, u.Name)
	}
	return fmt.Sprintf("%s %s: no function of that name is in what the program begins with (nm -C shows the names; a function that is inlined everywhere has none); what it loads or starts later may have one", flag, u.Name)
}

// tellMarks prints what became of the marks that were asked for, where there is something amiss.
func tellMarks(s *console.Streams, r *tracker.Result) {
	for _, u := range r.NotEntered {
		if u.Cause.IsZero() {
			s.Say("--mark-at %s: it was never entered", u.Name)
		} else {
			s.Say("%s", unmarkedWords(u))
		}
	}
	for _, function := range r.NeverFailed {
		s.Say("%s", neverFailedWords(function))
	}
	if r.LostMarks > 0 {
		s.Say("%s %s lost: a profile has room for 1000, and heapprof for 256 that are asked for at once", human.Counted(r.LostMarks, "mark"), wording.WasOrWere(r.LostMarks))
	}
}
