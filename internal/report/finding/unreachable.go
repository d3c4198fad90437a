package finding

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/held"
)

// Unreachable is the code of blocks that nothing in the program's memory led to any more.
const Unreachable Code = "unreachable"

// Lost is what a finding that blocks are unreachable rests on.
type Lost struct {
	Looked profile.SnapshotKind `json:"looked-at"` // the moment
	When   float64              `json:"when-seconds"`

	// Of the site Direct are blocks to which not even a lost block pointed, and Cyclic those to which only
	// lost ones pointed that they lead to themselves. Hanging are blocks of any site that only these lead to.
	DirectBytes   uint64 `json:"direct-bytes"`
	DirectBlocks  uint64 `json:"direct-blocks"`
	CyclicBytes   uint64 `json:"cyclic-bytes"`
	CyclicBlocks  uint64 `json:"cyclic-blocks"`
	HangingBytes  uint64 `json:"hanging-bytes"`
	HangingBlocks uint64 `json:"hanging-blocks"`

	Freed     uint64  `json:"freed-blocks"` // of Blocks that the site has allocated
	Blocks    uint64  `json:"blocks"`
	PerSecond float64 `json:"bytes-per-second"` // of a site that Grows; 0: of none
	Before    bool    `json:"lost-before"`      // most of it was lost at an earlier look already
	Sites     int     `json:"sites"`            // that have some of it; 1 of what is said of a site
}

// unreachable finds sites whose blocks were never freed although nothing led to them when the program
// asked for its end or, if that was not looked at, at the latest look: no variable, no frame, no other
// block that something led to.
//
// A program that is about to end may let go of what it needed until then: a pointer in a variable of main is no more
// when main has returned. That is one block, or a few, with all that hang on them; so few count only if
// they had been lost at an earlier look, too.
//
// It is mistaken where pointers are kept in a form that no pointer has, or outside of the program's memory.
func unreachable(h *Heap) []Finding {
	const (
		least = 0.01  // of what lived then
		worth = 0.001 // of the peak
		often = 20    // blocks that were lost one by one
		again = 0.5   // of them: what was lost before
		many  = 100   // blocks of all sites that were lost one by one
	)
	index := h.Profile.LastSnapshotIndex()
	if index < 0 || h.Profile.Recording.Snapshots[index].Unread > 0 {
		return nil
	}
	o := held.New(h.Source, index)
	isLarge := func(a profile.Amount) bool {
		return (a.Bytes >= LeastBytes || a.Blocks >= LeastBlocks) &&
			share(a.Bytes, o.Live.Bytes) >= least && share(a.Bytes, h.Totals.PeakBytes) >= worth
	}
	var all []Finding
	rest := everythingLost(o)
	for _, t := range lostThings(o, isLarge) {
		e := t.grounds(o)
		e.Before = float64(t.lostBefore(o)) >= again*float64(t.direct.Bytes+t.cyclic.Bytes)
		if e.Before || t.direct.Blocks+t.cyclic.Blocks >= often {
			all = append(all, h.lost(o, t, e))
		}
		rest.without(t)
	}
	if isLarge(rest.all) && rest.direct.Blocks+rest.cyclic.Blocks >= many {
		f := Finding{Amount: h.AmountOf(rest.all.Bytes, rest.all.Blocks, OfPeak), Remedy: FreeLost, Grounds: rest.grounds(o)}
		f.covers = h.mostlyLost(o, rest)
		all = append(all, f)
	}
	return all
}

// grounds returns what the finding on a thing rests on, as far as the snapshot tells.
func (t *lostThing) grounds(o *held.Of) *Lost {
	return &Lost{
		Looked: o.Kind, When: float64(o.Time) / 1e6, Sites: t.sites,
		DirectBytes: t.direct.Bytes, DirectBlocks: t.direct.Blocks, CyclicBytes: t.cyclic.Bytes, CyclicBlocks: t.cyclic.Blocks,
		HangingBytes:  t.all.Bytes - min(t.all.Bytes, t.direct.Bytes+t.cyclic.Bytes),
		HangingBlocks: t.all.Blocks - min(t.all.Blocks, t.direct.Blocks+t.cyclic.Blocks),
	}
}

// mostlyLost returns the subjects most of which are lost with a thing.
func (h *Heap) mostlyLost(o *held.Of, t *lostThing) (list []*Subject) {
	const most = 0.5 // of what lives at the end
	bytes := map[*Subject]uint64{}
	for i := range t.reaches {
		bytes[h.SubjectOf(o.Groups[i].Point)] += o.Groups[i].Live.Bytes
	}
	for _, s := range h.Subjects {
		if bytes[s] > 0 && share(bytes[s], s.Point.EndBytes) >= most {
			list = append(list, s)
		}
	}
	return list
}

// lost returns the finding of what a site has lost. Of what is mostly lost nothing else is said.
func (h *Heap) lost(o *held.Of, t *lostThing, e *Lost) Finding {
	first := &o.Groups[t.groups[0]]
	f := Finding{
		Site: &t.site, Type: o.Thing(first.Point, first.Class).Type, Stack: h.Profile.Points[first.Point].Stack.Frames(),
		Amount: h.AmountOf(t.all.Bytes, t.all.Blocks, OfPeak), Remedy: FreeLost, Grounds: e,
	}
	own := h.SubjectOf(first.Point)
	for _, s := range h.mostlyLost(o, t) {
		if s == own {
			f.subjects = append(f.subjects, s)
		} else {
			f.covers = append(f.covers, s)
		}
	}
	for i := range h.Profile.Points { // which may be too small to be a subject
		if p := &h.Profile.Points[i]; *o.Thing(i, "").Site == t.site {
			distinct := p.TotalBlocks - min(p.TotalBlocks, p.Rest().Reallocs)
			e.Blocks += distinct
			e.Freed += distinct - min(distinct, p.EndBlocks)
		}
	}
	if own != nil {
		f.Caller = own.Caller
		if g, ok := grows(own); ok && len(h.Profile.Moments) >= fewMoments {
			e.PerSecond = g.Grounds.(*Growing).PerSecond
		}
	}
	return f
}

// lostBefore returns how many bytes of the thing's points were lost at the earlier look that had most of them.
func (t *lostThing) lostBefore(o *held.Of) (most uint64) {
	points := map[int]bool{}
	for _, i := range t.groups {
		points[o.Groups[i].Point] = true
	}
	for _, s := range o.Others {
		if s.Time >= o.Time || s.Unread > 0 {
			continue
		}
		bytes := uint64(0)
		for i := range s.Groups {
			if g := &s.Groups[i]; g.Owner == profile.UnreachedOwner && points[g.Point] {
				bytes += g.Direct.Bytes + g.Cyclic.Bytes
			}
		}
		most = max(most, bytes)
	}
	return most
}
