//go:build linux && (amd64 || arm64)

package parked

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// Request is a copy that a process has been asked to make of itself, when it next calls a hook of the tracker
// library: where it may not be traced. Nobody stops its threads then, nor reads their registers, so that it must have
// one thread only.
type Request struct {
	copier *Copier
	pid    int
	own    bool // whether the process is a child of this one
	slot   *wire.Process
	room   *shm.CopyRoom
	stamp  uint64 // when it was asked for, by both clocks
	asked  time.Time

	mu    sync.Mutex // guards what follows, and the asking for what the copy is to read
	id    int        // of the copy; 0: there is none
	fd    int        // by which it is known for certain
	ended bool
}

// IsUntraced reports whether an error says that the process may not be traced.
func (e *Error) IsUntraced() bool {
	return e.Cause.Code == profile.TracedByOther || e.Cause.Code == profile.TracingDenied
}

// Ask asks a process, which has joined m as slot, for a copy of itself. The caller takes it or withdraws the request.
func (c *Copier) Ask(pid int, m *shm.Memory, slot *wire.Process) (*Request, error) {
	process := procfs.Process(pid)
	own, err := isOwnChild(process)
	if err != nil {
		return nil, asError(err)
	}
	if err := c.mayCopyItself(process); err != nil {
		return nil, err
	}
	if err := c.hasRoom(process); err != nil {
		return nil, err
	}
	room, err := m.NewCopyRoom()
	if err != nil {
		return nil, asError(err)
	}
	r := &Request{copier: c, pid: pid, own: own, slot: slot, room: room, stamp: c.options.Stamp(), asked: time.Now()}
	if own {
		room.Sibling = 1
	}
	c.mu.Lock()
	c.asked[r] = true
	c.mu.Unlock()
	room.Ask(slot)
	return r, nil
}

// mayCopyItself returns the error for why a process is not to copy itself.
func (c *Copier) mayCopyItself(p procfs.Process) error {
	threads, err := p.Threads()
	if err != nil {
		return asError(unix.ESRCH)
	}
	if len(threads) != 1 {
		return &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(threads[len(threads)-1])}}
	}
	if halt.IsFiltered(p, threads[0], c.filters) {
		return &Error{profile.Cause{Code: profile.CallsFiltered}}
	}
	if !halt.HasChildrenHere(p, threads[0]) {
		return &Error{profile.Cause{Code: profile.OtherNamespace}}
	}
	return nil
}

// IsTaken reports whether the process has begun to make the copy.
func (r *Request) IsTaken() bool { return r.room.IsTaken(r.slot) }

// Await waits until the process has begun to make the copy, so long at most, and reports whether it has.
func (r *Request) Await(atMost time.Duration) bool {
	for until := time.Now().Add(atMost); !r.IsTaken(); {
		left := time.Until(until)
		if left <= 0 {
			return false
		}
		shm.Wait(&r.room.State, 0, min(left, time.Millisecond))
	}
	return true
}

// Withdraw takes the request back. If the copy has been made by now it is let go of.
func (r *Request) Withdraw() {
	if r.room.Withdraw(r.slot) {
		r.forget()
	} else if made, err := r.Take(); err == nil {
		made.Close()
	}
}

// Take returns the copy, which the process has begun to make. The caller closes it.
func (r *Request) Take() (*Copy, error) {
	err := r.take()
	if err != nil {
		r.end()
		return nil, asError(err)
	}
	room := r.room
	t := Thread{ID: int(room.Thread), Registers: Registers{PC: room.PC, SP: room.General[halt.SPNumber], ThreadPointer: room.ThreadPointer, General: room.General}}
	c := &Copy{PID: r.id, Stamp: room.Stamp, Threads: []Thread{t}, Of: procfs.Process(r.pid), Kept: procfs.Process(r.pid).Kept(), Maker: t.ID, Paused: r.between(room.Stamp, room.Made), release: r.end}
	c.CPU = c.Paused
	c.nameThreads(r.pid)
	if _, err := halt.ReadMemory(r.id, make([]byte, 1), t.Registers.SP); err != nil {
		c.read = r.readAt
	}
	return c, nil
}

// between returns how much time is between two stamps.
func (r *Request) between(from, to uint64) time.Duration {
	ticks := r.copier.options.Stamp() - r.stamp
	if ticks == 0 || to < from {
		return 0
	}
	return time.Duration(float64(time.Since(r.asked)) * float64(to-from) / float64(ticks))
}

