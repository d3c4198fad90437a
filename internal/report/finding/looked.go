package finding

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/held"
)

// atPeak returns the snapshot that tells what the peak was made of; nil where there is none, or none
// that has enough of it.
func (h *Heap) atPeak() *held.Of {
	const enough = 0.5 // of the peak
	if !h.looked {
		h.looked = true
		if i := h.Profile.PeakSnapshotIndex(); i >= 0 && h.Profile.Recording.Snapshots[i].PeakShare(h.Profile) >= enough {
			h.peak = held.New(h.Source, i)
		}
	}
	return h.peak
}

// contents returns what the bytes of the subject's blocks told at the peak. They may not be as
// many as lived then.
func (s *Subject) contents() (sum profile.Contents) {
	o := s.Heap.atPeak()
	if o == nil {
		return sum
	}
	if s.Heap.told == nil {
		s.Heap.told = map[int]*profile.Contents{}
		for i := range o.Contents {
			s.Heap.told[o.Contents[i].Point] = &o.Contents[i]
		}
	}
	for _, p := range s.Points {
		if c := s.Heap.told[p]; c != nil {
			sum.Add(c)
		}
	}
	return sum
}

// older returns how many of some bytes that were seen at the peak's snapshot were there for a while then, at least:
// what is new may not have been written or filled yet.
func (s *Subject) older(bytes uint64) uint64 {
	const while = 0.05 // of the run
	h := s.Heap
	if h.atPeak() == nil {
		return 0
	}
	time := h.peak.Time
	before := h.momentAt(time - min(time, uint64(while*float64(h.Profile.EndTime))))
	if before < 0 {
		return 0
	}
	born := s.At(h.momentAt(time)+1).TotalBytes - s.At(before).TotalBytes
	return bytes - min(bytes, born)
}

// isMuch reports whether bytes that a rule on contents found are worth a word.
func (h *Heap) isMuch(bytes uint64) bool {
	const (
		least = 0.05 // of the peak
		worth = 256 << 10
	)
	return bytes >= worth && share(bytes, h.Totals.PeakBytes) >= least
}
