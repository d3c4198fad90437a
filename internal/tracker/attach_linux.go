//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/binary"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/attach"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// visit is how a recording has come to a program that ran, and how it goes again.
type visit struct {
	options AttachOptions
	target  *attach.Target
	guard   *attach.Guard
	age     time.Duration // of the process, when the recording began; 0: not known

	leaving chan struct{} // closed when the process is to be left
	once    sync.Once     // of closing it
	why     atomic.Value  // of profile.AttachEnd: why it was left, or will be

	mu     sync.Mutex
	pauses []time.Duration // of the process, when it was left
}

// Attach records a process that runs already, for a while, and leaves it as it was. An error is an *AttachError where the
// process is to blame, or what this one may do; ErrNotBegun where it was to end before it had begun. A signal that would end
// this process ends the recording.
func Attach(o AttachOptions) (*Result, error) {
	defer processorsToSpare()()
	v := &visit{options: o, leaving: make(chan struct{})}
	v.why.Store(profile.AttachAsked)
	var err error
	if v.target, err = attach.Open(o.PID); err != nil {
		return nil, v.error(err)
	}
	if v.guard, err = attach.StartGuard(v.target, attach.GuardOptions{}); err != nil {
		return nil, v.error(err)
	}
	r, err := v.prepare()
	if err != nil {
		v.detach()
		return nil, v.error(err)
	}
	defer r.close()
	if err := v.enter(r); err != nil {
		v.detach()
		return nil, v.error(err)
	}
	r.waking.Go(func() { v.stay(r) })
	r.replay()
	return r.finish()
}

// processorsToSpare has Go's runtime take it that there are more processors than this process has goroutines that run, until usual is called. A
// goroutine that comes back from a system call needs one of them; where all are taken it waits until some other thread hands one on, and on a
// machine that has much to do all threads of the process that it has stopped wait with it.
func processorsToSpare() (usual func()) {
	const least = 16
	was := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(was, least))
	return func() { runtime.GOMAXPROCS(was) }
}

// error returns the error of coming to the process as users of this package know it.
func (v *visit) error(err error) error {
	if v.target != nil {
		err = v.target.Blame(err)
	}
	var refused *attach.Error
	if errors.As(err, &refused) {
		return &AttachError{PID: v.options.PID, Cause: refused.Cause}
	}
	return err
}

// prepare makes all that there must be before anything is put into the process but the shared memory.
func (v *visit) prepare() (*recording, error) {
	o := v.options.options()
	limits := launch.LiftLimits()
	room, err := shm.RoomUnderLimits()
	if err != nil {
		return nil, err
	}
	if room.Heap > 0 {
		debug.SetMemoryLimit(room.Heap)
	}
	memory, err := v.target.Share(room.Rings, v.options.Waiting)
	if err != nil {
		return nil, err
	}
	r := &recording{options: o, visit: v, limits: limits, memory: memory}
	r.target = target{machine: launch.Machine(), stamp: clock.Stamp, library: attachedLibrary}
	r.prepareMemory(patcher.Options{Undo: v.target.AddUndo}, wire.Attached)
	r.waking.Go(func() { r.signals.Handle(func() { v.leave(profile.AttachAsked) }) })
	return r, nil
}

// attachedLibrary is what the library is called among the modules of a process that it was put into.
const attachedLibrary = "/heapprof-attached"

