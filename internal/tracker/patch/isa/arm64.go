package isa

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"golang.org/x/arch/arm64/arm64asm"
)

// arm64 is the machine arm64.
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

// Hook overwrites one instruction with a branch; where the function begins with one
// that signs the return address, which is also where indirect calls may arrive, two:
// with a landing for those, and the branch.
//
// A branch reaches 128 MiB, which is where the tracker must find room for its stub.
// The other way, an absolute jump by a register, would take four instructions, and
// could not come back: only marked places can be jumped to by register where a
// program is guarded (Arm ARM, D8.4.9).
func (arm64) Hook(b *Body) (*Hook, *Obstacle) {
	h := &Hook{Length: 4}
	switch armWord(b.Code, 0) {
	case armBTIc, armBTIjc:
		h.Skip = 4
	case armPACIASP, armPACIBSP:
		h.Length = 8
		h.Over.word(armBTIc)
	}
	h.Over.fix(h.Over.word(armB), Branch26, 0)
	if b.Entry%4 != 0 || h.Skip+h.Length > min(b.Size, len(b.Code)) {
		return nil, &Obstacle{Kind: TooShort, Machine: elf.EM_AARCH64, Bytes: b.Size}
	}
	end := h.Skip + h.Length
	ended := false
	for at := h.Skip; at < end && !ended; at += 4 {
		var o *Obstacle
		if ended, o = h.Moved.moveARM64(b.Code[at:at+4], b.Entry+uint64(at), at+4 == end); o != nil {
			o.Machine = elf.EM_AARCH64
			return nil, o
		}
	}
	if !ended {
		h.Moved.branchARM64(b.Entry + uint64(end))
	}
	return h, nil
}

// moveARM64 is moveX86 for arm64. What is relative to the instruction's address is
// loaded from a literal beside the moved code instead: no register but the
// instruction's own is touched, and any distance does.
func (c *Code) moveARM64(code []byte, at uint64, last bool) (ended bool, o *Obstacle) {
	word := binary.LittleEndian.Uint32(code)
	inst, err := arm64asm.Decode(code)
	if isScalableARM64(word) {
		c.word(word)
		return false, nil
	}
	if err != nil {
		return false, &Obstacle{Kind: UnknownInstruction, Code: bytes.Clone(code)}
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
			return false, &Obstacle{Kind: LiteralWithoutRegister}
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
			return false, &Obstacle{Kind: CallReturnsInside}
		}
		c.PushesReturn = true
		c.alignLiteral()
		c.word(armLdr(armLinkReg, 2))
		c.branchARM64(target)
		c.literal(at + 4)
		return true, nil
	case arm64asm.BLR:
		return false, &Obstacle{Kind: CallOfRegister}
	case arm64asm.BR, arm64asm.RET, arm64asm.BRK:
		c.word(word)
		return true, nil
	case arm64asm.ERET, arm64asm.DRPS, arm64asm.HLT, arm64asm.HVC, arm64asm.SMC, arm64asm.DCPS1, arm64asm.DCPS2, arm64asm.DCPS3:
		return false, &Obstacle{Kind: NotMoved, Operation: inst.Op.String()}
	}
	if relative {
		return false, &Obstacle{Kind: UnknownInstruction, Code: bytes.Clone(code)}
	}
	c.word(word)
	return false, nil
}

// isScalableARM64 reports whether an instruction is one of SVE's, which the decoder does not know: none names
// an address by its distance, nor goes on elsewhere (Arm ARM, C4.1.2). glibc's memcpy begins with one.
func isScalableARM64(word uint32) bool { return word>>25&0xf == 2 }

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

// loadLiteral appends the loading of an address into a register, from a literal behind.
func (c *Code) loadLiteral(reg uint32, address uint64) {
	c.alignLiteral()
	c.word(armLdr(reg, 2))
	c.word(armB | 3) // over the literal
	c.literal(address)
}

// alignLiteral makes sure that a literal behind two more instructions is aligned.
func (c *Code) alignLiteral() {
	if len(c.Bytes)%8 != 0 {
		c.word(armNOP)
	}
}

func (c *Code) literal(address uint64) { c.fix(c.add(make([]byte, 8)...), Abs64, address) }

func (c *Code) branchARM64(target uint64) { c.fix(c.word(armB), Branch26, target) }

// branchIfARM64 appends a conditional branch by way of an unconditional one, which reaches
// further. The conditional one's distance has so many bits, from bit 5 on.
func (c *Code) branchIfARM64(word, bits uint32, target uint64) {
	c.word(word&^((1<<bits-1)<<5) | 2<<5)
	c.word(armB | 2) // not taken: over the branch
	c.branchARM64(target)
}

// FindBranches takes every word as an instruction. The decoder is too slow for whole
// files; these are all the encodings of direct branches.
func (arm64) FindBranches(code []byte, addr uint64, to *Targets, visit func(from, target uint64, call bool)) {
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
		if target := from + uint64(int64(distance)); to.Has(target) {
			visit(from, target, word>>26 == armBL>>26)
		}
	}
}

// FindShortBranches finds none: FindBranches finds all.
func (arm64) FindShortBranches([]byte, uint64, Range, func(from, target uint64)) {}

// FindSlotBranches finds none: only methods of Rust's allocators are looked for by slots,
// and on arm64 they are not.
func (arm64) FindSlotBranches([]byte, uint64, func(from, slot uint64)) {}

// FindReferences finds none, likewise.
func (arm64) FindReferences([]byte, uint64, map[uint64]bool, func(at uint64)) {}
