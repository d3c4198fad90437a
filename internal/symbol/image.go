package symbol

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// image is one ELF file, mapped into memory. Its sections may be asked for by
// several goroutines.
type image struct {
	path    string
	data    []byte
	unmap   func() error
	elf     *elf.File
	buildID string // lower-case hex; empty where the file has none

	mu       sync.Mutex
	inflated map[string]func() []byte // decompress sections when first asked for, by name
}

// openImage maps the file at path. It refuses what is not an ELF file of a
// 64-bit little-endian machine.
func openImage(path string) (im *image, err error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	im = &image{path: path, data: data, unmap: unmap, inflated: make(map[string]func() []byte)}
	if fault := guard(path, func() { err = im.parse() }); fault != nil {
		err = fault
	}
	if err != nil {
		return nil, errors.Join(err, im.close())
	}
	return im, nil
}

func (im *image) parse() (err error) {
	if !bytes.HasPrefix(im.data, []byte(elf.ELFMAG)) {
		return fmt.Errorf("%s is not an ELF file", im.path)
	}
	im.elf, err = elf.NewFile(bytes.NewReader(im.data))
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", im.path, err)
	}
	if im.elf.Class != elf.ELFCLASS64 || im.elf.ByteOrder != binary.LittleEndian {
		return fmt.Errorf("%s is for another kind of machine (%v %v): only 64-bit little-endian files have their symbols read", im.path, im.elf.Class, im.elf.Machine)
	}
	im.buildID = im.findBuildID()
	return nil
}

func (im *image) close() error { return im.unmap() }

// guard runs f and turns the fault of reading a mapped file that was cut short
// meanwhile (the kernel answers with SIGBUS) into an error. Other panics go on.
func guard(path string, f func()) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		switch r := recover().(type) {
		case nil:
		case interface {
			error
			Addr() uintptr
		}:
			err = fmt.Errorf("%s was cut short while it was read: %w", path, r)
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// raw returns the bytes of a section as they are in the file, nil where the
// section has none or claims bytes that the file has not.
func (im *image) raw(s *elf.Section) []byte {
	if s == nil || s.Type == elf.SHT_NOBITS || s.Offset > uint64(len(im.data)) || s.FileSize > uint64(len(im.data))-s.Offset {
		return nil
	}
	return im.data[s.Offset : s.Offset+s.FileSize : s.Offset+s.FileSize]
}

// section returns the decompressed bytes of the section of that name, nil
// where there is none or it is damaged.
func (im *image) section(name string) []byte {
	s := im.elf.Section(name)
	if s == nil {
		return nil
	}
	raw := im.raw(s)
	if s.Flags&elf.SHF_COMPRESSED == 0 {
		return raw
	}
	return im.once(name, func() ([]byte, error) { return inflate(raw) })
}

// once returns what decompress makes of the section of that name, nil where it
// fails. It does so once, and whoever asks meanwhile waits.
func (im *image) once(name string, decompress func() ([]byte, error)) []byte {
	im.mu.Lock()
	data, ok := im.inflated[name]
	if !ok {
		data = sync.OnceValue(func() []byte {
			data, err := decompress()
			if err != nil {
				return nil
			}
			return data
		})
		im.inflated[name] = data
	}
	im.mu.Unlock()
	return data()
}

// debugSection returns the decompressed bytes of ".debug_" + name, also where
// it has the older form ".zdebug_".
func (im *image) debugSection(name string) []byte {
	if data := im.section(".debug_" + name); data != nil {
		return data
	}
	old := ".zdebug_" + name
	raw := im.raw(im.elf.Section(old))
	if raw == nil {
		return nil
	}
	return im.once(old, func() ([]byte, error) { return inflateOld(raw) })
}

// hasDebugInfo says whether the file holds DWARF of its own.
func (im *image) hasDebugInfo() bool {
	for _, name := range []string{".debug_info", ".zdebug_info"} {
		if s := im.elf.Section(name); s != nil && s.Type != elf.SHT_NOBITS && s.FileSize > 0 {
			return true
		}
	}
	return false
}

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

// findBuildID returns the NT_GNU_BUILD_ID note as lower-case hex, from the
// sections or, where those were stripped, from the segments.
func (im *image) findBuildID() string {
	if s := im.elf.Section(".note.gnu.build-id"); s != nil {
		if id := noteBuildID(im.raw(s), 4); id != "" {
			return id
		}
	}
	for _, p := range im.elf.Progs {
		if p.Type != elf.PT_NOTE || p.Off > uint64(len(im.data)) || p.Filesz > uint64(len(im.data))-p.Off {
			continue
		}
		if id := noteBuildID(im.data[p.Off:p.Off+p.Filesz], p.Align); id != "" {
			return id
		}
	}
	return ""
}

// noteBuildID looks for the build-id in ELF notes: sizes of name and
// descriptor, type, then both, each padded to align.
func noteBuildID(notes []byte, align uint64) string {
	const header, buildIDType = 12, 3
	if align != 8 {
		align = 4
	}
	for len(notes) >= header {
		nameSize := uint64(binary.LittleEndian.Uint32(notes))
		descSize := uint64(binary.LittleEndian.Uint32(notes[4:]))
		kind := binary.LittleEndian.Uint32(notes[8:])
		desc := (header + nameSize + align - 1) &^ (align - 1)
		end := desc + descSize
		if end > uint64(len(notes)) {
			return ""
		}
		if kind == buildIDType && nameSize == 4 && string(notes[header:header+4]) == "GNU\x00" {
			return hex.EncodeToString(notes[desc:end])
		}
		notes = notes[min((end+align-1)&^(align-1), uint64(len(notes))):]
	}
	return ""
}
