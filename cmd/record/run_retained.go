package record

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// defaultRetained is what --retained without a value means.
const defaultRetained = "peak,exit"

// runSnapshots is what snapshots of who holds the blocks heapprof run was asked for.
type runSnapshots struct {
	when   string // moments, with commas between; "": none
	memory string // that making them may take; "": a quarter of the machine's
}

// addTo adds the flags to the command.
func (r *runSnapshots) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&r.when, "retained", "", "record who holds the blocks at these `MOMENTS`: peak, exit, mark ("+defaultRetained+" if none are named)")
	flags.Lookup("retained").NoOptDefVal = defaultRetained
	console.CompleteFlag(c, "retained", []string{defaultRetained, "peak", "exit", "mark", "peak,exit,mark"})
	flags.StringVar(&r.memory, "retained-memory", "", "let heapprof take `BYTES` for that, such as 2GiB; with less than it needs it tells leaks only (default: a quarter of the memory)")
}

// ask asks the recorder for the snapshots, or returns an error where the flags are malformed.
func (r *runSnapshots) ask(o *tracker.Options) error {
	if r.memory != "" {
		bytes, ok := human.ParseSize(r.memory)
		if !ok || bytes == 0 {
			return fmt.Errorf("--retained-memory %q is no size: write 512MiB or 2GiB", r.memory)
		}
		o.Retained.Memory = bytes
	}
	o.Retained.TypesOf = typesOf // somebody may ask for a snapshot from outside
	if r.when == "" {
		return nil
	}
	for moment := range strings.SplitSeq(r.when, ",") {
		switch strings.TrimSpace(moment) {
		case "peak":
			o.Retained.Peak = true
		case "exit":
			o.Retained.Exit = true
		case "mark", "marks":
			o.Retained.Marks = true
		default:
			return fmt.Errorf("--retained=%s: %q is no moment: name peak, exit or mark, with commas between", r.when, moment)
		}
	}
	if o.Sample != 0 {
		return fmt.Errorf("--retained needs every block, and --sample records few: leave one of them out")
	}
	return nil
}

// typesOf returns what the blocks of each point of a profile are of.
func typesOf(p *profile.Profile) []tracker.BlockType {
	source := view.NewSource(p)
	list := make([]tracker.BlockType, len(p.Points))
	for i := range list {
		t := source.Types.Of(i)
		list[i] = tracker.BlockType{Name: t.Full, Element: t.Element}
	}
	return list
}
