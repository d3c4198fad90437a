package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/tracker"
	"heapprof/internal/wholefile"
)

// place is where a profile goes.
type place struct {
	file    string // to be tried first
	replace bool   // whatever is there; otherwise numbers are tried instead:
	name    string // to which they are added
	next    int    // the first
}

func newPlace(name string) place { return place{file: name, name: name, next: 1} }

func (p place) numbered(n int) string { return beforeSuffix(p.name, fmt.Sprintf(".%d", n)) }

// write writes a profile, for its owner alone: it has a command line in it.
func (p place) write(profile *profile.Profile) (saved string, err error) {
	saved = p.file
	for n := p.next; ; n++ {
		err = format.WriteFile(saved, wholefile.Options{Private: true, New: !p.replace}, profile)
		if !errors.Is(err, fs.ErrExist) {
			return saved, err
		}
		saved = p.numbered(n)
	}
}

// save writes the profile to its place or, where that fails (a disk that filled up
// meanwhile), to the directory for temporary files. It returns where the
// profile is, "" if nowhere, and the first error.
func save(at place, p *profile.Profile) (saved string, err error) {
	if saved, err = at.write(p); err == nil {
		return saved, nil
	}
	if other, otherErr := newPlace(filepath.Join(os.TempDir(), filepath.Base(at.file))).write(p); otherErr == nil {
		return other, err
	}
	return "", err
}

// childPlace says where the profile of a child goes: it is named by its process id,
// and that of a program that exec replaced by its number there too, as the plain name
// is for the last program of a process.
func (o *runOptions) childPlace(program string, i tracker.Image) place {
	if info, err := os.Stat(o.output); err == nil && !info.Mode().IsRegular() {
		return place{file: o.output, replace: true} // /dev/null takes them all
	}
	template := o.output
	if !strings.Contains(strings.ReplaceAll(template, "%%", ""), "%p") {
		template = beforeSuffix(template, ".%p")
	}
	p := newPlace(expandName(template, program, i.PID))
	p.next = i.Number + 1
	if i.Replaced {
		p.file = p.numbered(i.Number)
	}
	return p
}

// beforeSuffix puts s before the suffixes of a profile's name.
func beforeSuffix(name, s string) string {
	for _, suffix := range []string{".json.gz", ".json.zst", ".json", filepath.Ext(name)} {
		if base, ok := strings.CutSuffix(name, suffix); ok && filepath.Base(base) != "" {
			return base + s + suffix
		}
	}
	return name + s
}

// longestName is how many bytes the name of a file may have, less what a number takes
// that is added to it.
const longestName = 255 - len(".1234567")

// expandName fills in an output's name: %n, %p, %h and %%. The program's name is cut
// where the file's would be too long.
func expandName(template, program string, pid int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	for program = filepath.Base(program); ; {
		name := strings.NewReplacer(
			"%%", "%",
			"%n", program,
			"%p", strconv.Itoa(pid),
			"%h", host,
		).Replace(template)
		_, last := utf8.DecodeLastRuneInString(program)
		if len(filepath.Base(name)) <= longestName || len(program) <= last {
			return name
		}
		program = program[:len(program)-last]
	}
}

// checkOutput fails where the profile could not be written later: better said
// before the program runs for an hour than after.
func checkOutput(o *runOptions) error {
	if o.output == "" || o.output == "-" {
		return errRunOutput
	}
	// The process id is not known yet, and no directory may have it as its name.
	if err := wholefile.Check(expandName(o.output, o.args[0], 0)); err != nil {
		return fmt.Errorf("%w; choose another place with --output", err)
	}
	return nil
}
