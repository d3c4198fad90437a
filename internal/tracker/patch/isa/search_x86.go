package isa

import (
	"encoding/binary"
	"math/bits"
)

// FindBranches takes every byte as the possible opcode of a branch with a distance of 32
// bits, so that no decoding can go wrong.
func (x86) FindBranches(code []byte, addr uint64, to *Targets, visit func(from, target uint64, call bool)) {
	if len(code) > 0 {
		x86{}.branch(code, 0, addr, to, visit)
	}
	var found [searched / 64]uint64
	at := 1
	for ; at+searched+4 <= len(code); at += searched {
		opcodes((*[1 + searched]byte)(code[at-1:]), &found)
		for i, set := range found {
			for ; set != 0; set &= set - 1 {
				opcode := at + 64*i + bits.TrailingZeros64(set)
				distance := int32(binary.LittleEndian.Uint32(code[opcode+1:]))
				if to.mayHave(addr + uint64(opcode) + 5 + uint64(int64(distance))) {
					x86{}.branch(code, opcode, addr, to, visit)
				}
			}
		}
	}
	for ; at < len(code); at++ {
		x86{}.branch(code, at, addr, to, visit)
	}
}

// FindShortBranches takes every byte within reach as the possible opcode of a branch.
func (x86) FindShortBranches(code []byte, addr uint64, to Range, visit func(from, target uint64)) {
	first := max(to.Lo, addr+ShortReach) - ShortReach
	for from := first; from < to.Hi+ShortReach && from-addr < uint64(len(code)); from++ {
		if target, ok := shortBranch(code[from-addr:], from); ok && target >= to.Lo && target < to.Hi {
			visit(from, target)
		}
	}
}

// searched is how many bytes opcodes looks at.
const searched = 4 << 10

// anyOpcodes is opcodes for any machine: it looks at eight bytes at once. Where it sets a
// bit for an opcode, it may set the next one, too.
func anyOpcodes(code *[1 + searched]byte, found *[searched / 64]uint64) {
	const each = 0x0101010101010101
	clear(found[:])
	for at := 0; at < searched; at += 8 {
		next, before := binary.LittleEndian.Uint64(code[at+1:]), binary.LittleEndian.Uint64(code[at:])
		opcodes := zeroes(next&^each^0xe8*each) | // call, jmp
			zeroes(next&(0xf0*each)^0x80*each)&zeroes(before^0x0f*each) | // jcc
			zeroes(next^0xf8*each)&zeroes(before^0xc7*each) // xbegin
		found[at/64] |= opcodes >> 7 * 0x0102040810204080 >> 56 << (at % 64)
	}
}

// zeroes returns the highest bit of each byte that is zero. It may return that of a byte
// that is 1, too, next to one that is zero.
func zeroes(bytes uint64) uint64 {
	const each = 0x0101010101010101
	return (bytes - each) &^ bytes & (0x80 * each)
}

// branch is FindBranches for the branch whose opcode ends at an offset of the code.
func (x86) branch(code []byte, at int, addr uint64, to *Targets, visit func(from, target uint64, call bool)) {
	if at+5 > len(code) {
		return
	}
	end := addr + uint64(at) + 5
	target := end + uint64(int64(int32(binary.LittleEndian.Uint32(code[at+1:]))))
	if !to.Has(target) {
		return
	}
	switch op := code[at]; {
	case op == 0xe8 || op == 0xe9: // call, jmp
		visit(end-5, target, op == 0xe8)
	case at == 0:
	case code[at-1] == 0x0f && op>>4 == 8, code[at-1] == 0xc7 && op == 0xf8: // jcc; xbegin branches when the transaction fails
		visit(end-6, target, false)
	}
}

func (x86) FindSlotBranches(code []byte, addr uint64, visit func(from, slot uint64)) {
	for at := 0; at+6 <= len(code); at++ {
		if code[at] == 0xff && (code[at+1] == 0x15 || code[at+1] == 0x25) { // call and jmp *disp32(%rip)
			from := addr + uint64(at)
			visit(from, from+6+uint64(int64(int32(binary.LittleEndian.Uint32(code[at+2:])))))
		}
	}
}

// FindReferences takes every four bytes as the possible distance of a variable from the end
// of an instruction, which is behind these bytes or behind an immediate.
func (x86) FindReferences(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64)) {
	first, last := ^uint64(0), uint64(0)
	for v := range variables {
		first, last = min(first, v), max(last, v)
	}
	for at := 0; at+4 <= len(code); at++ {
		target := addr + uint64(at) + 4 + uint64(int64(int32(binary.LittleEndian.Uint32(code[at:]))))
		if target+4 < first || target > last {
			continue
		}
		for _, immediate := range [...]uint64{0, 1, 2, 4} {
			if variables[target+immediate] {
				visit(addr + uint64(at))
				break
			}
		}
	}
}
