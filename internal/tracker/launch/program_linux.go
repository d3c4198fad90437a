//go:build linux && (amd64 || arm64)

package launch

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"heapprof/internal/profile"
)

// Program is a program that can be started.
type Program struct {
	Name   string   // as the user named it
	Path   string   // of its file
	Args   []string // its arguments, of which the first is its name
	Static bool     // whether it is static, so that no loader loads the tracker library into it

	Files [3]*os.File // its standard input, output and error; nil: this process's
}

// Find finds the program that the first of args names, on PATH if the name has no slash,
// and checks whether it can be recorded. Errors are *ProgramError.
func Find(args []string) (Program, error) {
	p := Program{Name: args[0], Args: args}
	var err error
	if p.Path, err = FindFile(p.Name); err == nil {
		p.Static, err = Check(p.Name, p.Path)
	}
	return p, err
}

// FindFile returns the file that name means, as a shell would find it. Errors are
// *ProgramError.
func FindFile(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil || errors.Is(err, exec.ErrDot) {
		return path, nil // a relative PATH entry is the user's own choice, as in a shell
	}
	e := &ProgramError{Program: name}
	switch info, statErr := os.Stat(name); {
	case strings.Contains(name, "/") && statErr == nil && info.IsDir():
		e.Cause.Code = profile.IsDirectory
	case errors.Is(err, fs.ErrPermission):
		e.Cause.Code = profile.NotExecutable
	case strings.Contains(name, "/"):
		e.NotFound, e.Cause.Code = true, profile.NoSuchFile
	default:
		e.NotFound, e.Cause.Code = true, profile.NotOnPath
		if statErr == nil && !info.IsDir() {
			e.Cause.Names = []string{name}
		}
	}
	return "", e
}
