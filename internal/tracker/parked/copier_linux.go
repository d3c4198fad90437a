//go:build linux && (amd64 || arm64)

package parked

import (
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// Options is what a Copier goes by.
type Options struct {
	Stamp     func() uint64 // the clock of the programs' events
	Available func() uint64 // how many more bytes of memory there are for processes and copies; nil: enough
}

// Copier copies processes. Its methods may be called by any goroutine.
type Copier struct {
	options Options
	filters int // of system calls, that this process has itself

	mu      sync.Mutex
	open    map[*keeper]bool
	asked   map[*Request]bool
	left    map[int][]int // by process, the numbers of copies that have ended and that it is to let go of
	keepers sync.WaitGroup
}

// NewCopier returns a Copier.
func NewCopier(o Options) *Copier {
	return &Copier{options: o, filters: halt.OwnFilters(), open: make(map[*keeper]bool), asked: make(map[*Request]bool), left: make(map[int][]int)}
}

// Copy copies a process as it is now. lend is the address of its wire.Lend (wire.Process.Lend), 0 if there is none. The caller
// closes the copy. The error is an *Error.
func (c *Copier) Copy(pid int, lend uint64) (*Copy, error) {
	k := &keeper{copier: c, pid: pid, lend: lend, released: make(chan struct{})}
	made := make(chan error)
	c.keepers.Add(1)
	c.mu.Lock()
	c.open[k] = true
	c.mu.Unlock()
	halt.OnOwnThread(func() {
		defer c.keepers.Done()
		k.keep(made)
	})
	if err := <-made; err != nil {
		k.release()
		k.awaitEnd()
		return nil, asError(err)
	}
	k.copy.nameThreads(pid)
	return k.copy, nil
}

// Close closes all copies, and waits until they are gone.
func (c *Copier) Close() {
	c.mu.Lock()
	for k := range c.open {
		k.close()
	}
	asked := slices.Collect(maps.Keys(c.asked))
	c.mu.Unlock()
	for _, r := range asked {
		r.end()
	}
	c.keepers.Wait()
}

// leave takes note of a process that has ended and that another one is to let go of, as its child.
func (c *Copier) leave(parent, id int) {
	c.mu.Lock()
	c.left[parent] = append(c.left[parent], id)
	c.mu.Unlock()
}

// takeLeft returns the processes that another one is to let go of.
func (c *Copier) takeLeft(parent int) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.left[parent]
	delete(c.left, parent)
	return all
}

// Close ends the copy. Its memory is free soon.
func (c *Copy) Close() {
	c.release()
}

// nameThreads looks up what the threads of the process are called, those of them that there still are.
func (c *Copy) nameThreads(pid int) {
	for i := range c.Threads {
		t := &c.Threads[i]
		t.Name, _ = procfs.Process(pid).ThreadName(uint64(t.ID))
	}
}

// keeper is a thread of this process that makes one copy, traces it as long as it is wanted, and then ends it. When the
// thread itself ends the kernel lets go of everything that it traces.
type keeper struct {
	copier   *Copier
	pid      int    // of the process that is copied
	lend     uint64 // address of its wire.Lend
	own      bool   // whether it is a child of this process
	thread   int    // the keeper's number
	copy     *Copy
	once     sync.Once
	released chan struct{}
}

// close has the copy ended.
func (k *keeper) close() { k.once.Do(func() { close(k.released) }) }

// release has the copy ended, and forgets it.
func (k *keeper) release() {
	k.close()
	k.copier.mu.Lock()
	delete(k.copier.open, k)
	k.copier.mu.Unlock()
}

// awaitEnd waits until the keeper's thread has ended, so that nothing is traced by it any more.
func (k *keeper) awaitEnd() {
	for b := halt.NewBackoff(); unix.Tgkill(os.Getpid(), k.thread, 0) == nil; {
		b.Wait()
	}
}

// keep makes the copy, tells made of it, and keeps it until it is released.
func (k *keeper) keep(made chan<- error) {
	k.thread = unix.Gettid()
	parked, err := k.make()
	if err != nil {
		made <- err
		return
	}
	made <- nil
	<-k.released
	parked.End()
	if !k.own {
		k.copier.leave(k.pid, parked.ID)
	}
}

// make makes the copy.
func (k *keeper) make() (parked *halt.Thread, err error) {
	process := procfs.Process(k.pid)
	if k.own, err = isOwnChild(process); err != nil {
		return nil, err
	}
	begun, busy := time.Now(), threadTime()
	if err := k.copier.hasRoom(process); err != nil {
		return nil, err
	}
	s, err := halt.Stop(process, halt.Options{})
	if err != nil {
		return nil, err
	}
	m := &making{stopped: s, threads: s.Threads(), own: k.own, lent: s.Lender(k.lend)}
	kept := make(chan procfs.Kept, 1)
	go func() { kept <- s.Memory().Kept() }() // while the kernel copies, which takes longer
	err = m.run(k.copier)
	given, threads := <-kept, m.registers()
	s.Release()
	s.AwaitEnded(k.own)
	if err != nil {
		return nil, err
	}
	k.copy = &Copy{PID: m.parked.ID, Stamp: m.stamp, Kept: given, Of: s.Memory(), Threads: threads, Paused: time.Since(begun), CPU: m.cpu + threadTime() - busy, release: k.release}
	return m.parked, nil
}

// threadTime returns how much processor time this thread has had.
func threadTime() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}

// hasRoom returns the error for why a process is not to be copied: as much memory as it has itself must be left, and an
// eighth besides, since a copy keeps what the process writes to.
func (c *Copier) hasRoom(p procfs.Process) error {
	if c.options.Available == nil {
		return nil
	}
	memory, err := p.Memory()
	if err != nil {
		return unix.ESRCH
	}
	if needed, available := memory.Anonymous()/8*9, c.options.Available(); available < needed {
		return &Error{profile.Cause{Code: profile.TooLittleMemory, Number: int64(available)}}
	}
	return nil
}

// isOwnChild reports whether a process is a child of this one.
func isOwnChild(p procfs.Process) (bool, error) {
	self, err := procfs.Self()
	if err != nil {
		return false, err
	}
	ours, err := self.Status()
	if err != nil {
		return false, err
	}
	status, err := p.Status()
	if err != nil {
		return false, unix.ESRCH
	}
	if int(self) != os.Getpid() || len(ours.Numbers) != len(status.Numbers) {
		return false, &Error{profile.Cause{Code: profile.OtherNamespace}}
	}
	return status.Parent == self, nil
}

// asError returns the error for why a process was not copied.
func asError(err error) *Error {
	var known *Error
	var notStopped *halt.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &notStopped):
		return &Error{notStopped.Cause}
	case errors.Is(err, unix.ESRCH):
		return &Error{profile.Cause{Code: profile.EndedBefore}}
	case errors.Is(err, unix.EAGAIN):
		return &Error{profile.Cause{Code: profile.TooManyProcesses}}
	case errors.Is(err, unix.ENOMEM):
		return &Error{profile.Cause{Code: profile.NoMemoryToCopy}}
	}
	return &Error{profile.Cause{Code: profile.NotCopied, Detail: err.Error()}}
}
