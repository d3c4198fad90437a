package underway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"heapprof/internal/tracker"
)

// CheckMark refuses what cannot be the name of a mark that somebody makes by hand.
func CheckMark(name string) error {
	if err := CheckMarkName(name); err != nil {
		return err
	}
	if slices.Contains([]string{"start", "peak", "end"}, name) || strings.ContainsAny(name, "@,") {
		return errMarkTaken(name)
	}
	return nil
}

// CheckMarkName refuses what cannot be the name of a mark.
func CheckMarkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return errMarkNameless
	}
	if strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Errorf("a mark cannot be called %q: use letters, digits, spaces and signs", name)
	}
	return nil
}

var errMarkNameless = errors.New("a mark needs a name, by which heapprof report --at finds it")

// errMarkTaken returns the error for a name by which report --at, --between and diff FILE@A would not
// find the mark.
func errMarkTaken(name string) error {
	return fmt.Errorf("a mark cannot be called %q: start, peak and end are moments of every run, and @ and a comma stand between the names of moments", name)
}

// MarkError returns in words why a mark was not made that a command of heapprof asked for.
func MarkError(command string, pid int, err error) error {
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