// take waits until the copy has been made.
func (r *Request) take() error {
	memory, _ := procfs.Process(r.pid).Memory()
	limit := time.Now().Add(copyWithin + time.Duration(memory.Resident>>20)*copyWithin/1024)
	for {
		state := atomic.LoadUint32(&r.room.State)
		if id := atomic.LoadUint32(&r.room.PID); id != 0 && r.id == 0 {
			if err := r.know(int(id)); err != nil {
				return err
			}
		}
		switch {
		case state == wire.CopyFailed && unix.Errno(r.room.Failed) == unix.EBUSY:
			return &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(r.pid)}}
		case state == wire.CopyFailed:
			return unix.Errno(r.room.Failed)
		case state == wire.CopyMade && r.id != 0 && atomic.LoadUint64(&r.room.Made) != 0:
			return r.lookWhole()
		case time.Now().After(limit):
			return unix.ETIMEDOUT
		}
		shm.Wait(&r.room.State, state, time.Millisecond)
	}
}

// know takes note of the copy, by a number that the process might have written over.
func (r *Request) know(id int) (err error) {
	parent := procfs.Process(r.pid)
	if r.own {
		if parent, err = procfs.Self(); err != nil {
			return err
		}
	}
	fd, err := unix.PidfdOpen(id, 0)
	if err != nil {
		return err
	}
	status, err := procfs.Process(id).Status()
	if err != nil || id == r.pid || status.Parent != parent {
		unix.Close(fd)
		return unix.ESRCH
	}
	r.id, r.fd = id, fd
	return nil
}

// lookWhole returns an error if the process keeps memory from its children, which the copy has not got then. What it
// has mapped since is missing as well.
func (r *Request) lookWhole() error {
	process := procfs.Process(r.pid)
	missing, err := missing(process, procfs.Process(r.id))
	missing = slices.DeleteFunc(missing, func(s span) bool { return s.end-s.start < littleUnforked })
	if err != nil || len(missing) == 0 {
		return err
	}
	kept := false
	err = process.EachMapped(func(m procfs.MappedMemory) {
		isMissing := slices.ContainsFunc(missing, func(s span) bool { return m.Start < s.end && s.start < m.End })
		kept = kept || isMissing && m.HasFlags("dc") // MADV_DONTFORK
	})
	if kept {
		return &Error{profile.Cause{Code: profile.NotCopied, Detail: "it keeps memory from its children"}}
	}
	return err
}

// end ends the copy, and gives back what it took.
func (r *Request) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	r.ended = true
	if r.id != 0 {
		_ = unix.PidfdSendSignal(r.fd, unix.SIGKILL, nil, 0) // fails only if it has ended
		awaitEnd(r.fd)
		if r.own {
			_, _ = unix.Wait4(r.id, nil, unix.WALL, nil)
		}
		unix.Close(r.fd)
	} else if atomic.LoadUint32(&r.room.State) != wire.CopyFailed {
		return // what comes of it is not known: the room is used no more
	}
	r.forget()
}

// forget gives the room back.
func (r *Request) forget() {
	r.room.Free()
	r.copier.mu.Lock()
	delete(r.copier.asked, r)
	r.copier.mu.Unlock()
}

// awaitEnd waits until a process has ended.
func awaitEnd(fd int) {
	for {
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != unix.EINTR {
			return
		}
	}
}

// hasEnded reports whether a process has ended.
func hasEnded(fd int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return n > 0 && err == nil
}

// readAt has the copy read its memory: this process may not.
func (r *Request) readAt(p []byte, addr uint64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		if r.ended {
			return n, unix.ESRCH
		}
		want := min(len(p)-n, wire.CopyReadBytes)
		r.room.From, r.room.Bytes = addr+uint64(n), uint32(want)
		asked := atomic.AddUint32(&r.room.Asked, 1)
		shm.Wake(&r.room.Asked)
		for {
			answered := atomic.LoadUint32(&r.room.Answered)
			if answered == asked {
				break
			}
			if hasEnded(r.fd) {
				return n, unix.ESRCH
			}
			const look = 100 * time.Millisecond // whether it lives
			shm.Wait(&r.room.Answered, answered, look)
		}
		got := min(int(r.room.Got), want)
		copy(p[n:], r.room.Data[:got])
		if n += got; got < want {
			return n, unix.EFAULT
		}
	}
	return n, nil
}
