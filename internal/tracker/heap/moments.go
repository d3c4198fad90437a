package heap

// Moment is a time at which the state of every site is known.
type Moment struct {
	Stamp uint64
	Mark  string // its name, if somebody marked it; "" for the end of a window
}

// maxMarks is how many marks are kept.
const maxMarks = 1000

// moments are the moments of a heap.
type moments struct {
	kept      []Moment // in the order of time
	marks     int      // how many of them are marks
	lostMarks uint64
}

// mark adds a mark, and reports whether there was room. One that comes late is as late as the
// moment before it.
func (m *moments) mark(stamp uint64, name string) bool {
	if m.marks == maxMarks {
		m.lostMarks++
		return false
	}
	if n := len(m.kept); n > 0 {
		stamp = max(stamp, m.kept[n-1].Stamp)
	}
	m.marks++
	m.kept = append(m.kept, Moment{stamp, name})
	return true
}

// Mark records that somebody gave a name to the moment stamp, so that the state of every
// site will be known then. Beyond 1000 marks they are only counted, in Result.LostMarks, and it
// reports false.
func (h *Heap) Mark(stamp uint64, name string) bool {
	if stamp > h.timeline.due {
		h.advance(stamp)
	}
	return h.moments.mark(stamp, name)
}

// Mark is Heap.Mark.
func (h *Sampled) Mark(stamp uint64, name string) bool {
	h.advance(stamp)
	return h.moments.mark(stamp, name)
}
