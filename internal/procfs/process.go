// Package procfs reads what Linux tells of processes and of the machine in /proc: see
// proc(5). It is the one place that knows the forms of these files. It imports nothing of
// ours. It builds on every system; on one without a /proc what it reads is not there.
package procfs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Root is where /proc is mounted.
const Root = "/proc"

// SelfExe is the path by which a process finds the file that it runs.
const SelfExe = Root + "/self/exe"

// SelfIDs is the path of the file that tells a process which users there are for it (user_namespaces(7)).
const SelfIDs = Root + "/self/uid_map"

// Contains reports whether a path leads into /proc, and so may mean something else to each
// process.
func Contains(path string) bool { return strings.HasPrefix(path, Root+"/") }

// Process is a process, by the number of its directory in /proc. That is its number in the
// PID namespace that /proc was mounted in, which may not be that of this process. 0 is no
// process.
type Process int

// Self returns this process.
func Self() (Process, error) {
	name, err := os.Readlink(Root + "/self")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(name)
	return Process(n), err
}

// Identity tells the process from all others that there have been, on any machine: it is "" where the process has ended, or
// /proc does not tell.
func (p Process) Identity() string {
	stat, err := p.Stat()
	if err != nil {
		return ""
	}
	boot, _ := os.ReadFile(Root + "/sys/kernel/random/boot_id")
	return fmt.Sprintf("%d/%d/%s", p, stat.Start, bytes.TrimSpace(boot))
}

// Identified returns the process of that identity, or 0 if it has ended, or is not seen from here.
func Identified(identity string) Process {
	number, _, _ := strings.Cut(identity, "/")
	n, err := strconv.Atoi(number)
	if p := Process(n); err == nil && n > 0 && p.Identity() == identity {
		return p
	}
	return 0
}

// OfPidfd returns the process that a file descriptor of this process stands for
// (pidfd_open(2)), or 0 if that is not known.
func OfPidfd(fd int) Process {
	info, _ := os.ReadFile(Root + "/self/fdinfo/" + strconv.Itoa(fd))
	n, _ := strconv.Atoi(string(bytes.TrimSpace(field(info, "Pid:"))))
	return Process(n)
}

// Processes returns all processes that there are, with those of other users.
func Processes() ([]Process, error) { return numbers(Root) }

// numbers returns the entries of a directory that are numbers.
func numbers(directory string) (all []Process, err error) {
	entries, err := os.ReadDir(directory)
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			all = append(all, Process(n))
		}
	}
	return all, err
}

// Path returns the path of a file in the process's directory.
func (p Process) Path(name string) string { return Root + "/" + strconv.Itoa(int(p)) + "/" + name }

// InRoot returns the path by which this process finds what has the given path, which is
// absolute, for that one: it may have another root directory.
func (p Process) InRoot(path string) string { return p.Path("root") + path }

// Exe returns the path by which the file that the process runs is opened, also when no
// file has its name any more.
func (p Process) Exe() string { return p.Path("exe") }

// ExeName returns the name of the file that the process runs, as the kernel knows it.
func (p Process) ExeName() (string, error) { return os.Readlink(p.Exe()) }

// Arguments returns the arguments that the process was started with, from its name on.
// Those at the end that are empty are left out: a process that has given itself a title
// leaves as many there as the title is shorter. A process that has ended has none.
func (p Process) Arguments() ([]string, error) {
	text, err := os.ReadFile(p.Path("cmdline"))
	return parseList(text), err
}

// Environment returns the variables that the program of the process was started with, as
// NAME=VALUE.
func (p Process) Environment() ([]string, error) {
	text, err := os.ReadFile(p.Path("environ"))
	return parseList(text), err
}

// parseList returns the texts of a list in which a NUL ends each.
func parseList(text []byte) []string {
	text = bytes.TrimRight(text, "\x00")
	if len(text) == 0 {
		return nil
	}
	return strings.Split(string(text), "\x00")
}

// Children returns the children of the process: not all of them where some end meanwhile,
// and none where the kernel does not list them.
func (p Process) Children() (all []Process) {
	threads, _ := numbers(p.Path("task"))
	for _, thread := range threads {
		list, _ := os.ReadFile(p.Path("task/" + strconv.Itoa(int(thread)) + "/children"))
		for text := range bytes.FieldsSeq(list) {
			if n, err := strconv.Atoi(string(text)); err == nil {
				all = append(all, Process(n))
			}
		}
	}
	return all
}

// PathsOf returns paths by which the file of a mapping of the process may be opened though
// it was deleted, or never had a name: the kernel's own, for which it wants privileges, and
// those of the process's descriptors.
func (p Process) PathsOf(m Mapping) []string {
	paths := []string{p.Path("map_files/" + strconv.FormatUint(m.Start, 16) + "-" + strconv.FormatUint(m.End, 16))}
	return append(paths, p.Descriptors(m.Path)...)
}

// Descriptors returns the paths of the process's descriptors that lead to a file of the given
// name, as the kernel has it: none where the process has ended, or is another user's.
func (p Process) Descriptors(name string) (paths []string) {
	descriptors, _ := filepath.Glob(p.Path("fd/*")) // the pattern has no fault
	for _, d := range descriptors {
		if leads, err := os.Readlink(d); err == nil && leads == name {
			paths = append(paths, d)
		}
	}
	return paths
}

// deletedSuffix is what the kernel adds to the name of a file that has it no more.
const deletedSuffix = " (deleted)"

// WithoutDeleted returns the path that a link in /proc names, without what the
// kernel adds to it if no file has that name any more, or another one.
func WithoutDeleted(path string) string {
	if name, cut := strings.CutSuffix(path, deletedSuffix); cut {
		if _, err := os.Lstat(path); err != nil {
			return name
		}
	}
	return path
}

// ThreadName returns the name that a thread of the process has now; its error is an *os.PathError if
// there is no such thread any more.
func (p Process) ThreadName(id uint64) (string, error) {
	name, err := os.ReadFile(p.Path("task/" + strconv.FormatUint(id, 10) + "/comm"))
	return strings.TrimSuffix(string(name), "\n"), err
}
