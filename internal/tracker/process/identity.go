//go:build linux && (amd64 || arm64)

package tracker

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

// identity is which process of the system an image runs in.
type identity struct {
	pid    int            // in the pid namespace of this process; where that is not known, what it calls itself
	proc   procfs.Process // 0: not known
	pidfd  int            // -1: there is none
	proven bool           // its badge was seen there
	gone   bool           // its badge was nowhere to be seen
}

// hasEnded asks the kernel. It answers for processes that are not children, too, and
// cannot tell of one that is not known.
func (id *identity) hasEnded() bool {
	switch {
	case id.gone:
		return true
	case id.pidfd >= 0:
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(id.pidfd), Events: unix.POLLIN}}, 0)
		return err == nil && n > 0
	case id.proc == 0:
		return false
	}
	return unix.Kill(id.pid, 0) == unix.ESRCH
}

func (id *identity) close() {
	if id.pidfd >= 0 {
		unix.Close(id.pidfd)
		id.pidfd = -1
	}
}

// identities finds out which process an image runs in. What the image says is a hint and
// no more: in a pid namespace of its own its number is that of a stranger here. It is
// believed where the image's badge is seen (wire.h); else the badge is looked for, among
// its parent's children first. Where it cannot be seen, since the maps of another user's
// process or of one that hides itself cannot be read, or it has none, the only process that calls itself
// so and is not older than its parent is taken for it, but is not proven to be.
type identities struct {
	memory *shm.Memory
	level  int // how many pid namespaces this process is below /proc's

	mu     sync.Mutex
	known  map[int]*identity // by index in the process table
	finder *procfs.Finder    // of the shared memory; nil: it cannot be told from others
}

func newIdentities(m *shm.Memory) *identities {
	d := &identities{memory: m, known: make(map[int]*identity)}
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

// locate returns the process that an image runs in, 0 where that is not known. The error says
// why that is not proven: os.ErrProcessDone of one that has ended.
func (d *identities) locate(index int) (procfs.Process, error) {
	switch id := d.of(index)[0]; {
	case id.proven:
		return id.proc, nil
	case id.gone:
		return id.proc, os.ErrProcessDone
	default:
		return id.proc, errors.New("it cannot be told which process it is")
	}
}

// of returns the identities of images, by their indices in the process table, which are
// ready there.
func (d *identities) of(indices ...int) []*identity {
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
	all := make([]*identity, len(indices))
	for n, i := range indices {
		all[n] = d.known[i]
	}
	return all
}

// forget lets go of an image that has ended.
func (d *identities) forget(index int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id := d.known[index]; id != nil {
		id.close()
		delete(d.known, index)
	}
}

// byHint makes an identity of what the image says. It reports false where the image may as
// well be another process.
func (d *identities) byHint(index int) (id *identity, ok bool) {
	slot := d.memory.Process(index)
	switch {
	case slot.PID != 0:
		id = d.at(procfs.Process(slot.PID))
	case slot.Elsewhere == 0:
		id = d.called(int(slot.OwnPID))
	default:
		return &identity{pid: int(slot.OwnPID), pidfd: -1}, false
	}
	d.prove(id, index)
	return id, true
}

// at makes an identity of a process.
func (d *identities) at(proc procfs.Process) *identity {
	id := &identity{pid: int(proc), proc: proc, pidfd: -1}
	if d.level > 0 {
		status, _ := proc.Status()
		if len(status.Numbers) <= d.level {
			id.pid, id.gone = 0, true
			return id
		}
		id.pid = status.Numbers[d.level]
	}
	id.watch()
	return id
}

// called makes an identity of a number in the pid namespace of this process.
func (d *identities) called(pid int) *identity {
	id := &identity{pid: pid, proc: procfs.Process(pid), pidfd: -1}
	id.watch()
	if d.level == 0 || id.pidfd < 0 {
		return id
	}
	id.proc = procfs.OfPidfd(id.pidfd)
	return id
}

// watch opens what tells of the process's end.
func (id *identity) watch() {
	fd, err := unix.PidfdOpen(id.pid, 0)
	if err != nil {
		fd, id.gone = -1, err == unix.ESRCH || err == unix.EINVAL
	}
	id.pidfd = fd
}

// prove looks for an image's badge where it says it is.
func (d *identities) prove(id *identity, index int) {
	if id.gone || id.proc == 0 {
		return
	}
	badges, _ := d.badges(id.proc)
	// What was open before is the same process still, if it has not ended.
	id.proven = slices.Contains(badges, index) && !id.hasEnded()
}

// wears says whether an image's badge is to be seen where it was.
func (d *identities) wears(id *identity, index int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	badges, _ := d.badges(id.proc)
	return slices.Contains(badges, index)
}

// badges returns whose badges a process has: an image has one.
func (d *identities) badges(proc procfs.Process) (all []int, err error) {
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

// badgeOf says which image's badge a mapping of the shared memory is, if it is one.
func badgeOf(m procfs.Mapping) (index int, ok bool) {
	place, length := m.Offset/wire.Page, (m.End-m.Start)/wire.Page
	if m.Protection != "---s" || place >= wire.BadgePlaces || length == 0 || length > wire.BadgePlaces {
		return 0, false
	}
	return int((length-1)*wire.BadgePlaces + place), true
}

// search looks for images by their badges.
func (d *identities) search(missing []int) {
	const few = 16
	for _, i := range missing[:min(len(missing), few)] { // more are found faster in all
		if parent := d.known[int(d.memory.Process(i).Parent)-1]; parent != nil && parent.proc != 0 {
			d.searchIn(parent.proc.Children(), []int{i})
		}
	}
	missing = slices.DeleteFunc(missing, func(i int) bool { return d.known[i].proven })
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
		case id.proven:
		case len(maybe[i]) == 0:
			// Its badge was there before it was ready, and every process has been looked at.
			id.gone = true
		case len(maybe[i]) == 1:
			*id = *d.at(maybe[i][0])
		}
	}
}

// searchIn looks for images in some processes. It returns those that may be one of which
// that cannot be seen.
func (d *identities) searchIn(processes []procfs.Process, missing []int) (maybe map[int][]procfs.Process) {
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
				if id := d.at(proc); id.hasEnded() {
					id.close()
				} else {
					id.proven = true
					*d.known[i] = *id
				}
			case (errors.Is(err, fs.ErrPermission) || d.memory.Process(i).Badge == 0) && d.mayBe(proc, i):
				maybe[i] = append(maybe[i], proc)
			}
		}
	}
	return maybe
}

// mayBe says whether a process may be that of an image: it is no other's, and not older
// than the image's parent.
func (d *identities) mayBe(proc procfs.Process, index int) bool {
	for _, id := range d.known {
		if id.proven && id.proc == proc {
			return false
		}
	}
	parent := d.known[int(d.memory.Process(index).Parent)-1]
	if parent == nil || parent.proc == 0 {
		return true
	}
	began, err := proc.Stat()
	before, parentErr := parent.proc.Stat()
	return err == nil && (parentErr != nil || began.Start >= before.Start)
}
