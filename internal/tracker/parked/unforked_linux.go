//go:build linux && (amd64 || arm64)

package parked

import (
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// span is addresses from start up to end.
type span struct{ start, end uint64 }

// littleUnforked is how much memory that a child does not get is not looked for, in bytes: the tracker library has a
// few pages of such, of addresses only.
const littleUnforked = 64 << 10

// completeCopy makes the copy once more if there is memory that the program keeps from its children (MADV_DONTFORK), as
// V8 does with all of its heap: this one's helper, whose memory is the process's, allows it for the time being.
func (m *making) completeCopy(helper *halt.Thread) error {
	whole, err := m.stopped.Memory().Memory()
	if err != nil {
		return err
	}
	copied, err := procfs.Process(m.parked.ID).Memory()
	if err != nil {
		return err
	}
	if whole.Addresses < copied.Addresses+littleUnforked {
		return nil
	}
	missing, err := missing(m.stopped.Memory(), procfs.Process(m.parked.ID))
	if err != nil || len(missing) == 0 {
		return err
	}
	first := m.parked
	m.parked = nil
	first.End()
	m.ended = append(m.ended, first.ID)
	// Of a device's memory the kernel refuses it.
	var allowed []span
	for _, s := range missing {
		if _, err := helper.Call(m.instruction, unix.SYS_MADVISE, s.start, s.end-s.start, unix.MADV_DOFORK); err == nil {
			allowed = append(allowed, s)
		}
	}
	m.parked, err = m.makeCopy(helper)
	for _, s := range allowed {
		if _, failed := helper.Call(m.instruction, unix.SYS_MADVISE, s.start, s.end-s.start, unix.MADV_DONTFORK); failed == unix.ESRCH {
			return failed
		}
	}
	return err
}

// missing returns what of a process's own memory its copy has not got.
func missing(process, parked procfs.Process) (all []span, err error) {
	theirs, err := process.Maps()
	if err != nil {
		return nil, err
	}
	ours, err := parked.Maps()
	if err != nil {
		return nil, err
	}
	for _, t := range theirs {
		for len(ours) > 0 && ours[0].End <= t.Start {
			ours = ours[1:]
		}
		if t.Protection[0] != 'r' || t.Protection[3] != 'p' {
			continue
		}
		start := t.Start
		for _, o := range ours {
			if o.Start >= t.End {
				break
			}
			if start < o.Start {
				all = append(all, span{start, o.Start})
			}
			start = o.End
		}
		if start < t.End {
			all = append(all, span{start, t.End})
		}
	}
	return all, nil
}
