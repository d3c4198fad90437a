package opening

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
)

// ErrStdinTwice is the error of a command that reads two profiles, both from standard input.
var ErrStdinTwice = errors.New("standard input can be one of the profiles, not both")

func errNoMappings(name string) error {
	return fmt.Errorf("%s has no mappings: heapprof run --mmap records them", name)
}

// ErrRegexp returns the error for a flag that should be a regular expression.
func ErrRegexp(flag, expr string, err error) error { return ErrNotRegexp("--"+flag, expr, err) }

// ErrNotRegexp returns the error for a flag or an argument that should be a regular expression.
func ErrNotRegexp(what, expr string, err error) error {
	// The package's own message is for Go programmers.
	reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	return fmt.Errorf("%s %q is not a regular expression: %s", what, expr, reason)
}

// ErrRead returns the error for a profile that could not be opened.
func ErrRead(name string, err error) error {
	switch file, moment := CutMoment(name); {
	case errors.Is(err, fs.ErrNotExist) && moment != "" && console.IsProfile(file):
		return fmt.Errorf("%s does not exist: FILE@MOMENT is for heapprof diff; report, list, flame and pprof have --at %s", name, wording.ShellQuote(moment))
	case errors.Is(err, fs.ErrNotExist) && isProcess(name):
		return fmt.Errorf("%s is no file but a process: heapprof attach %s records it, and writes the profile", name, name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: record a profile with heapprof run", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read: permission denied", name)
	}
	return err
}
