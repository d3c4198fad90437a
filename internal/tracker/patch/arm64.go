package patch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/arch/arm64/arm64asm"
)

type arm64 struct{}

// Instructions by their encoding (Arm ARM, C6.2).
const (
	armBTIc    = 0xd503245f // may be arrived at by an indirect call
	armBTIjc   = 0xd50324df // or an indirect jump
	armPACIASP = 0xd503233f // signs the return address; indirect calls may arrive here too
	armPACIBSP = 0xd503237f
	armNOP     = 0xd503201f
	armB       = 0x14000000 // b .+0
	armBL      = 0x94000000 // bl .+0
	armLdrLit  = 0x58000000 // ldr x0, .+0
	armLinkReg = 30
)

// armLdr returns ldr xreg, .+words*4.
func armLdr(reg, words uint32) uint32 { return armLdrLit | words<<5 | reg }

func armWord(code []byte, at int) uint32 {
	if at+4 > len(code) {
		return 0 // udf #0
	}
	return binary.LittleEndian.Uint32(code[at:])
}

// hook overwrites one instruction with a branch; where the function begins with one
// that signs the return address, which is also where indirect calls may arrive, two:
// with a landing for those, and the branch.
//
// A branch reaches 128 MiB, which is where the tracker must find room for its stub.
// The other way, an absolute jump by a register, would take four instructions, and
// could not come back: only marked places can be jumped to by register where a
// program is guarded (Arm ARM, D8.4.9).
func (arm64) hook(b *body) (*hook, error) {
	h := &hook{length: 4}
	switch armWord(b.code, 0) {
	case armBTIc, armBTIjc:
		h.skip = 4
	case armPACIASP, armPACIBSP:
		h.length = 8
		h.over.word(armBTIc)
	}
	h.over.fix(h.over.word(armB), Branch26, 0)
	if b.entry%4 != 0 || h.skip+h.length > min(b.size, len(b.code)) {
		return nil, fmt.Errorf("it is %d bytes long, no room for a branch", b.size)
	}
	end := h.skip + h.length
	ended := false
	for at := h.skip; at < end && !ended; at += 4 {
		var err error
		if ended, err = h.moved.moveARM64(b.code[at:at+4], b.entry+uint64(at), at+4 == end); err != nil {
			return nil, err
		}
	}
	if !ended {
		h.moved.branchARM64(b.entry + uint64(end))
	}
	return h, nil
}

// moveARM64 is moveX86 for arm64. What is relative to the instruction's address is
// loaded from a literal beside the moved code instead: no register but the
// instruction's own is touched, and any distance does.
func (c *Code) moveARM64(code []byte, at uint64, last bool) (ended bool, err error) {
	word := binary.LittleEndian.Uint32(code)
	inst, err := arm64asm.Decode(code)
	if err != nil {
		return false, fmt.Errorf("%w: %08x", errUnknown, word)
	}
	reg := word & 31
	target, relative := relativeARM64(&inst, at)
	switch inst.Op {
	case arm64asm.ADR, arm64asm.ADRP:
		c.loadLiteral(reg, target)
		return false, nil
	case arm64asm.LDR, arm64asm.LDRSW, arm64asm.PRFM:
		if !relative {
			break
		}
		load, ok := map[uint32]uint32{ // by size and kind, without the distance: from [x0] to x0
			0x18: 0xb9400000, // ldr w0
			0x58: 0xf9400000, // ldr x0
			0x98: 0xb9800000, // ldrsw x0
		}[word>>24]
		if !ok || reg == 31 {
			return false, errors.New("a literal is loaded to where its address cannot be loaded first")
		}
		c.loadLiteral(reg, target)
		c.word(load | reg<<5 | reg)
		return false, nil
	case arm64asm.B:
		if word>>26 == armB>>26 {
			c.branchARM64(target)
			return true, nil
		}
		c.branchIfARM64(word, 19, target)
		return false, nil
	case arm64asm.CBZ, arm64asm.CBNZ:
		c.branchIfARM64(word, 19, target)
		return false, nil
	case arm64asm.TBZ, arm64asm.TBNZ:
		c.branchIfARM64(word, 14, target)
		return false, nil
	case arm64asm.BL:
		if !last {
			return false, errors.New("a call returns to where the branch would be")
		}
		c.PushesReturn = true
		c.alignLiteral()
		c.word(armLdr(armLinkReg, 2))
		c.branchARM64(target)
		c.literal(at + 4)
		return true, nil
	case arm64asm.BLR:
		return false, errors.New("a call of what a register holds is not moved")
	case arm64asm.BR, arm64asm.RET, arm64asm.BRK:
		c.word(word)
		return true, nil
	case arm64asm.ERET, arm64asm.DRPS, arm64asm.HLT, arm64asm.HVC, arm64asm.SMC, arm64asm.DCPS1, arm64asm.DCPS2, arm64asm.DCPS3:
		return false, fmt.Errorf("%s is not moved", inst.Op)
	}
	if relative {
		return false, fmt.Errorf("%w: %08x", errUnknown, word)
	}
	c.word(word)
	return false, nil
}

