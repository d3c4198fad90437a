package finding

import (
	"heapprof/internal/profile"
)

// EndedRefused is the code of a program that a signal ended soon after an allocation had failed.
const EndedRefused Code = "ended-refused"

// LastRefusal is what a finding of EndedRefused rests on: the last allocation that failed.
type LastRefusal struct {
	Signal     int               `json:"signal"` // that ended the program
	By         profile.RefusedBy `json:"by"`
	Times      uint64            `json:"times"`       // how many calls of that stack failed
	LeastBytes uint64            `json:"least-bytes"` // that one of them asked for
	MostBytes  uint64            `json:"most-bytes"`
	When       float64           `json:"when-seconds"`  // of the last of them
	After      float64           `json:"after-seconds"` // from that to the end
	LiveBytes  uint64            `json:"live-bytes"`    // at the first of them
	LiveBlocks uint64            `json:"live-blocks"`
	All        uint64            `json:"all-times"` // how many calls failed, through whatever stack
}

// Signals by which a program ends that has no memory and cannot do without: it uses a null pointer, or
// gives up, as by abort.
const (
	sigILL  = 4
	sigTRAP = 5
	sigABRT = 6
	sigBUS  = 7
	sigSEGV = 11
)

// endedRefused finds that the program ended so soon after an allocation had failed that the one is likely to have come
// of the other. What is allocated to tell of a failure, and fails too, is not meant.
//
// It is mistaken where a program that copes with the failure ends for another reason just then.
func endedRefused(h *Heap) []Finding {
	const (
		soon  = 1_000_000  // µs, until a null pointer is used
		later = 10_000_000 // until the program has said why it aborts, with a backtrace say
	)
	p, x := h.Profile, h.Profile.Recording
	if x == nil {
		return nil
	}
	within := map[int]uint64{sigILL: later, sigTRAP: later, sigABRT: later, sigBUS: soon, sigSEGV: soon}[x.Signal]
	last, all := -1, x.Counts.OtherRefusals
	for i := range x.Refusals {
		r := &x.Refusals[i]
		all += r.Times
		if (last < 0 || r.LastTime >= x.Refusals[last].LastTime) && !h.Source.Frames.TellsOfFailure(r.Stack) {
			last = i
		}
	}
	if within == 0 || last < 0 {
		return nil
	}
	r := &x.Refusals[last]
	after := p.EndTime - min(p.EndTime, r.LastTime)
	if after > within {
		return nil
	}
	return []Finding{{
		Site: h.Source.Site(r.Stack), Type: h.Source.Types.OfRefusal(last).Name, Stack: r.Stack,
		Grounds: &LastRefusal{
			Signal: x.Signal, By: r.By, Times: r.Times, LeastBytes: r.LeastBytes, MostBytes: r.MostBytes,
			When: float64(r.LastTime) / 1e6, After: float64(after) / 1e6, LiveBytes: r.LiveBytes, LiveBlocks: r.LiveBlocks, All: all,
		},
	}}
}
