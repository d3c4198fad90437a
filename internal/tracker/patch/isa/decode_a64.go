package isa

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/arch/arm64/arm64asm"
)

// spARM64 is the stack pointer's number. The register that is always zero has the same one
// in encodings, and none here.
const spARM64 = 31

const (
	allARM64 RegisterSet = 1<<spARM64 - 1 // x0 to x30
	// keptARM64 are the registers that a called function gives back as they were (Procedure
	// Call Standard for the Arm 64-bit Architecture, 6.1.1): x19 to x29.
	keptARM64 RegisterSet = 0x7ff << 19
)

// Registers returns x0 to x5 (Procedure Call Standard, 6.4), and sp.
func (arm64) Registers() (arguments [LastArgument + 1]uint8, stack uint8) {
	return [...]uint8{1: 0, 1, 2, 3, 4, 5}, spARM64
}

// Decode takes what it does not know to write to all registers, and to memory.
func (arm64) Decode(code []byte, at uint64) (i Instruction, ok bool) {
	inst, err := arm64asm.Decode(code)
	if err != nil {
		return i, false
	}
	i.Length = 4
	word := armWord(code, 0)
	target, _ := relativeARM64(&inst, at)
	written := i.operateARM64(&inst, word, target)
	for n, operand := range inst.Args {
		if operand != nil {
			i.operandARM64(operand, n < written)
		}
	}
	if written == 1 {
		i.Result = resultARM64(&inst, word, target)
	}
	return i, true
}

// operateARM64 notes what an instruction does besides reading and writing its operands. It
// returns how many of them it writes, which are the first ones.
func (i *Instruction) operateARM64(inst *arm64asm.Inst, word uint32, target uint64) (written int) {
	byRegister := Source{How: Copied, From: uint8(word >> 5 & 31)}
	switch inst.Op {
	case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		i.Goes, i.Where.Value = Branches, Value{Address, target}
		if word>>26 == armB>>26 {
			i.Goes = Jumps
		}
	case arm64asm.BR:
		i.Goes, i.Where = Jumps, byRegister
	case arm64asm.BL:
		i.Goes, i.Where.Value, i.Does, i.Writes = Calls, Value{Address, target}, UsesStack, allARM64&^keptARM64
	case arm64asm.BLR:
		i.Goes, i.Where, i.Does, i.Writes = Calls, byRegister, UsesStack, allARM64&^keptARM64
	case arm64asm.RET, arm64asm.BRK:
		i.Goes, i.Does = Ends, UsesStack
	case arm64asm.HINT, arm64asm.NOP, arm64asm.CMP, arm64asm.CMN, arm64asm.TST, arm64asm.CCMP, arm64asm.CCMN:
	case arm64asm.STR, arm64asm.STUR, arm64asm.STP, arm64asm.STRB, arm64asm.STRH, arm64asm.STURB, arm64asm.STURH:
		i.Does = DoesMore
		for _, operand := range inst.Args {
			if memory, ok := operand.(arm64asm.MemImmediate); ok {
				i.Does = Stores // somewhere from there on
				i.Store = Source{How: Copied, From: uint8(memory.Base - arm64asm.RegSP(arm64asm.X0))}
			}
		}
	case arm64asm.LDP, arm64asm.LDPSW:
		return 2
	case arm64asm.MOVK, arm64asm.BFI, arm64asm.BFXIL, arm64asm.BFM: // of a part of the register
		i.Reads = namedARM64(inst.Args[0])
		return 1
	case arm64asm.LDR, arm64asm.LDUR, arm64asm.LDRB, arm64asm.LDRH, arm64asm.LDURB, arm64asm.LDURH, arm64asm.LDRSB, arm64asm.LDRSH, arm64asm.LDRSW, arm64asm.LDURSW, arm64asm.MRS:
		return 1
	default:
		if !computesARM64(word) {
			i.Does, i.Writes = DoesMore, allARM64
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
func (i *Instruction) operandARM64(operand arm64asm.Arg, isWritten bool) {
	named := namedARM64(operand)
	if isWritten {
		i.Writes |= named
		i.To = uint8(bits.TrailingZeros32(uint32(named)) & 31)
		if operand == arm64asm.RegSP(arm64asm.SP) {
			i.Does = max(i.Does, UsesStack)
		}
		return
	}
	i.Reads |= named
	if memory, ok := operand.(arm64asm.MemImmediate); ok && memory.Mode != arm64asm.AddrOffset { // the base moves on, as the stack pointer does
		i.Does = max(i.Does, UsesStack)
		i.Writes |= named
	}
}

// resultARM64 returns what an instruction writes to the register that is its first operand,
// if it writes all 64 bits, or a constant.
func resultARM64(inst *arm64asm.Inst, word uint32, target uint64) (s Source) {
	isWhole := word>>31 != 0 // of what is computed
	base, offset := uint8(word>>5&31), uint64(word>>10&0xfff)
	switch inst.Op {
	case arm64asm.ADR, arm64asm.ADRP:
		s.Value = Value{Address, target}
	case arm64asm.MOV:
		switch from := inst.Args[1].(type) {
		case arm64asm.Imm64:
			s.Value = Value{Constant, from.Imm}
		case arm64asm.Imm:
			s.Value = Value{Constant, uint64(from.Imm)}
		case arm64asm.Reg:
			if isWhole && from >= arm64asm.X0 && from < arm64asm.XZR {
				s = Source{How: Copied, From: uint8(from - arm64asm.X0)}
			}
		case arm64asm.RegSP:
			if isWhole {
				s = Source{How: Copied, From: base}
			}
		}
	case arm64asm.ADD:
		if word>>22 == 0x91000000>>22 { // an immediate that is not shifted
			s = Source{How: Copied, From: base, Offset: offset}
		}
	case arm64asm.LDR:
		switch {
		case word>>24 == armLdrLit>>24:
			s.Value = Value{Variable, target}
		case word>>22 == 0xf9400000>>22: // at so many times eight bytes
			s = Source{How: Loaded, From: base, Offset: offset * 8}
		case word>>22 == 0xf8400000>>22: // at what is no multiple, or another register says
			s = Source{How: LoadedIndexed, From: base}
		}
	}
	return s
}

// namedARM64 returns the registers that an operand names, whole or the lower half. It reads
// the operand's text, for not all kinds of operands export their registers.
func namedARM64(operand arm64asm.Arg) (named RegisterSet) {
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
