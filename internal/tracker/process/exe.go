//go:build linux && (amd64 || arm64)

package process

import (
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/wire"
)

// Exe identifies the file that a process runs.
type Exe struct{ device, inode uint64 }

// ExeOf returns the file that a process runs. It reports false if the process has ended,
// or is another user's.
func ExeOf(p procfs.Process) (Exe, bool) {
	var st unix.Stat_t
	if unix.Stat(p.Exe(), &st) != nil {
		return Exe{}, false
	}
	return Exe{st.Dev, st.Ino}, true
}

// StartedWith reports whether the environment that a process was started with makes it load
// the tracker library, and find the shared memory. Both are true where that cannot be
// known.
func StartedWith(p procfs.Process) (library, memory bool) {
	variables, err := p.Environment()
	if err != nil {
		return true, true
	}
	for _, variable := range variables {
		library = library || strings.HasPrefix(variable, "LD_PRELOAD=")
		memory = memory || strings.HasPrefix(variable, wire.Env+"=")
	}
	return library, memory
}

// HasPythonArenas reports whether the environment that a process was started with leaves CPython's own allocator in its place, as far as
// that is known: a program may have written a title over it, as servers do.
func HasPythonArenas(p procfs.Process) bool {
	environment, _ := p.Environment()
	return arenasIn(environment)
}

func arenasIn(environment []string) bool {
	for _, e := range environment {
		name, value, ok := strings.Cut(e, "=")
		// malloc_debug asks the C library for each object, too.
		if !ok || name == "" || name == "PYTHONMALLOC" && strings.HasPrefix(value, "malloc") {
			return false
		}
	}
	return len(environment) > 0
}

// CommandLine returns the arguments that a process was started with, from its name on, with
// spaces between; "" if it has ended.
func CommandLine(p procfs.Process) string {
	arguments, _ := p.Arguments()
	return strings.Join(arguments, " ")
}
