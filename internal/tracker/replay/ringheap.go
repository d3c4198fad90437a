//go:build linux && (amd64 || arm64)

package replay

// readyRing is a ring that has an event to read, and the stamp of that.
type readyRing struct {
	at   uint64
	ring *ring
}

// ringHeap is a binary heap of rings, the earliest next event first. It is
// container/heap without interfaces: the merge asks it once for each run of events.
type ringHeap []readyRing

func (h ringHeap) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

// down moves element i down to where it belongs.
func (h ringHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if h[i].at <= h[child].at {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// second returns the stamp of the second-earliest event.
func (h ringHeap) second() uint64 {
	switch {
	case len(h) < 2:
		return ^uint64(0)
	case len(h) > 2 && h[2].at < h[1].at:
		return h[2].at
	}
	return h[1].at
}

func (h *ringHeap) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}
