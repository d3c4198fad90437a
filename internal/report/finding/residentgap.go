package finding

import (
	"heapprof/internal/profile"
)

// ResidentGap is the code of memory that the allocator has and no block.
const ResidentGap Code = "resident-gap"

// Gap is what a finding of a resident gap rests on: one reading of what was in RAM.
type Gap struct {
	Cause profile.ResidentKind `json:"cause"` // the largest of the parts that are free
	Bytes uint64               `json:"cause-bytes"`
	Count uint64               `json:"cause-count"` // of what the cause says: pages, arenas, mappings
	Name  string               `json:"allocator,omitempty"`

	Free     uint64  `json:"free-bytes"` // all parts that are free
	Live     uint64  `json:"live-bytes"`
	Resident uint64  `json:"resident-bytes"` // without what the recording itself takes
	When     float64 `json:"when-seconds"`
	Lasts    float64 `json:"lasts-share"` // part of the run in which at least half as much was free

	// Of those pages that are free but for a few blocks: what the finding's site has.
	PinningBlocks uint64 `json:"pinning-blocks,omitempty"`
	PinnedPages   uint64 `json:"pinned-pages,omitempty"`
	PinnedBytes   uint64 `json:"pinned-bytes,omitempty"`
}

// residentGap finds that much of what is resident is free memory that the allocator does not or
// cannot give back, and why.
//
// It is mistaken where the program needs as much again soon.
func residentGap(h *Heap) []Finding {
	const (
		least  = 0.25 // of what is resident
		enough = 16 << 20
		works  = 0.1 // of all blocks: what is allocated after the reading while the gap is half as wide, of a program that works on
		waits  = 0.4 // part of the run in which it is so after the reading, where the program does nothing more: to end takes less
	)
	p := h.Profile
	reading := widest(p)
	if reading == nil {
		return nil
	}
	e := Gap{Free: reading.Free(), Live: reading.LiveBytes, Resident: reading.Total() - reading.Part(profile.OfTracker).Bytes, When: float64(reading.Time) / 1e6}
	a := Amount{Bytes: e.Free, Share: share(e.Free, e.Resident), Of: OfResident}
	if e.Free < enough || a.Share < least {
		return nil
	}
	var working, waiting float64
	for _, t := range wide(p, reading) {
		e.Lasts += share(t.until-t.from, p.EndTime)
		if t.from = max(t.from, reading.Time); t.from < t.until {
			working += h.after(t.from) - h.after(t.until)
			waiting += share(t.until-t.from, p.EndTime)
		}
	}
	if working < works && (waiting < waits || !h.waitsAfter(reading.Time)) {
		return nil
	}
	var cause profile.ResidentPart
	for _, part := range reading.Parts {
		if part.Kind.IsFree() && part.Bytes > cause.Bytes {
			cause = part
		}
	}
	e.Cause, e.Bytes, e.Count, e.Name = cause.Kind, cause.Bytes, cause.Count, cause.Name
	f := Finding{Amount: a, Remedy: GiveBack, Grounds: &e}
	switch cause.Kind {
	case profile.Pinned:
		h.pinning(reading, &f, &e)
	case profile.FreeHeap:
		if cause.Point >= 0 {
			f.Stack = p.Points[cause.Point].Stack.Frames()
			f.Site = h.Source.Site(f.Stack)
		}
	}
	return []Finding{f}
}

// pinning names the site whose blocks keep most of the pages that are nearly free, where it has half
// of them.
func (h *Heap) pinning(r *profile.ResidentReading, f *Finding, e *Gap) {
	const most = 0.5
	sites := h.Source.ResidentSites(r)
	if len(sites) == 0 || float64(sites[0].Sums.PinnedBytes) < most*float64(e.Bytes) {
		return
	}
	s := &sites[0]
	e.PinningBlocks, e.PinnedPages, e.PinnedBytes = s.Sums.PinningBlocks, s.Sums.PinnedPages, s.Sums.PinnedBytes
	f.Stack, f.Site = s.Stack, s.Site
}

// span is a part of the run.
type span struct{ from, until uint64 }

// wide returns the parts of the run in which at least half as much was resident and free as in a
// reading, as far as the timeline tells: what else is resident is taken to be as much as then.
func wide(p *profile.Profile, r *profile.ResidentReading) (parts []span) {
	const half = 0.5
	// Less than nothing where live blocks are not in RAM, or the parts were read at moments too far apart.
	other := max(0, float64(r.Total())-float64(r.Free())-float64(r.LiveBytes))
	for i, t := range p.Timeline {
		if t.RSS == 0 || float64(t.RSS)-float64(t.Bytes)-other < half*float64(r.Free()) {
			continue
		}
		until := p.EndTime
		if i+1 < len(p.Timeline) {
			until = min(until, p.Timeline[i+1].Time)
		}
		if t.Time < until {
			parts = append(parts, span{t.Time, until})
		}
	}
	return parts
}
