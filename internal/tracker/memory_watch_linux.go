//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"sync"
	"syscall"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
)

// memoryWatch looks now and then how near the program is to what limits its memory, so that something can be done before the
// end, and that it is known in the end why it came.
type memoryWatch struct {
	program procfs.Process
	parts   bool // somebody asks for parts of limits: it looks more often, and at address spaces, too
	running func() []replay.Facts
	log     *procfs.KernelLog // nil: it cannot be read, or does not name processes as /proc does here
	closed  chan struct{}

	mu        sync.Mutex                // guards what follows
	names     string                    // of the groups that the program is in
	groups    []procfs.Group            // of these, its own first
	uses      map[int]profile.MemoryUse // by index of the image whose address space is limited; of all that is recorded: allImages
	anonymous uint64                    // what the program had in RAM and in no file
	killed    counts                    // how many processes of its group had been ended for want of memory
	logged    map[int]procfs.Killed     // those that the log has named, by their numbers
}

// counts is a count that only grows, as it was some time ago: between one and two times lookAnew, but for the beginning.
type counts struct{ before, last uint64 }

// allImages stands for all that is recorded, in the place of the index of an image.
const allImages = -1

// How often it looks. A program takes some gigabytes of new memory in a second.
const (
	lookSeldom = 100 * time.Millisecond
	lookOften  = 10 * time.Millisecond
	lookAnew   = time.Second // at what does not change often: swap, limits of address spaces
)

func newMemoryWatch(program int, parts bool, running func() []replay.Facts) *memoryWatch {
	w := &memoryWatch{program: procfs.Process(program), parts: parts, running: running, closed: make(chan struct{}), logged: make(map[int]procfs.Killed)}
	if procfs.IsFirstNamespace() {
		w.log, _ = procfs.OpenKernelLog()
	}
	names, _ := w.program.GroupNames()
	w.enter(names)
	return w
}

// run looks until close is called.
func (w *memoryWatch) run() {
	each := lookSeldom
	if w.parts {
		each = lookOften
	}
	ticks := time.NewTicker(each)
	defer ticks.Stop()
	var spaces map[int]addressSpace
	swap, anew := procfs.Swap(), time.Now()
	for {
		w.look(swap, spaces)
		select {
		case <-ticks.C:
		case <-w.closed:
			return
		}
		if time.Since(anew) >= lookAnew || spaces == nil {
			swap, anew, spaces = procfs.Swap(), time.Now(), w.addressSpaces()
			w.count()
		}
	}
}

// addressSpace is an image's process whose address space is limited.
type addressSpace struct {
	procfs.Process
	limit uint64
}

// addressSpaces returns those of the images that run, by their indices.
func (w *memoryWatch) addressSpaces() map[int]addressSpace {
	spaces := make(map[int]addressSpace)
	if !w.parts {
		return spaces
	}
	for _, f := range w.running() {
		if limit, ok := f.Proc.AddressLimit(); ok && f.Proc != 0 {
			spaces[f.Index] = addressSpace{f.Proc, limit}
		}
	}
	return spaces
}

// look looks how much is used.
func (w *memoryWatch) look(swap uint64, spaces map[int]addressSpace) {
	m, _ := w.program.Memory()
	names, _ := w.program.GroupNames()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readLog()
	if m.Resident == 0 {
		return // it is about to end: its memory is given back, and it is in no group any more
	}
	w.anonymous = m.Anonymous()
	if names != w.names {
		w.enter(names)
	}
	w.uses = make(map[int]profile.MemoryUse)
	for index, s := range spaces {
		if m, err := s.Memory(); err == nil && m.Addresses > 0 {
			w.uses[index] = profile.MemoryUse{Of: profile.AddressLimit, Limit: s.limit, Used: m.Addresses}
		}
	}
	if use, ok := groupUse(w.groups, swap); ok {
		w.uses[allImages] = use
	} else if all, used, ok := procfs.MachineMemory(); ok && len(spaces) == 0 {
		w.uses[allImages] = profile.MemoryUse{Of: profile.MachineLimit, Limit: all, Used: used}
	}
}

