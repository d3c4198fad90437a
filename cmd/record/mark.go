package record

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/tracker"
)

// NewMark returns the command mark.
func NewMark(s *console.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "mark PID NAME",
		Short: "Name the present moment of a program that is recorded",
		Long: `mark gives the present moment a name in the recording of process PID, which runs
under heapprof run: the program, or a child of it that is recorded, too. Where PID
is that of heapprof itself, the moment gets the name in all that it records.

The profile then has what was live at that moment, to the byte: report --at NAME
shows it, and diff FILE@A FILE@B compares two moments of one run.

A name of which there is one gets a number, and one of more than ` + strconv.Itoa(tracker.MaxMarkName) + ` bytes is cut. A
run has up to 1000 marks; heapprof run --mark-at, --mark-every and --mark-signal make
them, too.`,
		Example: `  heapprof run -o srv.json.gz ./server &
  heapprof mark $(pgrep -x server) warm
  heapprof mark $(pgrep -x server) after-1000-requests
  heapprof diff srv.json.gz@warm srv.json.gz@after-1000-requests`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return console.UsageError(c.Name(), errMarkArguments)
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			pid, err := markedProcess(c, args[0], args[1])
			if err != nil {
				return err
			}
			return mark(s, pid, args[1])
		},
	}
}

// markedProcess returns the process that is to be marked; an error where it is none, or the name
// is none that a mark can have.
func markedProcess(c *cobra.Command, process, name string) (pid int, err error) {
	if pid, err = strconv.Atoi(process); err != nil || pid <= 0 {
		return 0, console.UsageError(c.Name(), errPID(process))
	}
	if err := underway.CheckMark(name); err != nil {
		return 0, console.UsageError(c.Name(), err)
	}
	return pid, nil
}

// mark makes a mark and says when.
func mark(s *console.Streams, pid int, name string) error {
	m, err := tracker.Mark(pid, name)
	if err != nil {
		return console.Failure(underway.MarkError("mark", pid, err))
	}
	return tellMarked(s, "marked", pid, m)
}

// tellMarked prints that a mark was made, or what else was done at one.
func tellMarked(s *console.Streams, done string, pid int, m tracker.Marked) error {
	whose := "the recording"
	if m.Program != "" {
		whose = m.Program
	}
	_, err := fmt.Fprintf(s.Out, "%s %s at %s of %s (%d)\n", done, names.Printable(m.Name), secondsSince(m), names.Printable(whose), pid)
	return err
}

// secondsSince returns when a mark was made, in words.
func secondsSince(m tracker.Marked) string {
	return human.Units{TimeName: "µs"}.Time(float64(m.Since.Microseconds()))
}

var errMarkArguments = errors.New("a process and a name are needed: heapprof mark PID NAME")

func errPID(text string) error {
	return fmt.Errorf("%q is no process id: give the number of a process that heapprof run records, as pgrep prints it", text)
}
