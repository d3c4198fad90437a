package heap

import "math/bits"

// SizeClass counts the allocations of more bytes than the class before, and
// at most Max.
type SizeClass struct {
	Max    uint64
	Blocks uint64
	Bytes  uint64
}

// sizeHistogram counts allocations by size: class 0 is size 0, class k the
// sizes above 2ᵏ⁻² and up to 2ᵏ⁻¹.
type sizeHistogram [64]struct{ blocks, bytes uint64 }

// class returns the class of an allocation of size bytes.
func (h *sizeHistogram) class(size uint64) *struct{ blocks, bytes uint64 } {
	// Without a branch for 0, of which all bits are set in 2·size-1.
	return &h[bits.Len64(2*size-1)%len(h)]
}

// count counts an allocation of size bytes.
func (h *sizeHistogram) count(size uint64) {
	c := h.class(size)
	c.blocks++
	c.bytes += size
}

// estimate counts what a sampled allocation of size bytes stands for.
func (h *sizeHistogram) estimate(size uint64, n Amount) {
	c := h.class(size)
	c.blocks += n.Blocks
	c.bytes += n.Bytes
}

// classes returns the classes from the smallest to the greatest in use.
func (h *sizeHistogram) classes() []SizeClass {
	var classes []SizeClass
	n := 0
	for i, c := range h {
		limit := uint64(0)
		if i > 0 {
			limit = 1 << (i - 1)
		}
		classes = append(classes, SizeClass{limit, c.blocks, c.bytes})
		if c.blocks != 0 {
			n = i + 1
		}
	}
	return classes[:n]
}
