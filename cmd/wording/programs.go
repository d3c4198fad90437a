package wording

import (
	"fmt"
	"path"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// ProgramName returns the base name of the program that was recorded, fit for a terminal.
func ProgramName(p *profile.Profile) string {
	name := ""
	if p.Recording != nil {
		name = p.Recording.Program
	}
	if fields := strings.Fields(p.Command); name == "" && len(fields) > 0 {
		name = fields[0]
	}
	if name == "" {
		return "(unknown)"
	}
	return names.Printable(path.Base(name))
}

// EndWords returns how a program ended that a signal ended, or that exited with a status; one below 0 is not known, as that of a process
// whose parent is not heapprof.
func EndWords(signal, status int) string {
	switch {
	case signal != 0:
		return fmt.Sprintf("was ended by signal %d (%s)", signal, SignalName(signal))
	case status < 0:
		return "ended, in what way is not known"
	}
	return fmt.Sprintf("exited with status %d", status)
}
