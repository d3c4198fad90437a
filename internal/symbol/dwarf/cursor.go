package dwarf

import (
	"bytes"
	"encoding/binary"
)

// cursor reads a section in order. Reading past the end yields zeros, sets bad
// and leaves the cursor at the end, so that loops need one check a round.
type cursor struct {
	data []byte
	off  int
	bad  bool
}

// cursorAt returns a cursor over data, which is bad if off is not inside.
func cursorAt(data []byte, off uint64) cursor {
	if off > uint64(len(data)) {
		return cursor{data: data, off: len(data), bad: true}
	}
	return cursor{data: data, off: int(off)}
}

func (c *cursor) fail() {
	c.off, c.bad = len(c.data), true
}

// more reports whether there is anything left to read.
func (c *cursor) more() bool { return c.off < len(c.data) && !c.bad }

func (c *cursor) skip(n uint64) {
	if n > uint64(len(c.data)-c.off) {
		c.fail()
		return
	}
	c.off += int(n)
}

func (c *cursor) bytes(n uint64) []byte {
	from := c.off
	if c.skip(n); c.bad {
		return nil
	}
	return c.data[from:c.off]
}

func (c *cursor) u8() uint8 {
	if c.off >= len(c.data) {
		c.bad = true
		return 0
	}
	c.off++
	return c.data[c.off-1]
}

// uint reads a little-endian number of size bytes, at most 8.
func (c *cursor) uint(size int) uint64 {
	if size > len(c.data)-c.off {
		c.fail()
		return 0
	}
	b := c.data[c.off:]
	c.off += size
	switch size {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	}
	var v uint64
	for i := size - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u64() uint64 { return c.uint(8) }

// uleb reads an unsigned LEB128 number.
func (c *cursor) uleb() uint64 {
	if c.off < len(c.data) && c.data[c.off] < 0x80 {
		c.off++
		return uint64(c.data[c.off-1])
	}
	var v uint64
	for shift := uint(0); ; shift += 7 {
		b := c.u8()
		if shift < 64 {
			v |= uint64(b&0x7f) << shift
		}
		if b < 0x80 { // so is the 0 past the end
			return v
		}
	}
}

// sleb reads a signed LEB128 number.
func (c *cursor) sleb() int64 {
	var v int64
	for shift := uint(0); ; {
		b := c.u8()
		if shift < 64 {
			v |= int64(b&0x7f) << shift
			shift += 7
		}
		if b < 0x80 {
			if shift < 64 && b&0x40 != 0 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// string reads up to a NUL and returns what is before it.
func (c *cursor) string() []byte {
	n := bytes.IndexByte(c.data[c.off:], 0)
	if n < 0 {
		c.fail()
		return nil
	}
	c.off += n + 1
	return c.data[c.off-n-1 : c.off-1]
}

// length reads the length that begins a unit or table (DWARF 5, section 7.2.2) and moves c
// behind that unit or table. It returns a cursor over what is inside, and the size in bytes
// of the offsets there.
func (c *cursor) length() (body cursor, offsetSize int) {
	offsetSize = 4
	n := c.uint(4)
	if n == 0xffffffff {
		offsetSize = 8
		n = c.u64()
	}
	from := c.off
	c.skip(n)
	if c.bad {
		return cursor{bad: true}, offsetSize
	}
	return cursor{data: c.data[:c.off], off: from}, offsetSize
}
