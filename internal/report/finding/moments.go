package finding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
)

// momentAt returns the last moment, an index into Profile.Moments, that is no later than a time;
// -1 where there is none.
func (h *Heap) momentAt(time uint64) int {
	i, found := slices.BinarySearchFunc(h.Profile.Moments, time, func(m profile.Moment, t uint64) int { return cmp.Compare(m.Time, t) })
	for found && i+1 < len(h.Profile.Moments) && h.Profile.Moments[i+1].Time == time {
		i++ // a mark may be at the same time
	}
	if found {
		return i
	}
	return i - 1
}

// moment returns the last moment that is no later than a part of the run, from 0 to 1; -1
// where there is none, and len(Profile.Moments) for all of the run.
func (h *Heap) moment(part float64) int {
	if part >= 1 {
		return len(h.Profile.Moments)
	}
	return h.momentAt(uint64(part * float64(h.Profile.EndTime)))
}

// part returns which part of the run, from 0 to 1, was over at a moment.
func (h *Heap) part(moment int) float64 {
	if moment >= len(h.Profile.Moments) {
		return 1
	}
	return share(h.Profile.Moments[moment].Time, h.Profile.EndTime)
}

// states returns the subject's states at the beginning and the ends of some equal parts of what
// of the run is between two parts of it.
func (s *Subject) states(from, until float64, parts int) []profile.State {
	all := make([]profile.State, parts+1)
	for i := range all {
		all[i] = s.At(s.Heap.moment(from + (until-from)*float64(i)/float64(parts)))
	}
	return all
}

// seconds returns how long the run was. Whoever records moments measures time in microseconds.
func (h *Heap) seconds() float64 { return float64(h.Profile.EndTime) / 1e6 }

// perSecond returns the rate of bytes in a part of the run, from 0 to 1.
func (h *Heap) perSecond(bytes, part float64) float64 {
	if h.Profile.EndTime == 0 || part <= 0 {
		return 0
	}
	return bytes / (part * h.seconds())
}

// together returns all points of the profile as one subject.
func (h *Heap) together() *Subject {
	if h.all == nil {
		h.all = &Subject{Heap: h, Point: h.Totals}
		for i := range h.Profile.Points {
			h.all.Points = append(h.all.Points, i)
		}
	}
	return h.all
}

// after returns which share of all blocks was allocated after a time.
func (h *Heap) after(time uint64) float64 {
	if time >= h.Profile.EndTime {
		return 0
	}
	until := h.together().At(h.momentAt(time)).TotalBlocks
	return share(h.Totals.TotalBlocks-min(h.Totals.TotalBlocks, until), h.Totals.TotalBlocks)
}

// waits is how many blocks in a second a program allocates that waits most of the time: one that is
// busy reading has more, on a machine that others keep busy, too.
const waits = 10_000

// goesOn reports whether the program is seen to be one that goes on until it is told to end: it
// waited most of the time, or was ended from outside. Others may be, too.
func (h *Heap) goesOn() bool {
	return float64(h.Totals.TotalBlocks) <= waits*h.seconds() || h.Profile.Recording.EndedEarly()
}

// waitsAfter reports whether the program waited most of the time that was left of the run.
func (h *Heap) waitsAfter(time uint64) bool {
	left := 1 - min(1, share(time, h.Profile.EndTime))
	return h.after(time)*float64(h.Totals.TotalBlocks) <= waits*left*h.seconds()
}

// lastWork returns the last moment before what is left for the program to do is to free what it
// has: nearly nothing is allocated after it. A large map takes a good part of the run to free.
func (h *Heap) lastWork() int {
	const nothing = 0.001 // of all blocks
	all, until := h.together(), len(h.Profile.Moments)
	for until > 0 && share(h.Totals.TotalBlocks-min(h.Totals.TotalBlocks, all.At(until-1).TotalBlocks), h.Totals.TotalBlocks) <= nothing {
		until--
	}
	return until - 1
}

// freed returns which share of all blocks of the program was freed until a moment, each counted
// once however often it was resized.
func (h *Heap) freed(moment int) float64 {
	at := h.together().At(moment)
	blocks := at.TotalBlocks - min(at.TotalBlocks, h.Totals.Rest().Reallocs)
	return share(blocks-min(blocks, at.Blocks), blocks)
}

// isKept reports whether so much of the subject lives at the end that it matters: a share of what
// lives then, and of the peak, and enough bytes.
func (s *Subject) isKept(least float64) bool {
	p, t := &s.Point, &s.Heap.Totals
	return p.EndBytes >= LeastBytes && share(p.EndBytes, t.EndBytes) >= least && share(p.EndBytes, t.PeakBytes) >= LeastShare
}
