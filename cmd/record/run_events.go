package record

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/percall"
	"heapprof/internal/tracker"
	"heapprof/internal/tracker/patch/allocator"
)

// runEvents is which functions' calls heapprof run was asked to count.
type runEvents struct {
	functions []string // as the user described them: see allocator.ParseEvent
	flag      string   // that names them, as a person reads it
}

// addTo adds the flags to the command.
func (e *runEvents) addTo(c *cobra.Command) {
	e.flag = "--events"
	c.Flags().StringArrayVar(&e.functions, "events", nil, "count the calls of `FUNCTION` too, with the weight of an argument where it says FUNCTION(weight=2); may be repeated")
}

// ask asks the recorder for the counts, or returns an error where the flags are malformed.
func (e *runEvents) ask(s *console.Streams, o *tracker.Options) error {
	for _, spec := range e.functions {
		f, err := allocator.ParseEvent(spec)
		if err != nil {
			return fmt.Errorf("%s %w", e.flag, err)
		}
		o.Events = append(o.Events, f)
	}
	if len(o.Events) > 0 && o.NoPatch {
		return fmt.Errorf("--no-patch leaves the functions alone that %s names: leave one of them out", e.flag)
	}
	o.Uncounted = func(all []tracker.Unhooked) {
		for _, u := range all {
			s.Say("%s", unhookedWords(e.flag, "counted", u))
		}
	}
	return nil
}

// tellEvents prints what was counted, and what was not though it was to be.
func tellEvents(s *console.Streams, o *runEvents, r *tracker.Result) {
	for _, u := range r.NotCounted {
		if u.Cause.IsZero() {
			s.Say("%s %s: it was never called", o.flag, u.Name)
		} else {
			s.Say("%s", unhookedWords(o.flag, "counted", u))
		}
	}
	for i, c := range r.Called {
		if c.Calls == 0 {
			continue
		}
		line := fmt.Sprintf("%s was called %s", o.functions[i], human.Counted(c.Calls, "time"))
		if c.Weight != c.Calls {
			line += ", with a weight of " + human.Count(c.Weight) + " in all"
		}
		if c.TooLarge {
			line += " or more: the sum does not fit into 63 bits"
		}
		if c.Negative > 0 {
			line += fmt.Sprintf("; %s had a weight below 0, which counts as 0", human.Count(c.Negative))
		}
		s.Say("%s", line)
		if at := inlinedAt(r.Profile, c.Frames); at != "" {
			s.Say("%s is also inlined, in %s: what runs there is no call, and not counted", o.functions[i], at)
		}
	}
	if n := r.Others.Events; n > 0 {
		s.Say("%s %s made in processes of which there is no profile: --children writes one of each", human.Counted(n, "more call"), wording.WasOrWere(n))
	}
}

// inlinedAt names a function of a profile into which one of some functions is inlined; "" where no stack shows that.
func inlinedAt(p *profile.Profile, frames []profile.Frame) string {
	functions := functionsOf(frames)
	for i := range p.Points {
		stack := p.Points[i].Stack.Frames()
		for n, index := range stack[:max(len(stack), 1)-1] {
			if f := &p.Frames[index]; f.Inlined && slices.Contains(functions, percall.FunctionOf(f)) {
				return names.Qualified(p.Frames[stack[n+1]].Function)
			}
		}
	}
	return ""
}
