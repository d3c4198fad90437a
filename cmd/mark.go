package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/tracker"
)

func newMark(s *Streams) *cobra.Command {
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
				return usageError(c.Name(), errMarkArguments)
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
		return 0, usageError(c.Name(), errPID(process))
	}
	if err := checkMark(name); err != nil {
		return 0, usageError(c.Name(), err)
	}
	return pid, nil
}

// mark makes a mark and says when.
func mark(s *Streams, pid int, name string) error {
	m, err := tracker.Mark(pid, name)
	if err != nil {
		return failure(markError("mark", pid, err))
	}
	return s.tellMarked("marked", pid, m)
}

// tellMarked prints that a mark was made, or what else was done at one.
func (s *Streams) tellMarked(done string, pid int, m tracker.Marked) error {
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

// checkMark refuses what cannot be the name of a mark that somebody makes by hand.
func checkMark(name string) error {
	if err := checkMarkName(name); err != nil {
		return err
	}
	if slices.Contains([]string{"start", "peak", "end"}, name) || strings.ContainsAny(name, "@,") {
		return errMarkTaken(name)
	}
	return nil
}

// checkMarkName refuses what cannot be the name of a mark.
func checkMarkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return errMarkNameless
	}
	if strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Errorf("a mark cannot be called %q: use letters, digits, spaces and signs", name)
	}
	return nil
}

var (
	errMarkArguments = errors.New("a process and a name are needed: heapprof mark PID NAME")
	errMarkNameless  = errors.New("a mark needs a name, by which heapprof report --at finds it")
)

// errMarkTaken returns the error for a name by which report --at, --between and diff FILE@A would not
// find the mark.
func errMarkTaken(name string) error {
	return fmt.Errorf("a mark cannot be called %q: start, peak and end are moments of every run, and @ and a comma stand between the names of moments", name)
}

func errPID(text string) error {
	return fmt.Errorf("%q is no process id: give the number of a process that heapprof run records, as pgrep prints it", text)
}

// markError returns in words why a mark was not made that a command of heapprof asked for.
func markError(command string, pid int, err error) error {
	var m *tracker.MarkError
	if !errors.As(err, &m) {
		return err
	}
	switch m.Code {
	case tracker.MarkNoProcess:
		return fmt.Errorf("there is no process %d: it has ended, or is in another PID namespace", pid)
	case tracker.MarkNotRecorded:
		return fmt.Errorf("process %d is not recorded: name a program that runs under heapprof run, or that heapprof itself", pid)
	case tracker.MarkNotYetRecorded:
		return fmt.Errorf("process %d is not recorded yet: it has allocated nothing since it was forked", pid)
	case tracker.MarkForbidden:
		return fmt.Errorf("process %d cannot be looked at, as it is another user's, or protected: run heapprof %s as its user, or as root", pid, command)
	case tracker.MarkUnseen:
		return fmt.Errorf("process %d is recorded, but the heapprof that does cannot be reached: it is another user's, or in another PID namespace; run heapprof %s as its user, where it runs", pid, command)
	case tracker.MarkOtherVersion:
		return fmt.Errorf("process %d is recorded by another version of heapprof: use that one's heapprof %s", pid, command)
	case tracker.MarkRecordingOver:
		return fmt.Errorf("process %d is recorded no more: its heapprof has ended", pid)
	case tracker.MarkTooLate:
		return fmt.Errorf("process %d has ended, or runs another program that is not recorded", pid)
	case tracker.MarkTooMany:
		return fmt.Errorf("the recording of process %d has 1000 marks, and no more fit in", pid)
	case tracker.MarkQueueFull:
		return fmt.Errorf("too many marks were asked for at once: wait a moment, and try again")
	case tracker.MarkNotWritten:
		return fmt.Errorf("process %d was marked, but no profile of it could be written: the heapprof that records it says why", pid)
	case tracker.MarkNoAnswer:
		return fmt.Errorf("the heapprof that records process %d does not answer: see whether it is stopped (fg, or kill -CONT)", pid)
	}
	return m.Err
}
