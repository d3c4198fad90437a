package isa

import (
	"encoding/binary"
	"fmt"
)

// Kind is how a place in code is mended.
type Kind uint8

const (
	// Rel32 is four bytes: the distance of the target from the end of the field.
	Rel32 Kind = iota + 1
	// Abs64 is eight bytes: the target.
	Abs64
	// Branch26 is the low 26 bits of an arm64 instruction: the distance of the
	// target from the instruction, in words.
	Branch26
)

// Fixup is a place that is mended when it is known where code goes.
type Fixup struct {
	Offset uint32 // in the code, bytes
	Kind   Kind
	// Target is an address in the file's own terms, to which the file's load
	// address is added.
	Target uint64
}

// Code is instructions that run anywhere once their fix-ups are mended.
type Code struct {
	Bytes  []byte
	Fixups []Fixup
	// PushesReturn reports whether the code makes a return address by itself, for a call
	// that was moved. It must not run where the processor keeps a stack of return
	// addresses of its own that the program has asked for (x86's SHSTK, arm64's GCS).
	PushesReturn bool
}

// Place returns the code as it must be at the address at, for a file that is loaded
// at bias. It fails where a target is too far away. The tracker library does the
// same; this is what it is compared with.
func (c Code) Place(at, bias uint64) ([]byte, error) {
	placed := append([]byte(nil), c.Bytes...)
	for _, f := range c.Fixups {
		field, target := placed[f.Offset:], bias+f.Target
		switch f.Kind {
		case Rel32:
			distance := int64(target - (at + uint64(f.Offset) + 4))
			if distance != int64(int32(distance)) {
				return nil, fmt.Errorf("code at %#x is too far from %#x for a distance of 32 bits", at, target)
			}
			binary.LittleEndian.PutUint32(field, uint32(distance))
		case Abs64:
			binary.LittleEndian.PutUint64(field, target)
		case Branch26:
			const reach = 1 << 27 // bytes
			distance := int64(target - (at + uint64(f.Offset)))
			if distance < -reach || distance >= reach || distance%4 != 0 {
				return nil, fmt.Errorf("code at %#x is too far from %#x for a branch", at, target)
			}
			word := binary.LittleEndian.Uint32(field)
			binary.LittleEndian.PutUint32(field, word&^(1<<26-1)|uint32(distance/4)&(1<<26-1))
		default:
			return nil, fmt.Errorf("fix-up of unknown kind %d", f.Kind)
		}
	}
	return placed, nil
}

// add appends bytes, and returns the offset at which they begin.
func (c *Code) add(b ...byte) uint32 {
	c.Bytes = append(c.Bytes, b...)
	return uint32(len(c.Bytes) - len(b))
}

// word appends an arm64 instruction.
func (c *Code) word(w uint32) uint32 {
	return c.add(byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
}

// fix adds a fix-up.
func (c *Code) fix(offset uint32, kind Kind, target uint64) {
	c.Fixups = append(c.Fixups, Fixup{Offset: offset, Kind: kind, Target: target})
}
