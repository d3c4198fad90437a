//go:build linux && (amd64 || arm64)

package process

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Identity is which process of the system an image runs in.
type Identity struct {
	PID    int            // in the pid namespace of this process; where that is not known, what it calls itself
	Proc   procfs.Process // 0: not known
	Proven bool           // the image's badge was seen there
	pidfd  int            // -1: there is none
	gone   bool           // the image's badge was nowhere to be seen
}

// HasEnded reports whether the process has ended, also one that is no child of this
// process. A process that is not known has not ended.
func (id *Identity) HasEnded() bool {
	switch {
	case id.gone:
		return true
	case id.pidfd >= 0:
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(id.pidfd), Events: unix.POLLIN}}, 0)
		return err == nil && n > 0
	case id.Proc == 0:
		return false
	}
	return unix.Kill(id.PID, 0) == unix.ESRCH
}

// Unknown returns the identity of an image whose process calls itself pid, and cannot be
// told from others.
func Unknown(pid int) *Identity { return &Identity{PID: pid, pidfd: -1} }

func (id *Identity) close() {
	if id.pidfd >= 0 {
		unix.Close(id.pidfd)
		id.pidfd = -1
	}
}

// Identities finds out which process an image runs in. What the image says is a hint and
// no more: in a pid namespace of its own its number is that of a stranger here. It is
// believed where the image's badge is seen, a mapping of the shared memory whose place and
// length no other image's has (wire.BadgeAt); else the badge is looked for, among the
// children of the image's parent first. An image may have no badge, and that of another
// user's process, or of one that hides itself, cannot be seen: then the only process that
// has the image's number and is not older than its parent is taken for it, but is not
// proven to be.
type Identities struct {
	memory *shm.Memory
	level  int // how many pid namespaces this process is below /proc's

	mu     sync.Mutex
	known  map[int]*Identity // by index in the process table
	finder *procfs.Finder    // of the shared memory; nil: it cannot be told from others
}

