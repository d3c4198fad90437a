package object

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// Limits for what is decompressed of a section, beyond which it is taken for damaged: symbols of a browser are some 20
// MiB, and xz -9 asks for a dictionary of 64 MiB.
const (
	maxXZ           = 512 << 20
	maxXZDictionary = 64 << 20
)

var errXZ = errors.New("no xz file, or a damaged one")

// inflateXZ decompresses an xz file of one stream ("The .xz File Format", version 1.2.1).
func inflateXZ(raw []byte) ([]byte, error) {
	size, err := sizeOfXZ(raw)
	if err != nil {
		return nil, err
	}
	r, err := xz.ReaderConfig{DictCap: lzma.MinDictCap, SingleStream: true}.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	data, err := readSize(r, size, len(raw))
	if err != nil {
		return nil, err
	}
	// With the end the index is compared with what was read.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, errXZ
	}
	return data, nil
}

// sizeOfXZ returns how many bytes an xz file holds, decompressed, by the index at its end. The error is for one whose blocks are
// too large, or want a dictionary that is: the library would allocate whatever a file asks for.
func sizeOfXZ(raw []byte) (size uint64, err error) {
	const header, footer = 12, 12 // of the stream
	if len(raw) < header+footer || !bytes.HasPrefix(raw, []byte("\xfd7zXZ\x00")) || !bytes.HasSuffix(raw, []byte("YZ")) {
		return 0, errXZ
	}
	end := uint64(len(raw) - footer)
	indexSize := 4 * (uint64(binary.LittleEndian.Uint32(raw[end+4:])) + 1)
	if indexSize > end-header {
		return 0, errXZ
	}
	index := varints{raw[end-indexSize : end]}
	if index.byte() != 0 {
		return 0, errXZ
	}
	at, blocks := uint64(header), raw[:end-indexSize]
	for range index.next() {
		unpadded, uncompressed := index.next(), index.next()
		if index.rest == nil || unpadded > uint64(len(blocks))-at || uncompressed > maxXZ-size {
			return 0, errXZ
		}
		if dictionary, ok := dictionaryOfXZ(blocks[at:]); !ok || dictionary > maxXZDictionary {
			return 0, errXZ
		}
		size += uncompressed
		at += (unpadded + 3) &^ 3
		if at > uint64(len(blocks)) {
			return 0, errXZ
		}
	}
	if at != uint64(len(blocks)) {
		return 0, errXZ
	}
	return size, nil
}

// dictionaryOfXZ returns the size of the dictionary that a block asks for, in bytes; false where it is compressed in
// another way than by LZMA2 alone.
func dictionaryOfXZ(block []byte) (int64, bool) {
	const lzma2 = 0x21
	const severalFilters, hasCompressed, hasUncompressed = 0x03, 0x40, 0x80
	r := varints{block}
	r.byte() // the size of the block's header
	flags := r.byte()
	if flags&severalFilters != 0 {
		return 0, false
	}
	for _, size := range []byte{hasCompressed, hasUncompressed} {
		if flags&size != 0 {
			r.next()
		}
	}
	if r.next() != lzma2 || r.next() != 1 {
		return 0, false
	}
	dictionary, err := lzma.DecodeDictCap(r.byte())
	return dictionary, err == nil && r.rest != nil
}

// varints takes numbers off the front of rest, which is nil from the first one on that is not there.
type varints struct{ rest []byte }

// next returns a number of variable length.
func (r *varints) next() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *varints) byte() byte {
	if len(r.rest) == 0 {
		r.rest = nil
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}
