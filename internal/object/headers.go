package object

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"heapprof/internal/regular"
)

// Headers are what an ELF file says of itself: its machine, segments, sections, and the
// entries that the loader reads.
type Headers struct {
	*elf.File
	Path string
}

// ReadHeaders opens the file at path, which may be of any kind of machine, for the time of
// use. It maps nothing, so that it does for a file of any size where little address space
// is left, and no fault comes of it; what use reads of sections by the methods of elf.File
// is copied. It returns the error of use, or that of opening the file, or an [Error].
func ReadHeaders(path string, use func(*Headers) error) error {
	file, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // only read
	h, err := headersOf(path, file)
	if err != nil {
		return err
	}
	return use(&h)
}

// headersOf reads the headers of a file that has this content.
func headersOf(path string, content io.ReaderAt) (h Headers, err error) {
	h.Path = path
	magic := make([]byte, len(elf.ELFMAG))
	switch n, err := content.ReadAt(magic, 0); {
	case err != nil && !errors.Is(err, io.EOF):
		return h, err
	case n == 0:
		return h, &Error{path, fmt.Errorf("is empty: it %w", ErrNotELF)}
	case string(magic) != elf.ELFMAG:
		return h, &Error{path, ErrNotELF}
	}
	if h.File, err = elf.NewFile(content); err != nil {
		return h, h.Damaged("%w", err)
	}
	return h, nil
}

// CheckLayout returns an [ErrMachine] unless the file is for a 64-bit little-endian
// machine: what returns or takes apart tables is for those.
func (h *Headers) CheckLayout() error {
	if h.Class == elf.ELFCLASS64 && h.ByteOrder == binary.LittleEndian {
		return nil
	}
	return &Error{h.Path, fmt.Errorf("%w (%v %v): only 64-bit little-endian files have their symbols read", ErrMachine, h.Class, h.Machine)}
}

// HasDebugInfo reports whether the file holds DWARF of its own.
func (h *Headers) HasDebugInfo() bool {
	for _, name := range []string{".debug_info", ".zdebug_info"} {
		if s := h.Section(name); s != nil && s.Type != elf.SHT_NOBITS && s.FileSize > 0 {
			return true
		}
	}
	return false
}

// HasInterpreter reports whether the file names a loader, as programs do that are linked
// dynamically.
func (h *Headers) HasInterpreter() bool {
	for _, p := range h.Progs {
		if p.Type == elf.PT_INTERP {
			return true
		}
	}
	return false
}

// HasName reports whether the file has a name as a library (DT_SONAME).
func (h *Headers) HasName() bool {
	names, err := h.DynString(elf.DT_SONAME)
	return err == nil && len(names) > 0
}

// HasFlag reports whether a bit is set in an entry of that tag of the dynamic section.
func (h *Headers) HasFlag(tag elf.DynTag, bit uint64) bool {
	values, err := h.DynValue(tag)
	if err != nil {
		return false
	}
	for _, v := range values {
		if v&bit != 0 {
			return true
		}
	}
	return false
}

// IsStripped reports whether the file has no symbols but those that the loader reads.
func (h *Headers) IsStripped() bool { return h.SectionByType(elf.SHT_SYMTAB) == nil }