// NewIdentities returns an Identities for the process table in m.
func NewIdentities(m *shm.Memory) *Identities {
	d := &Identities{memory: m, known: make(map[int]*Identity)}
	var st unix.Stat_t
	if unix.Fstat(m.Descriptor(), &st) == nil {
		d.finder = procfs.NewFinder(unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	}
	if self, err := procfs.Self(); err == nil {
		status, _ := self.Status()
		d.level = max(len(status.Numbers)-1, 0)
	}
	return d
}

// Locate returns the process that an image runs in, by its index in the process table; 0 if
// that is not known. The error is why that is not proven: os.ErrProcessDone for a process
// that has ended.
func (d *Identities) Locate(index int) (procfs.Process, error) {
	switch id := d.Identify(index)[0]; {
	case id.Proven:
		return id.Proc, nil
	case id.gone:
		return id.Proc, os.ErrProcessDone
	default:
		return id.Proc, errors.New("it cannot be told which process it is")
	}
}

// Identify returns the identities of images, by their indices in the process table, where
// their entries must be ready.
func (d *Identities) Identify(indices ...int) []*Identity {
	d.mu.Lock()
	defer d.mu.Unlock()
	var missing []int
	for _, i := range indices {
		if d.known[i] != nil {
			continue
		}
		var found bool
		if d.known[i], found = d.byHint(i); !found {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		d.search(missing)
	}
	all := make([]*Identity, len(indices))
	for n, i := range indices {
		all[n] = d.known[i]
	}
	return all
}

// Forget drops what is known of an image that has ended.
func (d *Identities) Forget(index int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id := d.known[index]; id != nil {
		id.close()
		delete(d.known, index)
	}
}

// byHint returns the identity of the process that the image says it runs in. It reports
// false if the image may as well run in another one.
func (d *Identities) byHint(index int) (id *Identity, ok bool) {
	slot := d.memory.Process(index)
	switch {
	case slot.PID != 0:
		id = d.ofProcess(procfs.Process(slot.PID))
	case slot.Elsewhere == 0:
		id = d.ofPID(int(slot.OwnPID))
	default:
		return Unknown(int(slot.OwnPID)), false
	}
	d.prove(id, index)
	return id, true
}

// ofProcess returns the identity of a process.
func (d *Identities) ofProcess(proc procfs.Process) *Identity {
	id := &Identity{PID: int(proc), Proc: proc, pidfd: -1}
	if d.level > 0 {
		status, _ := proc.Status()
		if len(status.Numbers) <= d.level {
			id.PID, id.gone = 0, true
			return id
		}
		id.PID = status.Numbers[d.level]
	}
	id.openPidfd()
	return id
}

// ofPID returns the identity of the process with a number in the pid namespace of this
// process.
func (d *Identities) ofPID(pid int) *Identity {
	id := &Identity{PID: pid, Proc: procfs.Process(pid), pidfd: -1}
	id.openPidfd()
	if d.level == 0 || id.pidfd < 0 {
		return id
	}
	id.Proc = procfs.OfPidfd(id.pidfd)
	return id
}

// openPidfd opens the descriptor by which the kernel tells of the process's end.
func (id *Identity) openPidfd() {
	fd, err := unix.PidfdOpen(id.PID, 0)
	if err != nil {
		fd, id.gone = -1, err == unix.ESRCH || err == unix.EINVAL
	}
	id.pidfd = fd
}

// prove looks for an image's badge in the process that the image says it runs in.
func (d *Identities) prove(id *Identity, index int) {
	if id.gone || id.Proc == 0 {
		return
	}
	badges, _ := d.badges(id.Proc)
	// What was open before is the same process still, if it has not ended.
	id.Proven = slices.Contains(badges, index) && !id.HasEnded()
}

// HasBadge reports whether an image's badge can be seen in its process now.
func (d *Identities) HasBadge(id *Identity, index int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	badges, _ := d.badges(id.Proc)
	return slices.Contains(badges, index)
}

// badges returns the indices of the images whose badges a process has, of which each image
// has one.
func (d *Identities) badges(proc procfs.Process) (all []int, err error) {
	if d.finder == nil {
		return nil, nil
	}
	mappings, err := d.finder.In(proc)
	for _, m := range mappings {
		if index, ok := badgeOf(m); ok {
			all = append(all, index)
		}
	}
	return all, err
}

// badgeOf returns the index of the image whose badge a mapping of the shared memory is; ok
// is false if it is no badge.
func badgeOf(m procfs.Mapping) (index int, ok bool) {
	place, length := m.Offset/wire.Page, (m.End-m.Start)/wire.Page
	if m.Protection != "---s" || place >= wire.BadgePlaces || length == 0 || length > wire.BadgePlaces {
		return 0, false
	}
	return int((length-1)*wire.BadgePlaces + place), true
}

// search looks for images by their badges in all processes.
func (d *Identities) search(missing []int) {
	const few = 16
	for _, i := range missing[:min(len(missing), few)] { // more are found faster in all
		if parent := d.known[int(d.memory.Process(i).Parent)-1]; parent != nil && parent.Proc != 0 {
			d.searchIn(parent.Proc.Children(), []int{i})
		}
	}
	missing = slices.DeleteFunc(missing, func(i int) bool { return d.known[i].Proven })
	if len(missing) == 0 {
		return
	}
	all, err := procfs.Processes()
	if err != nil {
		return
	}
	maybe := d.searchIn(all, missing)
	for _, i := range missing {
		switch id := d.known[i]; {
		case id.Proven:
		case len(maybe[i]) == 0:
			// Its badge was there before it was ready, and every process has been looked at.
			id.gone = true
		case len(maybe[i]) == 1:
			*id = *d.ofProcess(maybe[i][0])
		}
	}
}

// searchIn looks for images by their badges in some processes. It returns, by the index of
// an image, the processes that it may run in where badges cannot be seen.
func (d *Identities) searchIn(processes []procfs.Process, missing []int) (maybe map[int][]procfs.Process) {
	maybe = make(map[int][]procfs.Process)
	for _, proc := range processes {
		status, _ := proc.Status()
		names := status.Numbers
		if len(names) == 0 {
			continue // it has ended
		}
		var named []int
		for _, i := range missing {
			if int(d.memory.Process(i).OwnPID) == names[len(names)-1] {
				named = append(named, i)
			}
		}
		if len(named) == 0 {
			continue
		}
		badges, err := d.badges(proc)
		for _, i := range named {
			switch {
			case slices.Contains(badges, i):
				if id := d.ofProcess(proc); id.HasEnded() {
					id.close()
				} else {
					id.Proven = true
					*d.known[i] = *id
				}
			case (errors.Is(err, fs.ErrPermission) || d.memory.Process(i).Badge == 0) && d.mayBe(proc, i):
				maybe[i] = append(maybe[i], proc)
			}
		}
	}
	return maybe
}

// mayBe reports whether an image may run in a process: no other image does, and the process
// is not older than that of the image's parent.
func (d *Identities) mayBe(proc procfs.Process, index int) bool {
	for _, id := range d.known {
		if id.Proven && id.Proc == proc {
			return false
		}
	}
	parent := d.known[int(d.memory.Process(index).Parent)-1]
	if parent == nil || parent.Proc == 0 {
		return true
	}
	began, err := proc.Stat()
	before, parentErr := parent.Proc.Stat()
	return err == nil && (parentErr != nil || began.Start >= before.Start)
}
