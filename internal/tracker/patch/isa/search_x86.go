package isa

import (
	"encoding/binary"
	"math"
)

// FindBranches takes every four bytes as the possible distance of a branch of 32 bits, so
// that no decoding can go wrong. It is fast because hardly any of these distances leads to
// where it is searched for: four are compared at once, by the lower halves of their targets.
func (x86) FindBranches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool)) {
	if hi <= lo {
		return
	}
	const distance = 4
	at, last := 1, uint32(min(hi-lo-1, math.MaxUint32))
	for ; at+8 <= len(code); at += 4 {
		next, end := binary.LittleEndian.Uint64(code[at:]), uint32(addr+uint64(at)+distance-lo)
		if uint32(next)+end > last && uint32(next>>8)+end+1 > last && uint32(next>>16)+end+2 > last && uint32(next>>24)+end+3 > last {
			continue
		}
		for i := range 4 {
			x86{}.branch(code, at+i, addr, lo, hi, visit)
		}
	}
	for ; at+distance <= len(code); at++ {
		x86{}.branch(code, at, addr, lo, hi, visit)
	}
}

// branch is FindBranches for the one distance at an offset of the code.
func (x86) branch(code []byte, at int, addr, lo, hi uint64, visit func(from, target uint64, call bool)) {
	end := addr + uint64(at) + 4
	target := end + uint64(int64(int32(binary.LittleEndian.Uint32(code[at:]))))
	if target-lo >= hi-lo {
		return
	}
	switch op := code[at-1]; {
	case op == 0xe8 || op == 0xe9: // call, jmp
		visit(end-5, target, op == 0xe8)
	case at == 1:
	case code[at-2] == 0x0f && op>>4 == 8, code[at-2] == 0xc7 && op == 0xf8: // jcc; xbegin branches when the transaction fails
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
