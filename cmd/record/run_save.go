package record

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"heapprof/cmd/opening"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/suite"
	"heapprof/internal/tracker"
	"heapprof/internal/wholefile"
)

// place is where a profile is to be written.
type place struct {
	file    string // the name that is tried first
	replace bool   // whether a file of that name may be replaced
	name    string // otherwise the name to which numbers are added, until there is no such file
	next    int    // the first of these numbers
}

// newPlace returns a place for the named file, or the same name with a number where that
// exists.
func newPlace(name string) place { return place{file: name, name: name, next: 1} }

// numbered returns the name of the place with the number n.
func (p place) numbered(n int) string { return opening.BeforeSuffix(p.name, fmt.Sprintf(".%d", n)) }

// write writes a profile and returns the file that it is in. Only the file's owner may read
// it, as it has a command line in it.
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

// save writes a profile to its place, or if that fails (as on a disk that has filled up) to
// the directory for temporary files. It returns the file that the profile is in, "" if
// there is none, and the error of the first attempt.
func save(at place, p *profile.Profile) (saved string, err error) {
	if saved, err = at.write(p); err == nil {
		return saved, nil
	}
	if other, otherErr := newPlace(filepath.Join(os.TempDir(), filepath.Base(at.file))).write(p); otherErr == nil {
		return other, err
	}
	return "", err
}

// Save writes the last profile of an image, which replaces what was flushed of it.
func (o *RunOptions) Save(at place, p *profile.Profile) (saved string, err error) {
	at = o.dumps.replaces(at)
	saved, err = save(at, p)
	o.dumps.replaced(at, saved)
	return saved, err
}

// MainPlace returns where the profile goes that matters most, of a program: to the file that the user
// named, unless a child's is there.
func (o *RunOptions) MainPlace(program string, i tracker.Image, children []child) place {
	if takesAll(o.Output) {
		return place{file: o.Output, replace: true}
	}
	p := newPlace(ExpandName(o.Output, o.Naming(program, i.PID)))
	p.next = i.Number + 1
	if i.Replaced && hasPID(o.Output) {
		p.file = p.numbered(i.Number)
	}
	p.replace = o.Named && !slices.ContainsFunc(children, func(c child) bool { return c.saved == p.file })
	return p
}

// hasPID reports whether a template has the process id in it.
func hasPID(template string) bool {
	return strings.Contains(strings.ReplaceAll(template, "%%", ""), "%p")
}

// takesAll reports whether a file takes any number of profiles, as /dev/null does.
func takesAll(file string) bool {
	info, err := os.Stat(file)
	return err == nil && !info.Mode().IsRegular()
}

// ChildPlace returns where the profile of a child goes. Its name has the process id in it,
// and a number too if exec replaced the image by another one: the name without a number is
// for the last image of a process.
func (o *RunOptions) ChildPlace(program string, i tracker.Image) place {
	if takesAll(o.Output) {
		return place{file: o.Output, replace: true}
	}
	template := o.Output
	if !hasPID(template) {
		template = opening.BeforeSuffix(template, ".%p")
	}
	p := newPlace(ExpandName(template, o.Naming(program, i.PID)))
	p.next = i.Number + 1
	if i.Replaced {
		p.file = p.numbered(i.Number)
	}
	return p
}

// longestName is how many bytes a file's name may have, so that a number can still be added
// to it.
const longestName = 255 - len(".1234567")

// Naming is what an output's name may have in it.
type Naming struct {
	Program string // its path or its name
	Test    string // as its test system names it; "": none is known
	pid     int
}

// Naming returns what the name of a process's output may have in it.
func (o *RunOptions) Naming(program string, pid int) Naming {
	return Naming{Program: program, Test: o.TestName(), pid: pid}
}

// TestName returns the name of the test that the program runs; "" where none is known.
func (o *RunOptions) TestName() string {
	return cmp.Or(o.Test, suite.TestName(o.Args, os.Getenv))
}

// ExpandName returns the name of an output with %n, %p, %t, %h and %% replaced. The program's
// name is cut where the file's would be too long.
func ExpandName(template string, by Naming) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	test := ""
	if by.Test != "" {
		test = "." + suite.FileName(by.Test)
	}
	for program := filepath.Base(by.Program); ; {
		name := strings.NewReplacer(
			"%%", "%",
			"%n", program,
			"%p", strconv.Itoa(by.pid),
			"%t", suite.ProgramName(program)+test,
			"%h", host,
		).Replace(template)
		_, last := utf8.DecodeLastRuneInString(program)
		if len(filepath.Base(name)) <= longestName || len(program) <= last {
			return name
		}
		program = program[:len(program)-last]
	}
}

// CheckOutput returns an error if it shows already that the profile could not be written at
// the end: it is better to say so before the program runs for an hour than after.
func CheckOutput(o *RunOptions) error {
	if o.Output == "" || o.Output == "-" {
		return errRunOutput
	}
	// The process id is not known yet, and no directory may have it as its name.
	if err := wholefile.Check(ExpandName(o.Output, o.Naming(o.Args[0], 0))); err != nil {
		return fmt.Errorf("%w; choose another place with --output", err)
	}
	return nil
}