// enter puts the library into the process and has it record: when enter returns, it does.
func (v *visit) enter(r *recording) error {
	running, err := r.patcher.PlanRunning(v.target.Proc)
	if err != nil {
		return err
	}
	// The library counts on a C library, which a program without an allocator need not have, such as one in Go.
	if why := running.WhyNoAllocator(); !why.IsZero() {
		return &attach.Error{Cause: why}
	}
	library, err := preload.Attached()
	if err == nil {
		err = v.target.Inject(attach.InjectOptions{Library: library, Waiting: v.options.Waiting})
	}
	if err == nil && isClosed(v.leaving) {
		err = ErrNotBegun
	}
	if err == nil {
		err = v.target.Patch(running, attach.PatchOptions{Waiting: v.options.Waiting})
	}
	switch {
	case err != nil && isClosed(v.leaving):
		return ErrNotBegun
	case err != nil:
		return err
	}
	r.patcher.Began(v.target.Image, running)
	r.memory.Process(v.target.Image).Start = v.target.Began // before that nothing was recorded
	v.age = v.target.Proc.Age()
	r.builder = r.newBuilder()
	launch.BeNoVictim()
	r.follow(v.options.PID)
	if v.options.Began != nil {
		v.options.Began()
	}
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// leave has the process left, for a reason. Only the first one counts.
func (v *visit) leave(why profile.AttachEnd) {
	v.once.Do(func() {
		if v.guard.Stood() {
			why = profile.AttachStood
		}
		v.why.Store(why)
		close(v.leaving)
	})
}

// stay waits until the process is to be left, or has left itself, leaves it, and tells the reader.
func (v *visit) stay(r *recording) {
	began := time.Now()
	if d := v.options.Duration; d > 0 {
		timer := time.AfterFunc(d, func() { v.leave(profile.AttachDuration) })
		defer timer.Stop()
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		v.awaitEnd()
	}()
	<-v.leaving
	r.result.Stays = v.detach()
	r.root.End = r.target.stamp()
	r.result.Duration = time.Since(began)
	close(r.root.Ended)
	r.stop(false)
	<-gone
}

// awaitEnd waits until the process is left. If it ends before, or becomes another program, it is to be left for that.
func (v *visit) awaitEnd() {
	const look = 100 * time.Millisecond
	pid, err := unix.PidfdOpen(v.options.PID, 0)
	if err == nil {
		defer unix.Close(pid)
	}
	for !isClosed(v.leaving) {
		if err != nil { // Linux before 5.3
			time.Sleep(look)
			if unix.Kill(v.options.PID, 0) == unix.ESRCH {
				v.leave(profile.AttachExited)
			}
		} else if n, _ := unix.Poll([]unix.PollFd{{Fd: int32(pid), Events: unix.POLLIN}}, int(look.Milliseconds())); n > 0 {
			v.leave(profile.AttachExited)
		}
		if !v.isThere() {
			time.Sleep(look) // its memory goes first, when it ends
			if n, _ := unix.Poll([]unix.PollFd{{Fd: int32(pid), Events: unix.POLLIN}}, 0); n > 0 || unix.Kill(v.options.PID, 0) == unix.ESRCH {
				v.leave(profile.AttachExited)
			}
			v.leave(profile.AttachExec)
		}
	}
}

// isThere reports whether the process still has in it what was put there: exec takes it away.
func (v *visit) isThere() bool {
	var magic [8]byte
	local := []unix.Iovec{{Base: &magic[0], Len: uint64(len(magic))}}
	n, err := unix.ProcessVMReadv(v.options.PID, local, []unix.RemoteIovec{{Base: uintptr(v.target.Undo), Len: len(magic)}}, 0)
	if err != nil {
		return err != unix.EFAULT && err != unix.ESRCH // it may have changed whose it is
	}
	return n == len(magic) && binary.LittleEndian.Uint64(magic[:]) == undo.Magic
}

// detach leaves the process as it was, whatever has been done to it so far, and returns why something stays in it, if it
// does.
func (v *visit) detach() (stays profile.Cause) {
	d, err := attach.Detach(v.target.Proc, v.target.Undo, attach.DetachOptions{Token: v.target.Token})
	switch {
	case d.Left > 0:
		stays = d.Cause
	case err != nil:
		stays = profile.Cause{Code: profile.InWords, Detail: err.Error()}
	default:
		v.guard.Done() // else it tries again, when this process has ended
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pauses = append(v.target.Pauses(), d.Pauses...)
	return stays
}

// attached returns how an image was recorded that belongs to the visit; nil where there was none.
func (v *visit) attached(p recorded, root int) *profile.Attached {
	if v == nil {
		return nil
	}
	a := &profile.Attached{FreedBefore: p.Heap.Before.Freed, ResizedBefore: p.Heap.Before.Resized, End: v.why.Load().(profile.AttachEnd)}
	if !p.RunsIn(root) {
		a.End = profile.AttachForked
		return a
	}
	a.Age, a.Pauses = uint64(v.age.Microseconds()), v.pausesSoFar()
	return a
}

// pausesSoFar returns how often, and how long, the process was made to stand still.
func (v *visit) pausesSoFar() profile.Pauses {
	v.mu.Lock()
	all := slices.Clone(v.pauses)
	v.mu.Unlock()
	if len(all) == 0 {
		all = slices.Clone(v.target.Pauses())
	}
	if len(all) == 0 {
		return profile.Pauses{}
	}
	slices.Sort(all)
	return profile.Pauses{Count: uint64(len(all)), Median: uint64(all[len(all)/2].Microseconds()), Longest: uint64(all[len(all)-1].Microseconds())}
}
