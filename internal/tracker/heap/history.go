package heap

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// State is what one site had allocated until a moment, and what of it lived then.
type State struct {
	Moment                  uint32 // index into Result.Moments
	TotalBytes, TotalBlocks uint64
	Bytes, Blocks           uint64 // live
}

// Births is how many of a site's blocks that live at the end were born since the moment before.
type Births struct {
	Moment uint32 // index into Result.Moments; as many as there are: born after the last
	Amount
}

// history is the states of all sites, in the order in which they were saved. That is the order of
// time for each site. They are written as varints one behind the other, since that is
// fast wherever the sites lie, and takes 17 bytes for a state: there may be a million.
//
// What was written does not change any more, so that copies may share it.
type history struct {
	chunks [][]byte
	states int
	full   int // if there are as many when moments are dropped, so are states
}

const (
	historyChunk = 1 << 16
	stateNumbers = 6 // of a state: its site, its moment's serial number, and four columns
	maxState     = stateNumbers * binary.MaxVarintLen64

	// firstFull is how many states there are at least before it is worth while to drop some.
	firstFull = 1 << 15
)

// add adds a state.
func (h *history) add(site SiteID, serial uint32, total, live Amount) {
	n := len(h.chunks) - 1
	if n < 0 || cap(h.chunks[n])-len(h.chunks[n]) < maxState {
		h.chunks = append(h.chunks, make([]byte, 0, historyChunk))
		n++
	}
	b := binary.AppendUvarint(h.chunks[n], uint64(site))
	b = binary.AppendUvarint(b, uint64(serial))
	b = binary.AppendUvarint(b, total.Bytes)
	b = binary.AppendUvarint(b, total.Blocks)
	b = binary.AppendUvarint(b, live.Bytes)
	h.chunks[n] = binary.AppendUvarint(b, live.Blocks)
	h.states++
}

// each calls f for each state. Moment of that is the serial number of a moment.
func (h *history) each(f func(site SiteID, s State)) {
	for _, rest := range h.chunks {
		for len(rest) > 0 {
			var n [stateNumbers]uint64
			for i := range n {
				size := 1
				if n[i] = uint64(rest[0]); rest[0] >= 0x80 {
					n[i], size = binary.Uvarint(rest)
				}
				rest = rest[size:]
			}
			f(SiteID(n[0]), State{uint32(n[1]), n[2], n[3], n[4], n[5]})
		}
	}
}

// compact removes the states of so many sites that no longer hold at any moment, if that is
// worth while: those that another one follows before the moment that was kept.
func (h *history) compact(m *moments, sites int) {
	if h.states < h.full {
		return
	}
	index := m.indexes()
	type last struct{ state, moment uint32 } // its number, from 1 on
	lasts := make([]last, sites)
	drop := make([]bool, h.states+1)
	number := uint32(0)
	h.each(func(site SiteID, s State) {
		number++
		l := &lasts[site]
		if l.state != 0 && l.moment == index[s.Moment] {
			drop[l.state] = true
		}
		*l = last{number, index[s.Moment]}
	})
	number = 0
	var kept history
	h.each(func(site SiteID, s State) {
		if number++; !drop[number] {
			kept.add(site, s.Moment, Amount{s.TotalBytes, s.TotalBlocks}, Amount{s.Bytes, s.Blocks})
		}
	})
	kept.full = max(2*kept.states, h.full)
	*h = kept
}

// copy returns a history that goes its own way.
func (h *history) copy() history {
	c := *h
	c.chunks = slices.Clone(h.chunks)
	for i := range c.chunks {
		c.chunks[i] = slices.Clip(c.chunks[i])
	}
	return c
}

// bySite returns the states of so many sites, each site's at those moments at which it is not what
// it was at the moment before. now returns what a site is at the end and the serial number of the
// moment at which it had become so; 0: it has changed since the last.
func (h *history) bySite(m *moments, sites int, now func(SiteID) State) [][]State {
	counts := make([]int, sites)
	h.each(func(site SiteID, _ State) { counts[site]++ })
	states, index := make([][]State, sites), m.indexes()
	room := make([]State, h.states+sites)
	for id := range states {
		n := counts[id] + 1
		states[id], room = room[:0:n], room[n:]
	}
	add := func(site SiteID, s State) {
		s.Moment = index[s.Moment]
		of := states[site]
		if n := len(of); n > 0 && of[n-1].Moment == s.Moment {
			of = of[:n-1]
		}
		was := State{Moment: s.Moment}
		if n := len(of); n > 0 {
			was = of[n-1]
			was.Moment = s.Moment
		}
		if s != was {
			of = append(of, s)
		}
		states[site] = of
	}
	h.each(add)
	for id := range states {
		if s := now(SiteID(id)); s.Moment != 0 {
			add(SiteID(id), s)
		}
	}
	return states
}

// addBirth adds to a site's births a block that lives at the end, or what it stands for. It was
// born before a moment, which is the first such.
func addBirth(births *[]Births, moment uint32, what Amount) {
	i, found := slices.BinarySearchFunc(*births, moment, func(b Births, moment uint32) int { return cmp.Compare(b.Moment, moment) })
	if !found {
		*births = slices.Insert(*births, i, Births{Moment: moment})
	}
	(*births)[i].Bytes += what.Bytes
	(*births)[i].Blocks += what.Blocks
}
