package pprof

import (
	"strings"

	"heapprof/internal/profile"
)

// valueType is what one value of every sample counts.
type valueType struct{ name, unit string }

// meaning is what a value is of a point.
type meaning uint8

const (
	unknown meaning = iota
	totalBlocks
	totalBytes
	endBlocks
	endBytes
	peakBlocks
	peakBytes
	copies
	copiedBytes
	numMeanings
)

// meanings are what the names of values mean, in lower case and with "_" between words. The number
// of blocks comes before the bytes.
var meanings = map[string]meaning{
	"alloc_objects": totalBlocks, "alloc_samples": totalBlocks, "alloc_count": totalBlocks, "allocations": totalBlocks, "allocs": totalBlocks,
	"allocated_objects": totalBlocks, "allocated_blocks": totalBlocks, "total_allocations": totalBlocks,
	"alloc_space": totalBytes, "alloc_bytes": totalBytes, "alloc_size": totalBytes, "allocated_bytes": totalBytes, "allocated_size": totalBytes,
	"allocated_space": totalBytes, "allocated": totalBytes,

	"inuse_objects": endBlocks, "objects": endBlocks, "live_objects": endBlocks, "live_blocks": endBlocks, "heap_live_samples": endBlocks, "heap_live_objects": endBlocks,
	"inuse_space": endBytes, "space": endBytes, "live_bytes": endBytes, "live_space": endBytes, "inuse_bytes": endBytes,
	"heap_live_size": endBytes, "heap_live_bytes": endBytes, "heap_space": endBytes,

	"peak_objects": peakBlocks, "peak_blocks": peakBlocks,
	"peak_space": peakBytes, "peak_bytes": peakBytes,

	"copies": copies, "copied_bytes": copiedBytes,
}

// meaning returns what the value is; unknown if its unit does not fit its name.
func (v valueType) meaning() meaning {
	m := meanings[strings.ReplaceAll(strings.ToLower(v.name), "-", "_")]
	if isBytes := v.scale() != 0; m != unknown && isBytes != m.isBytes() {
		return unknown
	}
	return m
}

func (m meaning) isBytes() bool { return m != unknown && m%2 == 0 }

// blocks returns the meaning of the number of blocks that belongs to bytes.
func (m meaning) blocks() meaning { return m - 1 }

// scale returns how many bytes the unit is; 0 if it is none of bytes. "allocations/bytes" and
// the like are of bytes, whatever they are called.
func (v valueType) scale() uint64 {
	switch strings.ToLower(v.unit) {
	case "bytes", "byte", "b":
		return 1
	case "kilobytes", "kilobyte", "kb", "kib":
		return 1 << 10
	case "megabytes", "megabyte", "mb", "mib":
		return 1 << 20
	}
	return 0
}

// columns is which value of a sample is what.
type columns struct {
	of    []meaning        // of each value; unknown for one that is kept by its name
	scale []uint64         // of each value: how many bytes or blocks its unit is
	at    [numMeanings]int // 1 + index of the value; 0 where there is none
	extra []profile.Extra  // what is kept by its name
	place []int            // of each value that is: where it is in extra
}

// columnsOf returns what the values mean. It is an error where they are none of a heap or of copies.
func columnsOf(types []valueType) (*columns, error) {
	c := &columns{of: make([]meaning, len(types)), scale: make([]uint64, len(types))}
	for i, t := range types {
		m := t.meaning()
		c.scale[i] = max(1, t.scale())
		if m != unknown && c.at[m] == 0 { // of two that mean the same the first counts
			c.of[i], c.at[m] = m, 1+i
		}
	}
	taken := 0
	for _, m := range [...]meaning{totalBytes, endBytes, peakBytes, copiedBytes} {
		switch {
		case m == copiedBytes && taken > 0, c.at[m] == 0:
			c.forget(m)
			c.forget(m.blocks())
		case c.at[m.blocks()] == 0 && c.hasBlocks():
			// Blocks are a column of all or of none: see profile.NoBlocks.
			c.forget(m)
		default:
			taken++
		}
	}
	if taken == 0 {
		return nil, notOfHeap(types)
	}
	c.keep(types)
	return c, nil
}

// forget makes a value one that is kept by its name.
func (c *columns) forget(m meaning) {
	if i := c.at[m]; i != 0 {
		c.of[i-1], c.at[m] = unknown, 0
	}
}

// hasBlocks reports whether a number of blocks is known beside some bytes.
func (c *columns) hasBlocks() bool {
	for m := totalBytes; m < numMeanings; m += 2 {
		if c.at[m] != 0 && c.at[m.blocks()] != 0 {
			return true
		}
	}
	return false
}

// set returns the columns that points have of these values.
func (c *columns) set() profile.Columns {
	var set profile.Columns
	if c.at[endBytes] != 0 {
		set |= profile.End
	}
	if c.at[peakBytes] != 0 {
		set |= profile.Peak
	}
	if c.at[totalBytes] == 0 && c.at[copiedBytes] == 0 {
		set |= profile.NoTotals
	}
	if !c.hasBlocks() {
		set |= profile.NoBlocks
	}
	return set
}

// keep sets what is kept by its name, which is to have that first that counts bytes.
func (c *columns) keep(types []valueType) {
	c.place = make([]int, len(types))
	for _, bytes := range []bool{true, false} {
		for i, m := range c.of {
			if m != unknown || (types[i].scale() != 0) != bytes {
				continue
			}
			unit := types[i].unit
			if bytes {
				unit = "bytes"
			}
			c.place[i] = len(c.extra)
			c.extra = append(c.extra, profile.Extra{Name: types[i].name, Unit: unit})
		}
	}
}

// field returns where a value belongs in a point; nil for one that is kept by its name.
func (m meaning) field(p *profile.Point) *uint64 {
	switch m {
	case totalBlocks, copies:
		return &p.TotalBlocks
	case totalBytes, copiedBytes:
		return &p.TotalBytes
	case endBlocks:
		return &p.EndBlocks
	case endBytes:
		return &p.EndBytes
	case peakBlocks:
		return &p.PeakBlocks
	case peakBytes:
		return &p.PeakBytes
	}
	return nil
}

// notOfHeap returns the error for a profile of something else.
func notOfHeap(types []valueType) error {
	if len(types) == 0 {
		return profile.Formatf("is a pprof profile that does not say what it counts")
	}
	var all []string
	for _, t := range types {
		all = append(all, t.name+"/"+t.unit)
	}
	return profile.Formatf("is a pprof profile of %s, none of which are bytes of a heap; go tool pprof shows it", strings.Join(all, ", "))
}
