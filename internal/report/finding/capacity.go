package finding

import "heapprof/internal/profile"

// The codes of containers that do not use what they have.
const (
	EmptyContainers Code = "empty-containers"
	UnusedCapacity  Code = "unused-capacity"
)

// Spare is what a finding on containers' capacity rests on, at the moment that was looked at.
type Spare struct {
	Capacity   uint64  `json:"capacity-bytes"` // of Containers whose pointers or numbers tell it
	Containers uint64  `json:"containers"`
	Used       uint64  `json:"used-bytes"`
	Empty      uint64  `json:"empty-containers"` // which use nothing
	EmptyBytes uint64  `json:"empty-bytes"`
	When       float64 `json:"when-seconds"`
}

// emptyContainers finds a site whose blocks are the capacity of containers in which nothing is.
//
// It is mistaken where they are to be filled again soon.
func emptyContainers(s *Subject) (Finding, bool) {
	const most = 0.5 // of what is not used
	c, h := s.contents(), s.Heap
	unused := c.Counted.Bytes - min(c.Counted.Bytes, c.Used)
	if !h.isMuch(c.Empty.Bytes) || share(c.Empty.Bytes, unused) < most || !s.isSpare(&c, c.Empty) {
		return Finding{}, false
	}
	return Finding{Amount: h.AmountOf(c.Empty.Bytes, c.Empty.Blocks, OfPeak), Remedy: AllocateLate, Grounds: h.spare(&c)}, true
}

// unusedCapacity finds a site whose blocks are the capacity of containers, most of which they do not use. A
// container that doubles leaves a quarter on average, and half at most.
//
// It is mistaken where they are to be filled later.
func unusedCapacity(s *Subject) (Finding, bool) {
	const least = 0.5 // of the capacity
	c, h := s.contents(), s.Heap
	unused := c.Counted.Bytes - min(c.Counted.Bytes, c.Used)
	if !h.isMuch(unused) || share(unused, c.Counted.Bytes) < least || !s.isSpare(&c, profile.Amount{Bytes: unused, Blocks: c.Counted.Blocks}) {
		return Finding{}, false
	}
	return Finding{Amount: h.AmountOf(unused, c.Counted.Blocks, OfPeak), Remedy: FitCapacity, Grounds: h.spare(&c)}, true
}

// isSpare reports whether what containers do not use was there for a while, and is that of many: one or a few may
// be filled at the moment.
func (s *Subject) isSpare(c *profile.Contents, unused profile.Amount) bool {
	const few = 20
	return unused.Blocks >= few && s.Heap.isMuch(s.older(unused.Bytes))
}

func (h *Heap) spare(c *profile.Contents) *Spare {
	return &Spare{
		Capacity: c.Counted.Bytes, Containers: c.Counted.Blocks, Used: c.Used, Empty: c.Empty.Blocks, EmptyBytes: c.Empty.Bytes,
		When: float64(h.atPeak().Time) / 1e6,
	}
}