// relativeARM64 returns the address that an instruction names by its distance.
func relativeARM64(inst *arm64asm.Inst, at uint64) (target uint64, ok bool) {
	for _, arg := range inst.Args {
		if distance, ok := arg.(arm64asm.PCRel); ok {
			if inst.Op == arm64asm.ADRP {
				at &^= 1<<12 - 1 // of pages
			}
			return at + uint64(distance), true
		}
	}
	return 0, false
}

// loadLiteral appends the loading of an address to a register.
func (c *Code) loadLiteral(reg uint32, address uint64) {
	c.alignLiteral()
	c.word(armLdr(reg, 2))
	c.word(armB | 3) // over the literal
	c.literal(address)
}

// alignLiteral makes the literal after two more instructions an aligned one.
func (c *Code) alignLiteral() {
	if len(c.Bytes)%8 != 0 {
		c.word(armNOP)
	}
}

func (c *Code) literal(address uint64) { c.fix(c.add(make([]byte, 8)...), Abs64, address) }

func (c *Code) branchARM64(target uint64) { c.fix(c.word(armB), Branch26, target) }

// branchIfARM64 appends a conditional branch, whose distance has so many bits from
// bit 5 on, by way of one that reaches further.
func (c *Code) branchIfARM64(word, bits uint32, target uint64) {
	c.word(word&^((1<<bits-1)<<5) | 2<<5)
	c.word(armB | 2) // not taken: over the branch
	c.branchARM64(target)
}

func (arm64) argumentRegisters() []uint8 { return []uint8{0, 1, 2, 3, 4, 5, 6, 7} }

func (arm64) step(code []byte, at uint64) (step, bool) {
	s := step{length: 4}
	if len(code) < 4 {
		return s, false
	}
	inst, err := arm64asm.Decode(code)
	if err != nil {
		return s, false
	}
	switch inst.Op {
	case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		s.target, s.jumps = relativeARM64(&inst, at)
		s.conditional = armWord(code, 0)>>26 != armB>>26
		return s, s.jumps
	case arm64asm.HINT, arm64asm.NOP, arm64asm.CMP, arm64asm.CMN, arm64asm.TST, arm64asm.CCMP, arm64asm.CCMN:
		return s, true
	}
	if !computesARM64[inst.Op] || writesBack(inst.Args[1]) {
		return s, false
	}
	to, ok := inst.Args[0].(arm64asm.Reg)
	if sp, isSP := inst.Args[0].(arm64asm.RegSP); isSP {
		to, ok = arm64asm.Reg(sp), arm64asm.Reg(sp) != arm64asm.SP && arm64asm.Reg(sp) != arm64asm.WSP
	}
	number := to - arm64asm.X0
	if to <= arm64asm.WZR {
		number = to - arm64asm.W0
	}
	if !ok || to > arm64asm.XZR {
		return s, false
	}
	s.writes, s.to = true, uint8(number)
	if inst.Op != arm64asm.MOV {
		return s, true
	}
	switch from := inst.Args[1].(type) {
	case arm64asm.Reg:
		if s.copied = to >= arm64asm.X0 && from >= arm64asm.X0 && from < arm64asm.XZR; s.copied {
			s.from = uint8(from - arm64asm.X0)
		}
	case arm64asm.Imm64:
		s.value = value{constant, from.Imm}
	case arm64asm.Imm:
		s.value = value{constant, uint64(from.Imm)}
	}
	return s, true
}

// writesBack says whether an operand in memory changes the register that it goes by.
func writesBack(arg arm64asm.Arg) bool {
	memory, ok := arg.(arm64asm.MemImmediate)
	return ok && memory.Mode != arm64asm.AddrOffset
}

