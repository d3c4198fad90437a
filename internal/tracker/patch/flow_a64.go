package patch

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/arch/arm64/arm64asm"
)

// spARM64 is the stack pointer's number; the register that is always zero, which has the
// same one in encodings, has none.
const spARM64 = 31

// keptARM64 are the registers that a called function gives back as they were (Procedure
// Call Standard for the Arm 64-bit Architecture, 6.1.1): x19 to x29.
const (
	allARM64  registerSet = 1<<spARM64 - 1
	keptARM64 registerSet = 0x7ff << 19
)

func (arm64) registers() (arguments [lastArgument + 1]uint8, stack uint8) {
	return [...]uint8{1: 0, 1, 2, 3, 4, 5}, spARM64
}

func (arm64) decode(code []byte, at uint64) (i instruction, ok bool) {
	inst, err := arm64asm.Decode(code)
	if err != nil {
		return i, false
	}
	i.length = 4
	word := armWord(code, 0)
	target, _ := relativeARM64(&inst, at)
	written := i.operateARM64(&inst, word, target)
	for n, operand := range inst.Args {
		if operand != nil {
			i.operandARM64(operand, n < written)
		}
	}
	if written == 1 {
		i.result = resultARM64(&inst, word, target)
	}
	return i, true
}

// operateARM64 notes what an instruction does besides reading its operands and writing
// the first so many of them, which it returns.
func (i *instruction) operateARM64(inst *arm64asm.Inst, word uint32, target uint64) (written int) {
	byRegister := source{how: copied, from: uint8(word >> 5 & 31)}
	switch inst.Op {
	case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		i.goes, i.where.value = branches, value{address, target}
		if word>>26 == armB>>26 {
			i.goes = jumps
		}
	case arm64asm.BR:
		i.goes, i.where = jumps, byRegister
	case arm64asm.BL:
		i.goes, i.where.value, i.does, i.writes = calls, value{address, target}, usesStack, allARM64&^keptARM64
	case arm64asm.BLR:
		i.goes, i.where, i.does, i.writes = calls, byRegister, usesStack, allARM64&^keptARM64
	case arm64asm.RET, arm64asm.BRK:
		i.goes, i.does = ends, usesStack
	case arm64asm.HINT, arm64asm.NOP, arm64asm.CMP, arm64asm.CMN, arm64asm.TST, arm64asm.CCMP, arm64asm.CCMN:
	case arm64asm.STR, arm64asm.STUR, arm64asm.STP, arm64asm.STRB, arm64asm.STRH, arm64asm.STURB, arm64asm.STURH:
		i.does = doesMore
		for _, operand := range inst.Args {
			if memory, ok := operand.(arm64asm.MemImmediate); ok {
				i.does = stores // somewhere from there on
				i.store = source{how: copied, from: uint8(memory.Base - arm64asm.RegSP(arm64asm.X0))}
			}
		}
	case arm64asm.LDP, arm64asm.LDPSW:
		return 2
	case arm64asm.MOVK, arm64asm.BFI, arm64asm.BFXIL, arm64asm.BFM: // of a part of the register
		i.reads = namedARM64(inst.Args[0])
		return 1
	case arm64asm.LDR, arm64asm.LDUR, arm64asm.LDRB, arm64asm.LDRH, arm64asm.LDURB, arm64asm.LDURH, arm64asm.LDRSB, arm64asm.LDRSH, arm64asm.LDRSW, arm64asm.LDURSW, arm64asm.MRS:
		return 1
	default:
		if !computesARM64(word) {
			i.does, i.writes = doesMore, allARM64
		}
		return 1
	}
	return 0
}

// computesARM64 reports whether an instruction is of those that write to one general
// register at most, their first operand. By this the encodings' main classes differ (Arm
// ARM, C4.1): computing with an immediate has 100x, with registers x101, and with those of
// vectors x111.
func computesARM64(word uint32) bool {
	class := word >> 25 & 0xf
	return class&0xe == 8 || class&5 == 5
}

// operandARM64 notes the registers of an operand.
func (i *instruction) operandARM64(operand arm64asm.Arg, isWritten bool) {
	named := namedARM64(operand)
	if isWritten {
		i.writes |= named
		i.to = uint8(bits.TrailingZeros32(uint32(named)) & 31)
		if operand == arm64asm.RegSP(arm64asm.SP) {
			i.does = max(i.does, usesStack)
		}
		return
	}
	i.reads |= named
	if memory, ok := operand.(arm64asm.MemImmediate); ok && memory.Mode != arm64asm.AddrOffset { // the base moves on, as the stack pointer does
		i.does = max(i.does, usesStack)
		i.writes |= named
	}
}

// resultARM64 returns what an instruction writes to the register that is its first
// operand: the whole, or 32 bits that are a constant.
func resultARM64(inst *arm64asm.Inst, word uint32, target uint64) (s source) {
	isWhole := word>>31 != 0 // of what is computed
	base, offset := uint8(word>>5&31), uint64(word>>10&0xfff)
	switch inst.Op {
	case arm64asm.ADR, arm64asm.ADRP:
		s.value = value{address, target}
	case arm64asm.MOV:
		switch from := inst.Args[1].(type) {
		case arm64asm.Imm64:
			s.value = value{constant, from.Imm}
		case arm64asm.Imm:
			s.value = value{constant, uint64(from.Imm)}
		case arm64asm.Reg:
			if isWhole && from >= arm64asm.X0 && from < arm64asm.XZR {
				s = source{how: copied, from: uint8(from - arm64asm.X0)}
			}
		case arm64asm.RegSP:
			if isWhole {
				s = source{how: copied, from: base}
			}
		}
	case arm64asm.ADD:
		if word>>22 == 0x91000000>>22 { // an immediate that is not shifted
			s = source{how: copied, from: base, offset: offset}
		}
	case arm64asm.LDR:
		switch {
		case word>>24 == armLdrLit>>24:
			s.value = value{ofFile, target}
		case word>>22 == 0xf9400000>>22: // at so many times eight bytes
			s = source{how: loaded, from: base, offset: offset * 8}
		case word>>22 == 0xf8400000>>22: // at what is no multiple, or another register says
			s = source{how: loadedBy, from: base}
		}
	}
	return s
}

// namedARM64 returns the registers that an operand has, whole or the lower half. Not all
// operands say it otherwise than in their text.
func namedARM64(operand arm64asm.Arg) (named registerSet) {
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, word := range strings.FieldsFunc(operand.String(), isSeparator) {
		if word[0] != 'X' && word[0] != 'W' {
			continue
		}
		if n, err := strconv.Atoi(word[1:]); err == nil && n < spARM64 {
			named |= 1 << n
		}
	}
	return named
}
