package addresses

import (
	"bytes"
	"math/bits"
)

// Counts are the numbers of a stack: blocks and their bytes that live, and that were allocated in all.
type Counts struct{ LiveBlocks, LiveBytes, AllBlocks, AllBytes uint64 }

// ParseCounts takes the numbers that a line begins with, "13: 6688 [20: 9900]", and returns the rest of the
// line; ok is false if it begins otherwise.
func ParseCounts(line []byte) (c Counts, rest []byte, ok bool) {
	ok = true
	next := func(after string) (n uint64) {
		var found, is bool
		line, found = bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(after))
		n, line, is = Decimal(bytes.TrimLeft(line, " \t"))
		ok = ok && found && is
		return n
	}
	c.LiveBlocks, c.LiveBytes = next(""), next(":")
	c.AllBlocks, c.AllBytes = next("["), next(":")
	rest, closed := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte("]"))
	return c, rest, ok && closed
}

// Add adds b to c, and reports whether the sums have 64 bits at most.
func (c *Counts) Add(b Counts) bool {
	var carry [4]uint64
	c.LiveBlocks, carry[0] = bits.Add64(c.LiveBlocks, b.LiveBlocks, 0)
	c.LiveBytes, carry[1] = bits.Add64(c.LiveBytes, b.LiveBytes, 0)
	c.AllBlocks, carry[2] = bits.Add64(c.AllBlocks, b.AllBlocks, 0)
	c.AllBytes, carry[3] = bits.Add64(c.AllBytes, b.AllBytes, 0)
	return carry == [4]uint64{}
}

// Decimal returns the decimal number that a text begins with, and the rest; ok is false if there is none, or it has
// more than 64 bits.
func Decimal(text []byte) (n uint64, rest []byte, ok bool) {
	for i, c := range text {
		if c < '0' || c > '9' {
			return n, text[i:], i > 0
		}
		high, low := bits.Mul64(n, 10)
		var carry uint64
		if n, carry = bits.Add64(low, uint64(c-'0'), 0); high != 0 || carry != 0 {
			return 0, text, false
		}
	}
	return n, nil, len(text) > 0
}
