package unwind

import (
	"encoding/binary"
	"errors"
)

var (
	errDamaged = errors.New("damaged unwind information")
	errUnknown = errors.New("unwind information of an unknown form")
	errMemory  = errors.New("memory that cannot be read")
)

// reader takes values off the front of rest. After the end all are 0, and bad is set.
type reader struct {
	rest []byte
	at   uint64 // address of rest
	bad  bool
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest, r.at = r.rest[n:], r.at+n
	return b
}

// unsigned returns a number of n bytes, 8 at most.
func (r *reader) unsigned(n uint64) uint64 {
	var b [8]byte
	copy(b[:], r.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

// signed is unsigned for a number that may be negative.
func (r *reader) signed(n uint64) uint64 {
	shift := 64 - 8*n
	return uint64(int64(r.unsigned(n)<<shift) >> shift)
}

func (r *reader) byte() uint8 { return uint8(r.unsigned(1)) }

// uleb returns a number of variable length.
func (r *reader) uleb() (value uint64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if shift < 64 {
			value |= uint64(b&0x7f) << shift
		}
		if b < 0x80 {
			return value
		}
	}
}

// sleb is uleb for a number that may be negative.
func (r *reader) sleb() (value int64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if shift < 64 {
			value |= int64(b&0x7f) << shift
		}
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				value |= -1 << (shift + 7)
			}
			return value
		}
	}
}

// How an address is encoded: its form in the low bits, what it is relative to in the high ones (Linux
// Standard Base 5.0, 10.5.1).
const (
	omitted  = 0xff
	forms    = 0x0f
	relative = 0x10 // to the place where it is written
	dataRel  = 0x30 // to the search table
	indirect = 0x80 // it is where the address is
)

// address returns an address that is encoded so. data is the address of the search table.
func (r *reader) address(encoding uint8, data uint64) (value uint64) {
	at := r.at
	switch encoding & forms {
	case 0x00, 0x04, 0x0c:
		value = r.unsigned(8)
	case 0x01:
		value = r.uleb()
	case 0x02:
		value = r.unsigned(2)
	case 0x03:
		value = r.unsigned(4)
	case 0x09:
		value = uint64(r.sleb())
	case 0x0a:
		value = r.signed(2)
	case 0x0b:
		value = r.signed(4)
	default:
		r.bad = true
	}
	switch encoding &^ (forms | indirect) {
	case 0:
	case relative:
		value += at
	case dataRel:
		value += data
	default:
		r.bad = true
	}
	return value
}

// formBytes returns how many bytes an address of that encoding takes; 0 where they vary.
func formBytes(encoding uint8) uint64 {
	switch encoding & forms {
	case 0x00, 0x04, 0x0c:
		return 8
	case 0x02, 0x0a:
		return 2
	case 0x03, 0x0b:
		return 4
	}
	return 0
}