// computesARM64 are operations that write their first operand only, and flags.
var computesARM64 = map[arm64asm.Op]bool{
	arm64asm.MOV: true, arm64asm.MOVZ: true, arm64asm.MOVN: true, arm64asm.MOVK: true, arm64asm.MVN: true, arm64asm.ADR: true, arm64asm.ADRP: true,
	arm64asm.ADD: true, arm64asm.ADDS: true, arm64asm.SUB: true, arm64asm.SUBS: true, arm64asm.NEG: true,
	arm64asm.AND: true, arm64asm.ANDS: true, arm64asm.ORR: true, arm64asm.ORN: true, arm64asm.EOR: true, arm64asm.BIC: true,
	arm64asm.LSL: true, arm64asm.LSR: true, arm64asm.ASR: true, arm64asm.UBFX: true, arm64asm.UXTB: true, arm64asm.UXTH: true, arm64asm.SXTW: true,
	arm64asm.RBIT: true, arm64asm.CLZ: true, arm64asm.REV: true,
	arm64asm.CSEL: true, arm64asm.CSET: true, arm64asm.CSETM: true, arm64asm.CSINC: true, arm64asm.CINC: true, arm64asm.CSINV: true, arm64asm.CSNEG: true,
	arm64asm.MRS: true, arm64asm.LDR: true, arm64asm.LDUR: true, arm64asm.LDRB: true, arm64asm.LDRH: true, arm64asm.LDRSW: true,
}

// branches takes every word as an instruction. The decoder is too slow for whole
// files; these are all the encodings of direct branches.
func (arm64) branches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool)) {
	for at := 0; at+4 <= len(code); at += 4 {
		word := binary.LittleEndian.Uint32(code[at:])
		var distance int32 // bytes
		switch {
		case word>>26&0x1f == 0x05: // b, bl
			distance = int32(word<<6) >> 4
		case word>>24 == 0x54, word>>25&0x3f == 0x1a: // b.cond and bc.cond; cbz, cbnz
			distance = int32(word<<8) >> 13 << 2
		case word>>25&0x3f == 0x1b: // tbz, tbnz
			distance = int32(word<<13) >> 18 << 2
		default:
			continue
		}
		from := addr + uint64(at)
		if target := from + uint64(int64(distance)); target-lo < hi-lo {
			visit(from, target, word>>26 == armBL>>26)
		}
	}
}

func (arm64) uses(b *body, argument uint8) (used bool, next uint64) {
	wanted := arm64asm.X0 + arm64asm.Reg(argument-1)
	for at := 0; at+4 <= b.size; at += 4 {
		inst, err := arm64asm.Decode(b.code[at:])
		if err != nil {
			return false, 0
		}
		for i, arg := range slices.Backward(inst.Args[:]) { // what is read before what is written
			if arg == nil || !mentionsARM64(arg, wanted) {
				continue
			}
			return i > 0 || readsFirstARM64[inst.Op], 0
		}
		switch inst.Op {
		case arm64asm.B, arm64asm.BL:
			if word := armWord(b.code, at); word>>26&0x1f != 0x05 {
				continue // conditional
			}
			next, _ := relativeARM64(&inst, b.entry+uint64(at))
			return false, next
		case arm64asm.BR, arm64asm.BLR, arm64asm.RET, arm64asm.BRK:
			return false, 0
		}
	}
	return false, 0
}

// mentionsARM64 says whether an operand has a register, of 64 bits or the 32 lower ones.
func mentionsARM64(arg arm64asm.Arg, register arm64asm.Reg) bool {
	number := strings.TrimPrefix(register.String(), "X")
	for _, word := range strings.FieldsFunc(arg.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if word == "X"+number || word == "W"+number {
			return true
		}
	}
	return false
}

// readsFirstARM64 are operations that read their first operand and do not write it.
var readsFirstARM64 = map[arm64asm.Op]bool{
	arm64asm.CMP: true, arm64asm.TST: true, arm64asm.CBZ: true, arm64asm.CBNZ: true, arm64asm.TBZ: true, arm64asm.TBNZ: true,
	arm64asm.STR: true, arm64asm.STP: true, arm64asm.STUR: true,
}

// passesOn says no: stubs take several instructions on arm64, and to hook two layers
// costs only time.
func (arm64) passesOn(*body) (target, slot uint64) { return 0, 0 }

func (arm64) waysOut(*body, func(target, slot uint64) bool) bool { return false } // likewise

// leaves says no: on arm64 only those functions are hooked whose names say what their
// arguments are.
func (arm64) leaves(*body, func(leaving)) (reads arguments, ok bool) { return 0, false }

func (arm64) slotBranches([]byte, uint64, func(from, slot uint64)) {} // is for what leaves shows

// writes finds nothing: an address takes two instructions or more on arm64.
func (arm64) writes([]byte, uint64, func(at, variable uint64)) {}

func (arm64) refers([]byte, uint64, map[uint64]bool, func(at uint64)) {}

func (arm64) passesOver([]byte, int) bool { return false } // instructions begin at every word
