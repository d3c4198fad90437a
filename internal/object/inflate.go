package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// inflate decompresses a section with SHF_COMPRESSED (ELF gABI, "Section
// Compression"): an Elf64_Chdr of type, reserved, size and alignment, then the
// data.
func inflate(raw []byte) ([]byte, error) {
	const header = 24
	if len(raw) < header {
		return nil, io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint64(raw[8:])
	body := raw[header:]
	switch kind := elf.CompressionType(binary.LittleEndian.Uint32(raw)); kind {
	case elf.COMPRESS_ZLIB:
		return inflateZlib(body, size)
	case elf.COMPRESS_ZSTD:
		r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return readSize(r, size, len(body))
	default:
		return nil, fmt.Errorf("unknown compression %v", kind)
	}
}

// inflateOld decompresses a .zdebug_ section as GNU tools wrote them before
// SHF_COMPRESSED: "ZLIB", the size in eight big-endian bytes, then the data.
func inflateOld(raw []byte) ([]byte, error) {
	const header = 12
	if len(raw) < header || string(raw[:4]) != "ZLIB" {
		return nil, errors.New("no ZLIB header")
	}
	return inflateZlib(raw[header:], binary.BigEndian.Uint64(raw[4:]))
}

func inflateZlib(body []byte, size uint64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readSize(r, size, len(body))
}

// readSize reads size bytes. A damaged header may claim any size, so no more
// is set aside at first than the compressed bytes plausibly hold.
func readSize(r io.Reader, size uint64, compressed int) ([]byte, error) {
	const plausibleRatio = 32 // debug sections shrink to a half or a tenth
	buf := bytes.NewBuffer(make([]byte, 0, min(size, plausibleRatio*uint64(compressed))+bytes.MinRead))
	n, err := buf.ReadFrom(io.LimitReader(r, int64(min(size, 1<<40))))
	if err != nil {
		return nil, err
	}
	if uint64(n) != size {
		return nil, io.ErrUnexpectedEOF
	}
	return buf.Bytes(), nil
}
