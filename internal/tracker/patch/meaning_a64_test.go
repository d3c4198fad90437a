package patch

import (
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

// sameMeaningARM64 is sameMeaning for arm64.
func sameMeaningARM64(b *body, h *hook, bias, at uint64) error {
	placed, err := h.moved.Place(at, bias)
	if err != nil {
		return err
	}
	m := &movedARM64{placed, at}
	for from := h.skip; from < h.skip+h.length; from += 4 {
		pc := bias + b.entry + uint64(from)
		original, err := arm64asm.Decode(b.code[from:])
		if err != nil {
			return err
		}
		want, relative := relativeARM64(&original, pc)
		got, target := m.next()
		if relative && got.Enc == armNOP {
			got, target = m.next()
		}
		bad := fmt.Errorf("%v at %#x, for %#x, became % x", original, pc, want, placed)
		branchesTo := func(to uint64) bool {
			inst, target := m.next()
			return inst.Enc>>26 == armB>>26 && target == to
		}
		switch original.Op {
		case arm64asm.ADR, arm64asm.ADRP, arm64asm.LDR, arm64asm.LDRSW:
			if !relative {
				if got.Enc != original.Enc {
					return bad
				}
				break
			}
			value, ok := m.literal(target, 4)
			if !ok || value != want || got.Enc != armLdr(original.Enc&31, 2) || !branchesTo(m.at+12) {
				return bad
			}
			m.skip(8)
			if original.Op == arm64asm.LDR || original.Op == arm64asm.LDRSW {
				load, _ := m.next()
				address, ok := load.Args[1].(arm64asm.MemImmediate)
				if load.Op != original.Op || load.Args[0] != original.Args[0] || !ok || address.Base != arm64asm.RegSP(arm64asm.X0)+arm64asm.RegSP(original.Enc&31) {
					return bad
				}
			}
		case arm64asm.BL:
			value, ok := m.literal(target, 4)
			if !ok || value != pc+4 || got.Enc != armLdr(armLinkReg, 2) || !branchesTo(want) || len(m.code) != 8 {
				return bad
			}
			return nil
		case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
			if original.Enc>>26 == armB>>26 {
				if got.Enc>>26 != armB>>26 || target != want || len(m.code) != 0 {
					return bad
				}
				return nil
			}
			// Taken, it arrives at the branch to where it went, not taken, behind that.
			taken := m.at + 4
			if got.Op != original.Op || got.Args[0] != original.Args[0] || target != taken || !branchesTo(taken+4) || !branchesTo(want) {
				return bad
			}
		default:
			if relative || got.Enc != original.Enc {
				return bad
			}
			if original.Op == arm64asm.RET || original.Op == arm64asm.BR || original.Op == arm64asm.BRK {
				if len(m.code) != 0 {
					return bad
				}
				return nil
			}
		}
	}
	end := bias + b.entry + uint64(h.skip+h.length)
	if inst, target := m.next(); inst.Enc>>26 != armB>>26 || target != end || len(m.code) != 0 {
		return fmt.Errorf("% x does not end with a branch to %#x", placed, end)
	}
	return nil
}
