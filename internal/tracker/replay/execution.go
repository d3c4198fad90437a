//go:build linux && (amd64 || arm64)

package replay

import (
	"path"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/process"
)

// Execution is the beginning of another program in a process, by exec.
type Execution struct {
	Path            string
	Library, Memory bool // whether its environment names the tracker library, and the shared memory
	Noticed         bool // by what the process runs, and not announced: the path is the file's own name
	Alone           bool // it is known that no image followed
}

// IsNamed reports whether the path names the program for other processes too. The path of a
// descriptor does not.
func (e Execution) IsNamed() bool { return e.Path != "" && !procfs.Contains(e.Path) }

// Executions counts programs that processes have begun.
type Executions map[Execution]uint64

// maxExecutions is how many different executions are kept: a build has thousands of
// processes, but few programs.
const maxExecutions = 4096

// Add counts that the program of e was begun once more.
func (all Executions) Add(e Execution) {
	if _, known := all[e]; known || len(all) < maxExecutions {
		all[e]++
	}
}

// exec reads an event at tail about the beginning of another program, or about its failure.
// It reports false for an event that makes no sense.
func (r *ring) exec() bool {
	event, ok := r.words.Exec(r.tail, r.head)
	if !ok {
		r.damage()
		return false
	}
	name := path.Clean(event.Path)
	if name == procfs.SelfExe { // as Chromium does
		name = r.image.ProgramPath()
	}
	e := &Execution{Path: name, Library: event.Library, Memory: event.Memory}
	if event.Failed {
		e = nil
	}
	if event.Own {
		r.image.Becomes = e
	} else {
		if e != nil {
			r.confirmExec()
		}
		r.announced = e
	}
	r.tail += event.Words
	return true
}

// confirmExec counts the program that the thread has announced last, as a child of vfork:
// that program has begun.
func (r *ring) confirmExec() {
	if r.announced != nil {
		r.observer.execs(*r.announced)
		r.announced = nil
	}
}

// watchExec looks which file the process runs. An exec that does not go through the C
// library's execve (fexecve, or a system call of the program's own) is announced by nobody.
// A program that runs for less time than from one look to the next is not noticed, nor is
// the same file begun again.
func (i *Image) watchExec() {
	now, ok := process.ExeOf(i.Proc)
	if !ok || now == i.exe {
		return
	}
	first := i.exe == process.Exe{}
	i.exe = now
	if first || i.Becomes != nil {
		return
	}
	if name, err := i.Proc.ExeName(); err == nil {
		i.Becomes = &Execution{Path: procfs.WithoutDeleted(name), Noticed: true}
		i.Becomes.Library, i.Becomes.Memory = process.StartedWith(i.Proc)
	}
}
