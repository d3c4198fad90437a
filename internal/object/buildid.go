package object

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
)

// findBuildID returns the note of type NT_GNU_BUILD_ID in lower-case hexadecimal digits,
// and where it is mapped, 0 for nowhere. It may be in one of several segments of notes or,
// in a debug file, in sections only.
func (f *File) findBuildID() (id string, at uint64) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_NOTE {
			if id, offset := buildIDIn(f.Segment(p), p.Align, f.ByteOrder); id != "" {
				return id, p.Vaddr + offset
			}
		}
	}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOTE && s.Flags&elf.SHF_COMPRESSED == 0 {
			if id, _ := buildIDIn(f.Raw(s), s.Addralign, f.ByteOrder); id != "" {
				return id, 0
			}
		}
	}
	return "", 0
}

// buildIDIn looks for the build-id in ELF notes: sizes of name and descriptor, type, then
// both, each padded to align. It returns where its bytes are.
func buildIDIn(notes []byte, align uint64, order binary.ByteOrder) (id string, offset uint64) {
	const header, buildIDType = 12, 3
	if align != 8 {
		align = 4
	}
	for rest := notes; len(rest) >= header; {
		nameSize := uint64(order.Uint32(rest))
		descSize := uint64(order.Uint32(rest[4:]))
		desc := (header + nameSize + align - 1) &^ (align - 1)
		end := desc + descSize
		if end > uint64(len(rest)) {
			break
		}
		if order.Uint32(rest[8:]) == buildIDType && nameSize == 4 && string(rest[header:header+4]) == "GNU\x00" {
			return hex.EncodeToString(rest[desc:end]), uint64(len(notes)-len(rest)) + desc
		}
		rest = rest[min((end+align-1)&^(align-1), uint64(len(rest))):]
	}
	return "", 0
}
