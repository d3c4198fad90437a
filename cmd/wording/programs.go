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

// EndWords returns how a program ended that a signal ended, or that exited with a status.
func EndWords(signal, status int) string {
	if signal != 0 {
		return fmt.Sprintf("was ended by signal %d (%s)", signal, SignalName(signal))
	}
	return fmt.Sprintf("exited with status %d", status)
}
