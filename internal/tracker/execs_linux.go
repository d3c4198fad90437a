//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/regular"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/wire"
)

// execution is the beginning of another program, by exec.
type execution struct {
	path            string
	library, memory bool // whether its environment names them
	alone           bool // it is known that no image followed
	noticed         bool // by what the process runs, and not announced: the path is the file's own name
}

// named reports whether its path names it for others than its process, unlike one of a
// descriptor.
func (e execution) named() bool { return e.path != "" && !procfs.Contains(e.path) }

// exec reads at tail of the beginning of another program, or that it failed. It reports
// false for an event that makes no sense.
func (r *ring) exec() bool {
	told, ok := r.words.Exec(r.tail, r.head)
	if !ok {
		r.damage()
		return false
	}
	name := path.Clean(told.Path)
	if name == procfs.SelfExe { // as Chromium does
		name = r.process.program()
	}
	e := &execution{path: name, library: told.Library, memory: told.Memory}
	if told.Failed {
		e = nil
	}
	if told.Own {
		r.process.becomes = e
	} else {
		if e != nil {
			r.confirm()
		}
		r.begins = e
	}
	r.tail += told.Words
	return true
}

// watchExec looks which file the process runs: one that exec began without the C
// library's execve (fexecve, a system call of the program's own) is announced by nobody.
// What runs for less time than from one look to the next is not noticed, nor is the same
// file begun anew.
func (p *process) watchExec() {
	var st unix.Stat_t
	if unix.Stat(p.proc.Exe(), &st) != nil {
		return // it has ended, or is another user's
	}
	switch now := [2]uint64{st.Dev, st.Ino}; {
	case p.runs == [2]uint64{}:
		p.runs = now
	case p.runs != now:
		p.runs = now
		if p.becomes != nil {
			return
		}
		if name, err := p.proc.ExeName(); err == nil {
			p.becomes = &execution{path: procfs.WithoutDeleted(name), noticed: true}
			p.becomes.library, p.becomes.memory = environmentOf(p.proc)
		}
	}
}

// environmentOf reports whether a process was begun with what makes it load the library
// and find the memory; where that cannot be known it does.
func environmentOf(proc procfs.Process) (library, memory bool) {
	variables, err := proc.Environment()
	if err != nil {
		return true, true
	}
	for _, variable := range variables {
		library = library || strings.HasPrefix(variable, "LD_PRELOAD=")
		memory = memory || strings.HasPrefix(variable, wire.Env+"=")
	}
	return library, memory
}

// confirm notes that the program has begun that the thread, as the child that a vfork made,
// was to begin last.
func (r *ring) confirm() {
	if r.begins != nil {
		r.process.reader.executed.add(*r.begins)
		r.begins = nil
	}
}

// executions counts programs that processes have begun.
type executions map[execution]uint64

// maxExecutions is how many different ones are kept: a build has thousands of processes,
// and few programs.
const maxExecutions = 4096

func (all executions) add(e execution) {
	if _, known := all[e]; known || len(all) < maxExecutions {
		all[e]++
	}
}

// unseen returns those that were not recorded, by their paths: why says for what reason,
// or "" of one that was.
func (all executions) unseen(why func(execution) string) (unseen []Unrecorded) {
	for e, n := range all {
		if cause := why(e); cause != "" {
			unseen = append(unseen, Unrecorded{Program: e.path, Cause: cause, Times: n})
		}
	}
	slices.SortFunc(unseen, func(a, b Unrecorded) int {
		return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Cause, b.Cause))
	})
	return unseen
}

// whyUnseen says why the program is not recorded; "" where nothing is known that stands in
// the way.
func (e execution) whyUnseen() string {
	if !e.named() {
		return e.whyUntold()
	}
	if f, err := regular.Open(e.path); err == nil { // else it is gone by now, or not to be read
		f.Close()
		static, err := launch.Check(e.path, e.path)
		var program *launch.ProgramError
		switch {
		case errors.As(err, &program):
			return program.Cause
		case static:
			return "is statically linked, and heapprof can put the tracker only into such a program that it starts itself"
		}
	}
	return e.whyUntold()
}

// whyUntold says why the program's loader and the library do not know of the recorder.
func (e execution) whyUntold() string {
	if e.library && e.memory {
		return ""
	}
	missing, them := "LD_PRELOAD and "+wire.Env, "them"
	if e.library {
		missing, them = wire.Env, "it"
	} else if e.memory {
		missing, them = "LD_PRELOAD", "it"
	}
	return fmt.Sprintf("was started without %s as heapprof had set %s: keep %s in its environment, or start heapprof in the new one (env -i heapprof run)", missing, them, them)
}

// whyLost is whyUnseen of a program that was not recorded, run by that user.
func (e execution) whyLost(user int) string {
	if why := e.whyUnseen(); why != "" {
		return why
	}
	if !e.alone {
		return ""
	}
	if user >= 0 && user != os.Geteuid() {
		return fmt.Sprintf("ran as user %d, who cannot open heapprof's memory: run heapprof as that user", user)
	}
	return "could not load the tracker library or open heapprof's memory: another user, root directory or /proc, or too little memory for them (ulimit -v)"
}
