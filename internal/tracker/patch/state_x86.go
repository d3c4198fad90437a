package patch

import (
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// writes takes what an instruction writes to by an address relative to itself.
func (x86) writes(code []byte, addr uint64, visit func(at, variable uint64)) {
	for at := 0; at < len(code); {
		inst, err := decodeX86(code[at:])
		if err != nil {
			return
		}
		here := addr + uint64(at)
		if variable := inst.inFile(code[at:at+inst.Len], here); variable != 0 && writesMemory(&inst) {
			visit(here, variable)
		}
		at += inst.Len
	}
}

// writesMemory says whether an operation writes to its operand in memory.
func writesMemory(inst *x86Inst) bool {
	if _, ok := inst.Args[1].(x86asm.Mem); ok {
		return inst.Op == x86asm.XCHG
	}
	if _, ok := inst.Args[0].(x86asm.Mem); !ok {
		return false
	}
	switch inst.Op {
	case x86asm.MOV, x86asm.ADD, x86asm.ADC, x86asm.SUB, x86asm.SBB, x86asm.AND, x86asm.OR, x86asm.XOR, x86asm.INC, x86asm.DEC, x86asm.NEG, x86asm.NOT,
		x86asm.XCHG, x86asm.XADD, x86asm.CMPXCHG, x86asm.CMPXCHG8B, x86asm.CMPXCHG16B, x86asm.BTS, x86asm.BTR, x86asm.BTC,
		x86asm.MOVUPS, x86asm.MOVAPS, x86asm.MOVDQA, x86asm.MOVDQU, x86asm.MOVUPD, x86asm.MOVAPD, x86asm.MOVQ:
		return true
	}
	return false
}

// refers takes every four bytes as the possible distance of a variable from the end of
// an instruction, which is there or behind an immediate.
func (x86) refers(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64)) {
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
