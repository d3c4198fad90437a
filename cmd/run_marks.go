package cmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heapprof/internal/tracker"
)

// runMarks is what marks heapprof run was asked for.
type runMarks struct {
	signal string // its name or number; "": none
	every  string // a duration; "": none
}

// addTo adds the flags to the command.
func (m *runMarks) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&m.signal, "mark-signal", "", "name a moment when the program, or heapprof, gets this `SIGNAL`, such as USR1: USR1 1, USR1 2 and so on")
	completeFlag(c, "mark-signal", []string{"USR1", "USR2", "RTMIN+1"})
	flags.StringVar(&m.every, "mark-every", "", "name a moment each `TIME`, such as 10s: 10 s, 20 s and so on")
}

// ask asks the recorder for the marks, or returns an error where the flags are malformed.
func (m *runMarks) ask(o *tracker.Options) error {
	const least = 10 * time.Millisecond // 1000 marks are 10 s
	if m.every != "" {
		each, err := time.ParseDuration(m.every)
		if err != nil || each < least {
			return errMarkEvery(m.every)
		}
		o.MarkEvery = each
	}
	if m.signal != "" {
		s, why := parseMarkSignal(m.signal)
		if why != "" {
			return fmt.Errorf("--mark-signal %s %s: use USR1 or USR2, or one from RTMIN+1 to RTMAX", m.signal, why)
		}
		o.MarkSignal = s
	}
	return nil
}

func errMarkEvery(text string) error {
	return fmt.Errorf("--mark-every %q is no time of 10ms or more: write 10s, 500ms or 1h30m", text)
}
