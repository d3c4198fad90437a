package isa

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/arch/arm64/arm64asm"
)

// movedARM64 reads moved code of arm64, wherever it was placed.
type movedARM64 struct {
	code []byte
	at   uint64
}

func (m *movedARM64) next() (inst arm64asm.Inst, target uint64) {
	if len(m.code) < 4 {
		return inst, 0
	}
	inst, err := arm64asm.Decode(m.code)
	if err != nil {
		return arm64asm.Inst{}, 0
	}
	target, _ = relativeARM64(&inst, m.at)
	m.code, m.at = m.code[4:], m.at+4
	return inst, target
}

// literal takes the eight bytes at address, which must be n bytes further on.
func (m *movedARM64) literal(address uint64, n int) (value uint64, ok bool) {
	if address != m.at+uint64(n) || len(m.code) < n+8 || address%8 != 0 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(m.code[n:]), true
}

func (m *movedARM64) skip(n int) { m.code, m.at = m.code[n:], m.at+uint64(n) }

// branchesTo takes an instruction, which must be a branch to an address.
func (m *movedARM64) branchesTo(to uint64) bool {
	inst, target := m.next()
	return inst.Enc>>26 == armB>>26 && target == to
}

// originalARM64 is an instruction that is overwritten.
type originalARM64 struct {
	arm64asm.Inst
	at       uint64
	target   uint64 // the address that it names by its distance, if it is
	relative bool   // one that does
}

// sameMeaningARM64 is sameMeaning for arm64.
func sameMeaningARM64(b *Body, h *Hook, bias, at uint64) error {
	placed, err := h.Moved.Place(at, bias)
	if err != nil {
		return err
	}
	m := &movedARM64{placed, at}
	for from := h.Skip; from < h.Skip+h.Length; from += 4 {
		if original := b.Code[from : from+4]; isScalableARM64(binary.LittleEndian.Uint32(original)) {
			if !bytes.HasPrefix(m.code, original) {
				return fmt.Errorf("% x of SVE became % x", original, placed)
			}
			m.skip(4)
			continue
		}
		o := originalARM64{at: bias + b.Entry + uint64(from)}
		if o.Inst, err = arm64asm.Decode(b.Code[from:]); err != nil {
			return err
		}
		o.target, o.relative = relativeARM64(&o.Inst, o.at)
		ended, same := m.takes(&o)
		if !same || ended && len(m.code) != 0 {
			return fmt.Errorf("%v at %#x, for %#x, became % x", o.Inst, o.at, o.target, placed)
		}
		if ended {
			return nil
		}
	}
	if end := bias + b.Entry + uint64(h.Skip+h.Length); !m.branchesTo(end) || len(m.code) != 0 {
		return fmt.Errorf("% x does not end with a branch to %#x", placed, end)
	}
	return nil
}

// takes takes what an instruction became, and reports whether execution never goes on
// behind it, and whether it does the same.
func (m *movedARM64) takes(o *originalARM64) (ended, same bool) {
	got, target := m.next()
	if o.relative && got.Enc == armNOP { // aligns a literal
		got, target = m.next()
	}
	switch o.Op {
	case arm64asm.ADR, arm64asm.ADRP, arm64asm.LDR, arm64asm.LDRSW:
		if o.relative {
			return false, m.takesLiteral(o, got, target)
		}
	case arm64asm.BL:
		value, ok := m.literal(target, 4)
		same = ok && value == o.at+4 && got.Enc == armLdr(armLinkReg, 2) && m.branchesTo(o.target) && len(m.code) == 8
		m.code = nil
		return true, same
	case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		if o.Enc>>26 == armB>>26 {
			return true, got.Enc>>26 == armB>>26 && target == o.target
		}
		// Taken, it arrives at the branch to where it went, not taken, behind that.
		taken := m.at + 4
		isBranch := got.Op == o.Op && got.Args[0] == o.Args[0] && target == taken
		return false, isBranch && m.branchesTo(taken+4) && m.branchesTo(o.target)
	}
	ended = o.Op == arm64asm.RET || o.Op == arm64asm.BR || o.Op == arm64asm.BRK
	return ended, !o.relative && got.Enc == o.Enc
}

// takesLiteral takes the loading of an address, of which got is the first instruction,
// and, where the original loads what is there, that.
func (m *movedARM64) takesLiteral(o *originalARM64, got arm64asm.Inst, target uint64) bool {
	value, ok := m.literal(target, 4)
	if !ok || value != o.target || got.Enc != armLdr(o.Enc&31, 2) || !m.branchesTo(m.at+12) {
		return false
	}
	m.skip(8)
	if o.Op != arm64asm.LDR && o.Op != arm64asm.LDRSW {
		return true
	}
	load, _ := m.next()
	address, ok := load.Args[1].(arm64asm.MemImmediate)
	return ok && load.Op == o.Op && load.Args[0] == o.Args[0] && address.Base == arm64asm.RegSP(arm64asm.X0)+arm64asm.RegSP(o.Enc&31)
}
