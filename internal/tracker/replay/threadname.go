//go:build linux && (amd64 || arm64)

package replay

import "time"

// threadName is how the name of a ring's thread is found out. A thread begins with that of the
// thread that has made it, and is given its own soon, or late: it is read when the thread
// appears, and again after ever longer times.
type threadName struct {
	id    uint64 // the kernel's number of the thread; 0: not known, or it has ended
	known string
	due   time.Time
	pause time.Duration
}

const (
	firstNamePause = 20 * time.Millisecond
	lastNamePause  = 5 * time.Second
)

// begin makes the name that of a thread that has taken the ring over.
func (n *threadName) begin(id uint64) { *n = threadName{id: id, pause: firstNamePause} }

// readName reads the name of the ring's thread, if that is due.
func (r *ring) readName(now time.Time) {
	n := &r.name
	if n.id == 0 || now.Before(n.due) || r.image.Heap == nil {
		return
	}
	name, err := r.image.Proc.ThreadName(n.id)
	if err != nil {
		n.id = 0
		return
	}
	n.due, n.pause = now.Add(n.pause), min(2*n.pause, lastNamePause)
	if name != n.known {
		n.known = name
		r.image.Heap.NameThread(&r.thread, name)
	}
}
