//go:build linux && (amd64 || arm64)

package patcher

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"heapprof/internal/object"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/isa"
)

// fileKey identifies a file, and a state of its content.
type fileKey struct {
	device, inode  uint64
	size, modified int64
}

// keyOf returns the key of the regular file at path, and reports whether there is one.
func keyOf(path string) (key fileKey, ok bool) {
	var st unix.Stat_t
	// A program may name a pipe, whose opening would wait for a writer.
	if err := unix.Stat(path, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return key, false
	}
	return fileKey{st.Dev, st.Ino, st.Size, st.Mtim.Nano()}, true
}

// moment is when a file is patched: what is hooked of it depends on that.
type moment uint8

const (
	atStart  moment = iota // before the program runs
	late                   // when it is loaded into a program that runs
	attached               // with a program that runs, when the tracker library comes into it
)

// planKey is a file, and when it is patched.
type planKey struct {
	fileKey
	when moment
}

// filePlan is how a file's functions are hooked, planned once for all processes.
type filePlan struct {
	once  sync.Once
	plan  *patch.Plan
	cause string // why there is none, where an allocator may be missed by that
}

// planFile returns the plan of a file that a process has mapped, by its path from here. The
// plan is nil if the file has nothing to patch, or if it cannot be read, for the cause that
// is returned then. Code that is mapped and has no file any more may be any, such as that
// of a compiler at run time: it has no cause.
func (p *Patcher) planFile(path string, when moment) (plan *patch.Plan, cause string) {
	file, ok := keyOf(path)
	if !ok {
		return nil, ""
	}
	key := planKey{file, when}
	p.mu.Lock()
	entry := p.plans[key]
	if entry == nil {
		entry = new(filePlan)
		p.plans[key] = entry
	}
	p.mu.Unlock()
	entry.once.Do(func() {
		options := patch.Options{Functions: p.options.Functions, Entries: p.options.Entries, Mappings: p.options.Mappings, Exits: p.options.Exits}
		switch when {
		case late:
			// Another C library, as dlmopen loads it, maps for itself.
			options.Late, options.Mappings, options.Exits = true, false, false
		case attached:
			options.Attached = true
		}
		var err error
		if entry.plan, err = p.readPlan(path, options); err != nil {
			entry.cause = unreadCause(err)
		} else {
			p.numberMarked(entry.plan)
		}
	})
	return entry.plan, entry.cause
}

// planFiles plans the hooks of files, by their paths from here, on all processors: a process
// waits, which may have a hundred of them. Code for arm64 is for one at a time, as its
// decoder, arm64asm, keeps books of what it has decoded that all share.
func (p *Patcher) planFiles(paths []string, when moment) {
	if p.options.Machine == elf.EM_AARCH64 {
		for _, path := range paths {
			p.planFile(path, when)
		}
		return
	}
	object.InParallel(len(paths), func(i int) { p.planFile(paths[i], when) })
}

// readPlan plans the hooks of a file, by the symbols of its separate debug file if it has
// none itself, or by those that it holds compressed.
func (p *Patcher) readPlan(path string, options patch.Options) (*patch.Plan, error) {
	plan, err := p.options.Plan(path, options)
	if err != nil || !plan.Stripped {
		return plan, err
	}
	if options.DebugFile = symbol.FindDebugFile(path, symbol.Options{}); options.DebugFile == "" {
		err := object.ReadHeaders(path, func(h *object.Headers) error { options.Mini = h.HasMiniDebug(); return nil })
		if err != nil || !options.Mini {
			return plan, nil
		}
	}
	if more, err := p.options.Plan(path, options); err == nil {
		return more, nil
	}
	return plan, nil
}

// unreadCause returns the cause of an error in reading what a process has mapped, or a
// mapped file. It leaves out the path, which is one from here and means nothing to others.
// It is empty if no allocator is missed by the error: the process has ended, the code is
// for another machine, or the file is no ELF file (data and programs of other systems are
// mapped into processes, too).
func unreadCause(err error) string {
	var machine *isa.MachineError
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) || errors.Is(err, object.ErrNotELF) || errors.As(err, &machine) {
		return ""
	}
	var path *fs.PathError
	var file *object.Error
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &file):
		return "it " + file.Err.Error()
	}
	return err.Error()
}
