package inject

import (
	"encoding/binary"
	"io"
	"testing"
)

func TestAuxiliaryVectorIsFoundBehindTheEnvironment(t *testing.T) {
	const sp = 0x7ffc_0000_1000
	for name, start := range map[string][]uint64{
		"arguments and environment": {2, 0x10, 0x20, 0, 0x30, 0x40, 0x50, 0},
		"neither":                   {0, 0, 0},
	} {
		words := append(start, atPhdr, 0x400040, 77, 0, atPhnum, 9, atEntry, 0x401000, atNull, 0)
		read := func(at uint64, b []byte) error {
			i := (at - sp) / 8
			if at < sp || i >= uint64(len(words)) {
				return io.ErrUnexpectedEOF
			}
			binary.LittleEndian.PutUint64(b, words[i])
			return nil
		}
		v, err := readAuxv(sp, read)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first := sp + 8*uint64(len(start))
		if v[atPhdr] != (auxEntry{first + 8, 0x400040}) || v[atPhnum] != (auxEntry{first + 5*8, 9}) || v[atEntry].value != 0x401000 {
			t.Errorf("%s: got %+v", name, v)
		}
		words = words[:len(start)+2]
		if _, err := readAuxv(sp, read); err == nil {
			t.Errorf("%s: a vector without an end was accepted", name)
		}
	}
}
