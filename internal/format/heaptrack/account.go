package heaptrack

import (
	"math/bits"

	"heapprof/internal/profile"
)

// account keeps what every stack has allocated, event by event.
type account struct {
	costs      profile.Pieces[cost]
	bytes      uint64 // live
	blocks     uint64
	total      uint64 // bytes allocated in all
	peak       uint64
	peakBlocks uint64
	peakTime   uint64 // milliseconds
	peaks      uint32 // how often there was a new peak
}

// cost is what one stack has allocated.
type cost struct {
	stack                   uint32 // index in reader.stacks plus 1; 0: none
	peaks                   uint32 // account.peaks when peakBytes and peakBlocks were last set
	totalBytes, totalBlocks uint64
	bytes, blocks           uint64 // live
	maxBytes, maxBlocks     uint64
	peakBytes, peakBlocks   uint64 // live at the peak of that number; at a later one it is what is live now
	temporary               uint64
}

// settle keeps what was live at the last peak, before the cost changes: whoever did not change since has at the peak what
// it has now, so that a new peak costs nothing.
func (a *account) settle(c *cost) {
	if c.peaks != a.peaks {
		c.peaks, c.peakBytes, c.peakBlocks = a.peaks, c.bytes, c.blocks
	}
}

// alloc adds a block. It reports whether all that was allocated is a number of 64 bits.
func (a *account) alloc(c *cost, size, time uint64) bool {
	a.settle(c)
	var carry uint64
	if a.total, carry = bits.Add64(a.total, size, 0); carry != 0 {
		return false
	}
	c.totalBytes += size
	c.totalBlocks++
	c.bytes += size
	c.blocks++
	c.maxBytes, c.maxBlocks = max(c.maxBytes, c.bytes), max(c.maxBlocks, c.blocks)
	a.bytes += size
	a.blocks++
	if a.bytes > a.peak {
		a.peak, a.peakBlocks, a.peakTime = a.bytes, a.blocks, time
		a.peaks++
	}
	return true
}

// free takes a block away. It reports whether there was one.
func (a *account) free(c *cost, size uint64, temporary bool) bool {
	if c.blocks == 0 || c.bytes < size {
		return false
	}
	a.settle(c)
	c.bytes -= size
	c.blocks--
	a.bytes -= size
	a.blocks--
	if temporary {
		c.temporary++
	}
	return true
}