// enter takes in that the program is in other groups than before.
func (w *memoryWatch) enter(names string) {
	w.names, w.groups = names, procfs.MemoryGroups(names)
	n, _ := w.countKilled()
	w.killed = counts{n, n}
}

// count keeps how many had been ended, as long as the program has memory.
func (w *memoryWatch) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.countKilled()
	if m, _ := w.program.Memory(); ok && m.Resident > 0 {
		w.killed = counts{w.killed.last, n}
	}
}

// groupUse returns how much is used of that group's limit that is the nearest; ok is false where none is limited.
func groupUse(groups []procfs.Group, swap uint64) (nearest profile.MemoryUse, ok bool) {
	for _, g := range groups {
		limit, used, limited := g.Memory(swap)
		use := profile.MemoryUse{Of: profile.GroupLimit, Limit: limit, Used: used}
		if limited && limit > 0 && (!ok || part(use) > part(nearest)) {
			nearest, ok = use, true
		}
	}
	return nearest, ok
}

// part returns how much of a limit is used, from 0 on.
func part(u profile.MemoryUse) float64 { return float64(u.Used) / float64(u.Limit) }

// near returns the uses that are at least a part of their limit, by the index of the image, or allImages.
func (w *memoryWatch) near(least float64) (near map[int]profile.MemoryUse) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for index, use := range w.uses {
		if part(use) >= least {
			if near == nil {
				near = make(map[int]profile.MemoryUse)
			}
			near[index] = use
		}
	}
	return near
}

// countKilled returns how many processes of the program's own group have been ended for want of memory; ok is false where that is not
// told.
func (w *memoryWatch) countKilled() (n uint64, ok bool) {
	if len(w.groups) == 0 {
		return 0, false
	}
	return w.groups[0].Killed()
}

// end returns how the out-of-memory killer ended the program, which has just ended; nil where it did not, or that is not known. The
// kernel's log names the processes. Where that cannot be read, the program's group must have had one more of them ended a
// moment ago, and the program must have been ended by the signal with which that is done.
func (w *memoryWatch) end(status syscall.WaitStatus) *profile.OutOfMemory {
	if !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n, isCounted := w.countKilled()
	isCounted = isCounted && n > w.killed.before
	killed, isLogged := w.findLogged(isCounted)
	if !isLogged && (!isCounted || len(w.logged) > 0) { // another one was ended, if any
		return nil
	}
	made := &profile.OutOfMemory{MemoryUse: w.uses[allImages], Anonymous: w.anonymous}
	if isLogged {
		made.Anonymous = cmp.Or(killed.Anonymous, w.anonymous)
		if !killed.Group && made.Of != profile.MachineLimit {
			all, used, _ := procfs.MachineMemory()
			made.MemoryUse = profile.MemoryUse{Of: profile.MachineLimit, Limit: all, Used: used}
		}
	}
	if self, err := procfs.Self(); err == nil && (made.Of == profile.MachineLimit || w.isBeside(self)) {
		m, _ := self.Memory()
		made.Recorder = m.Anonymous()
	}
	return made
}

// isBeside reports whether a process is in the same control group as the program.
func (w *memoryWatch) isBeside(p procfs.Process) bool {
	names, _ := p.GroupNames()
	groups := procfs.MemoryGroups(names)
	return len(groups) > 0 && len(w.groups) > 0 && groups[0] == w.groups[0]
}

// findLogged returns what the kernel's log says of the program's end; ok is false where it says nothing. A process is told that it
// ends before the log is written: where one is known to have been ended, that is waited for.
func (w *memoryWatch) findLogged(wait bool) (k procfs.Killed, ok bool) {
	const patience, look = 50 * time.Millisecond, 5 * time.Millisecond
	for until := time.Now().Add(patience); ; time.Sleep(look) {
		w.readLog()
		if k, ok = w.logged[int(w.program)]; ok || !wait || w.log == nil || time.Now().After(until) {
			return k, ok
		}
	}
}

// readLog reads what the kernel's log has been written.
func (w *memoryWatch) readLog() {
	if w.log != nil {
		for _, k := range w.log.Killed() {
			w.logged[k.PID] = k
		}
	}
}

// close ends it.
func (w *memoryWatch) close() {
	close(w.closed)
	if w.log != nil {
		w.log.Close()
	}
}
