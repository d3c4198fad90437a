package searchtable

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Entry is a frame description entry, the unwind information of one function: the addresses
// of the function, of its end, and of its description, all in the file's own terms. A function that
// compilers took apart, into what runs often and what rarely, has an entry for each part.
type Entry struct{ Function, End, Description uint64 }

// Read returns the frame description entries of an .eh_frame section by the addresses
// of their functions. The section is mapped at the address at (Linux Standard Base 5.0,
// "Exception Frames"; DWARF 5, section 6.4.1). Entries of an unknown form are left out.
func Read(section []byte, at uint64) []Entry {
	var entries []Entry
	encodings := make(map[int]uint8) // of addresses, by the offset of the common entry
	for offset := 0; len(section)-offset >= 8; {
		start, header := offset, 4
		length := uint64(binary.LittleEndian.Uint32(section[offset:]))
		if length == 0xffffffff && len(section)-offset >= 20 {
			length, header = binary.LittleEndian.Uint64(section[offset+4:]), 12
		}
		if length < 4 || length > uint64(len(section)-offset-header) {
			break // the end, or nonsense
		}
		idAt := offset + header
		offset = idAt + int(length)
		body := reader{section[idAt+4 : offset]}
		id := int(binary.LittleEndian.Uint32(section[idAt:]))
		if id == 0 {
			if encoding, err := body.addressEncoding(); err == nil {
				encodings[start] = encoding
			}
			continue
		}
		encoding, ok := encodings[idAt-id]
		if !ok {
			continue
		}
		function, err := body.address(encoding, at+uint64(idAt+4))
		if err != nil || function == 0 {
			continue
		}
		// The size is written in the same form, and relative to nothing.
		if size, err := body.address(encoding&0x0f, 0); err == nil && function+size >= function {
			entries = append(entries, Entry{function, function + size, at + uint64(start)})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Function, b.Function) })
	return entries
}

// How an address is encoded: its form in the low bits, what it is relative to in the
// high ones.
const (
	absptr   = 0x00
	udata4   = 0x03
	udata8   = 0x04
	sdata4   = 0x0b
	sdata8   = 0x0c
	relative = 0x10 // to the place where it is written
	dataRel  = 0x30 // to the search table
)

// Make returns an .eh_frame_hdr for the entries of the .eh_frame at the address
// section. The table itself is to lie at the address at. It is as linkers write it, but
// with numbers of eight bytes, since it may lie far from the code.
func Make(entries []Entry, section, at uint64) []byte {
	put := binary.LittleEndian
	table := []byte{1 /* version */, dataRel | sdata8, udata4, dataRel | sdata8}
	table = put.AppendUint64(table, section-at)
	table = put.AppendUint32(table, uint32(len(entries)))
	for _, f := range entries {
		table = put.AppendUint64(table, f.Function-at)
		table = put.AppendUint64(table, f.Description-at)
	}
	return table
}

// reader takes values off the front of rest.
type reader struct{ rest []byte }

var errUnwindInfo = errors.New("unwind information of an unknown form")

func (r *reader) bytes(n int) ([]byte, error) {
	if len(r.rest) < n {
		return nil, errUnwindInfo
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b, nil
}

func (r *reader) byte() (uint8, error) {
	b, err := r.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// skipLEB128 passes over a number of variable length.
func (r *reader) skipLEB128() error {
	for {
		if b, err := r.byte(); err != nil || b < 0x80 {
			return err
		}
	}
}

// addressEncoding reads a common information entry and returns how the entries that refer
// to it write addresses.
func (r *reader) addressEncoding() (uint8, error) {
	version, err := r.byte()
	if err != nil {
		return 0, err
	}
	end := bytes.IndexByte(r.rest, 0)
	if end < 0 || version != 1 && version != 3 {
		return 0, errUnwindInfo
	}
	augmentation := r.rest[:end]
	r.rest = r.rest[end+1:]
	// The alignment factors of code and data, and the return address's column.
	skips := []func() error{r.skipLEB128, r.skipLEB128, r.skipLEB128}
	if version == 1 {
		skips[2] = func() error { _, err := r.byte(); return err }
	}
	if len(augmentation) > 0 && augmentation[0] == 'z' {
		skips = append(skips, r.skipLEB128) // the length of what follows
	}
	for _, skip := range skips {
		if err := skip(); err != nil {
			return 0, err
		}
	}
	for i, letter := range augmentation {
		switch {
		case letter == 'z' && i == 0, letter == 'S', letter == 'B':
		case letter == 'R':
			return r.byte()
		case letter == 'L':
			_, err = r.byte()
		case letter == 'P': // the personality routine
			var encoding uint8
			if encoding, err = r.byte(); err == nil {
				_, err = r.address(encoding&0x0f, 0)
			}
		default:
			return 0, errUnwindInfo
		}
		if err != nil {
			return 0, err
		}
	}
	return absptr, nil
}

// address reads an address that is written at the address at.
func (r *reader) address(encoding uint8, at uint64) (uint64, error) {
	var value uint64
	switch form := encoding & 0x0f; form {
	case absptr, udata8, sdata8:
		b, err := r.bytes(8)
		if err != nil {
			return 0, err
		}
		value = binary.LittleEndian.Uint64(b)
	case udata4, sdata4:
		b, err := r.bytes(4)
		if err != nil {
			return 0, err
		}
		word := binary.LittleEndian.Uint32(b)
		if value = uint64(word); form == sdata4 {
			value = uint64(int64(int32(word)))
		}
	default:
		return 0, errUnwindInfo
	}
	switch encoding &^ 0x0f {
	case 0:
		return value, nil
	case relative:
		return at + value, nil
	}
	return 0, errUnwindInfo
}
