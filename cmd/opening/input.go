// Package opening turns a command's arguments into what the command works on: the profile of a file, the part of its run or the
// snapshot that is asked for, the rules by which frames are plumbing, source files, debug files of servers.
package opening

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// View reads from the named input the profile that a view shows: the heap's or a part of it, or
// that of the mappings. Errors name the input and carry console.ExitFailure.
func View(s *console.Streams, name string, part PartFlags, mappings bool) (*profile.Profile, error) {
	p, err := Profile(s, name)
	if err != nil {
		return nil, err
	}
	return ViewedPart(p, name, part, mappings)
}

// ViewedPart returns what a view shows of the profile that was read from the named input: the heap's or a part of it, or that of
// the mappings. Errors name the input and carry console.ExitFailure.
func ViewedPart(p *profile.Profile, name string, part PartFlags, mappings bool) (*profile.Profile, error) {
	if !part.IsWhole() {
		var err error
		if p, err = part.of(p, InputName(name)); err != nil {
			return nil, console.Failure(err)
		}
	}
	if !mappings {
		return p, nil
	}
	if p = p.OfMappings(); p == nil {
		return nil, console.Failure(errNoMappings(InputName(name)))
	}
	return p, nil
}

// Profile reads the profile in the named file, or from standard input for "-", and names what has no name in it and can be
// named on this machine. Errors name the input and carry console.ExitFailure.
func Profile(s *console.Streams, name string) (*profile.Profile, error) {
	p, err := Read(s, name)
	if err == nil {
		nameNow(s, p, name)
	}
	return p, err
}

// Read reads the profile in the named file, or from standard input for "-", as it is. Errors
// name the input and carry console.ExitFailure.
func Read(s *console.Streams, name string) (*profile.Profile, error) {
	var p *profile.Profile
	var err error
	if name == console.StdinName {
		p, err = format.Read(s.In)
		var format *profile.FormatError
		if errors.As(err, &format) {
			format.Name = InputName(name)
		}
	} else {
		p, err = format.ReadFile(name)
	}
	if err != nil {
		return nil, console.Failure(ErrRead(name, err))
	}
	p.FindLost()
	return p, nil
}

// NewSource returns a profile to be shown as a user wants it, which was read from the named
// input.
func NewSource(p *profile.Profile, name string, rules frames.Rules) *view.Source {
	s := view.NewSourceByRules(p, rules)
	s.Name = InputName(name)
	return s
}

// InputName returns the name of an input as messages have it.
func InputName(name string) string {
	if name == console.StdinName {
		return "standard input"
	}
	return name
}

// isProcess reports whether a name is the number of a process that runs.
func isProcess(name string) bool {
	pid, err := strconv.Atoi(name)
	return err == nil && pid > 0 && tracker.ProgramOf(pid) != ""
}

// PageStem returns the name of a profile without its directory and suffixes.
func PageStem(file string) string {
	if file == console.StdinName {
		return "heapprof"
	}
	stem := filepath.Base(file)
	for _, suffix := range []string{".gz", ".zst", ".json"} {
		stem = strings.TrimSuffix(stem, suffix)
	}
	if stem == "" || stem == "." || stem == string(filepath.Separator) {
		return "heapprof"
	}
	return stem
}

// BeforeSuffix returns the name of a profile's file with s before its suffixes.
func BeforeSuffix(name, s string) string {
	for _, suffix := range []string{".json.gz", ".json.zst", ".json", filepath.Ext(name)} {
		if base, ok := strings.CutSuffix(name, suffix); ok && filepath.Base(base) != "" {
			return base + s + suffix
		}
	}
	return name + s
}
