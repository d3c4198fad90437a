package heap

import (
	"cmp"
	"slices"
)

// Moment is a time at which the state of every site is known: the end of a window, or a mark.
// The windows of a run are equal, and follow one another from its first event on.
type Moment struct {
	Stamp uint64
	Mark  string // its name, if somebody marked it; "" for the end of a window
}

const (
	// maxWindows is how many windows there are at most. It is even, so that the newest end stays
	// where every other one is dropped.
	maxWindows = 64

	// firstWindow is how long windows are at first, in ticks: a run of a millisecond has some,
	// and the ends of those that are dropped soon are reached while there are few sites.
	firstWindow = 1 << 14

	// maxMarks is how many marks are kept.
	maxMarks = 1000
)

// moments are the moments of a heap. Whenever there are too many windows, two are made one, so
// that they are even however long the program runs.
type moments struct {
	due      uint64 // when the window ends that runs
	began    uint64 // when the first began
	interval uint64 // how long each is; 0 before the first event
	windows  uint64 // how many have ended

	kept   []keptMoment // in the order of time
	serial uint32       // of the newest one
	marks  int          // how many of them are marks

	history history
}

func newMoments() moments { return moments{history: history{full: firstFull}} }

// save keeps what a site has been since it changed last, in an epoch before the newest moment's.
func (m *moments) save(site SiteID, epoch uint64, total, live Amount) {
	if total.Blocks > 0 {
		m.history.add(site, m.after(epoch), total, live)
	}
}

// pass does what is due before stamp. There are so many sites, and if a window has ended,
// beginEpoch is called.
func (m *moments) pass(stamp uint64, sites int, beginEpoch func() uint64) {
	if m.interval == 0 {
		m.began, m.interval = min(stamp, maxTimelineStamp), firstWindow
		m.due = m.began + firstWindow
	}
	interval := m.interval
	if m.hasEnded(stamp) {
		m.advance(stamp, beginEpoch())
	}
	if m.interval != interval {
		m.history.compact(m, sites)
	}
}

// keptMoment is a moment that was not dropped.
type keptMoment struct {
	Moment
	serial uint32 // how many moments there were with this one, those included that were dropped
	epoch  uint64 // that began at it; for several without an event between them the same
}

// hasEnded reports whether the window that runs has ended before stamp. Where there is no room for
// its end, windows become longer first.
func (m *moments) hasEnded(stamp uint64) bool {
	stamp = min(stamp, maxTimelineStamp)
	for m.due < stamp && m.windows == maxWindows {
		m.thin()
	}
	return m.due < stamp
}

// advance adds the ends of the windows that have ended before stamp. Nothing has changed since
// the first of them, where an epoch began.
func (m *moments) advance(stamp uint64, epoch uint64) {
	for m.hasEnded(stamp) {
		m.add(Moment{Stamp: m.due}, epoch)
		m.windows++
		m.due += m.interval
	}
}

// add adds a moment at which an epoch began.
func (m *moments) add(moment Moment, epoch uint64) {
	m.serial++
	m.kept = append(m.kept, keptMoment{moment, m.serial, epoch})
}

// thin drops every other end of a window.
func (m *moments) thin() {
	n := 0
	m.kept = slices.DeleteFunc(m.kept, func(k keptMoment) bool {
		if k.Mark != "" {
			return false
		}
		n++
		return n%2 != 0
	})
	m.windows /= 2
	m.interval *= 2
	m.due = m.began + (m.windows+1)*m.interval
}

// mark adds a mark, and calls beginEpoch; it reports false if there is no room. One that comes late is
// as late as the moment before it.
func (m *moments) mark(stamp uint64, name string, beginEpoch func() uint64) bool {
	if m.marks == maxMarks {
		return false
	}
	if n := len(m.kept); n > 0 {
		stamp = max(stamp, m.kept[n-1].Stamp)
	}
	m.marks++
	m.add(Moment{stamp, name}, beginEpoch())
	return true
}

// copy returns moments that go their own way.
func (m *moments) copy() moments {
	c := *m
	c.kept, c.history = slices.Clone(m.kept), m.history.copy()
	return c
}

// after returns the first moment after an epoch: there, a site that has not changed since has
// become what it is. There must be one.
func (m *moments) after(epoch uint64) (serial uint32) {
	// Where events at many sites come by turns, most sites have changed in the window before.
	if n := len(m.kept); n == 1 || n > 1 && m.kept[n-2].epoch <= epoch {
		return m.kept[n-1].serial
	}
	i, _ := slices.BinarySearchFunc(m.kept, epoch+1, func(k keptMoment, least uint64) int { return cmp.Compare(k.epoch, least) })
	return m.kept[i].serial
}

// indexes returns for each serial number the index of the moment that has taken its place: itself,
// or the one kept after it.
func (m *moments) indexes() []uint32 {
	all := make([]uint32, m.serial+1)
	for i := len(m.kept) - 1; i >= 0; i-- {
		first := uint32(0)
		if i > 0 {
			first = m.kept[i-1].serial + 1
		}
		for serial := first; serial <= m.kept[i].serial; serial++ {
			all[serial] = uint32(i)
		}
	}
	return all
}

// pending returns the moment at which a site with so many blocks in all has become what it is,
// where that is not in its history, as it has not changed since that epoch; else 0.
func (m *moments) pending(epoch, totalBlocks uint64) (serial uint32) {
	if n := len(m.kept); n == 0 || epoch >= m.kept[n-1].epoch || totalBlocks == 0 {
		return 0
	}
	return m.after(epoch)
}

// at returns the index of the first moment that is not before stamp; as many as there are, if all are.
func (m *moments) at(stamp uint64) uint32 {
	i, _ := slices.BinarySearchFunc(m.kept, stamp, func(k keptMoment, stamp uint64) int { return cmp.Compare(k.Stamp, stamp) })
	return uint32(i)
}

// until returns the moments as they are when the run ends at stamp, and nothing has happened
// since the last event. m stays as it is.
func (m *moments) until(stamp uint64, epoch uint64) *moments {
	c := *m
	c.kept = slices.Clone(m.kept)
	if c.interval != 0 {
		c.advance(stamp, epoch)
	}
	return &c
}

// Mark records that somebody gave a name, which is not empty, to the moment stamp, so that the
// state of every site will be known then. It reports false where there are 1000 marks already: then
// this one is lost.
func (h *Heap) Mark(stamp uint64, name string) bool {
	if stamp > h.due {
		h.advance(stamp)
	}
	return h.sites.moments.mark(stamp, name, h.sites.beginMoment)
}

// Mark is Heap.Mark.
func (h *Sampled) Mark(stamp uint64, name string) bool {
	h.advance(stamp)
	return h.moments.mark(stamp, name, h.beginMoment)
}
