package isa

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

var errNotDecoded = errors.New("there is an instruction that is not understood")

// sameMeaning places a hook somewhere near, as if the file were loaded at bias, and
// compares.
func sameMeaning(m Machine, b *Body, h *Hook) error {
	bias, stub := uint64(0x7f0000000000), uint64(0x7effff000000)
	at := stub + 0x1000
	if _, ok := m.(arm64); ok {
		return sameMeaningARM64(b, h, bias, at)
	}
	if err := jumpsTo(b, h, bias, stub); err != nil {
		return err
	}
	placed, err := h.Moved.Place(at, bias)
	if err != nil {
		return err
	}
	moved := &movedX86{placed, at}
	ended, from := false, h.Skip
	for from < h.Skip+h.Length && !ended {
		inst, ok := decodeX86(b.Code[from:])
		if !ok {
			return errNotDecoded
		}
		want := meaning(&inst, b.Code[from:], bias+b.Entry+uint64(from))
		from += inst.Len
		if err := moved.takes(want, bias+b.Entry+uint64(from)); err != nil {
			return err
		}
		ended = want.op == x86asm.JMP || want.op == x86asm.RET || want.op == x86asm.CALL
	}
	if !ended {
		if got, err := moved.next(); err != nil || got.op != x86asm.JMP || got.address != bias+b.Entry+uint64(from) {
			return fmt.Errorf("it ends with %+v, want a jump to %#x (%v)", got, bias+b.Entry+uint64(from), err)
		}
	}
	if len(moved.code) != 0 {
		return fmt.Errorf("% x is left over", moved.code)
	}
	return nil
}

// jumpsTo checks what is written over a function that is loaded at bias: a jump to stub,
// and as much more as is overwritten.
func jumpsTo(b *Body, h *Hook, bias, stub uint64) error {
	at := bias + b.Entry + uint64(h.Skip)
	over := Code{Bytes: h.Over.Bytes, Fixups: []Fixup{{Offset: 1, Kind: Rel32, Target: stub - bias}}}
	jump, err := over.Place(at, bias)
	if err != nil {
		return err
	}
	if inst, ok := decodeX86(jump); !ok || inst.Op != x86asm.JMP || meaning(&inst, jump, at).address != stub {
		return fmt.Errorf("the jump to the stub is % x", jump)
	}
	if len(jump) != h.Length || h.Length < x86Jump {
		return fmt.Errorf("%d bytes are written over %d", len(jump), h.Length)
	}
	return nil
}

// movedX86 reads moved code of x86, wherever it was placed.
type movedX86 struct {
	code []byte
	at   uint64
}

func (m *movedX86) next() (got operation, err error) {
	inst, ok := decodeX86(m.code)
	if !ok {
		return got, errNotDecoded
	}
	got = meaning(&inst, m.code, m.at)
	m.code, m.at = m.code[inst.Len:], m.at+uint64(inst.Len)
	return got, nil
}

// takes takes what an instruction became that means want, and had the address next behind
// it.
func (m *movedX86) takes(want operation, next uint64) error {
	got, err := m.next()
	if err != nil {
		return err
	}
	if want.op == x86asm.CALL { // a push of the return address, and a jump
		slot := got.address
		if got.op != x86asm.PUSH {
			return fmt.Errorf("a call became %+v", got)
		}
		if got, err = m.next(); err != nil {
			return err
		}
		if slot != m.at || len(m.code) != 8 || binary.LittleEndian.Uint64(m.code) != next {
			return fmt.Errorf("a call does not return to %#x, but by %#x of % x", next, slot, m.code)
		}
		m.code = nil
		want.op, want.text = x86asm.JMP, strings.Replace(want.text, "CALL", "JMP", 1)
	}
	if got != want {
		return fmt.Errorf("%+v became %+v", want, got)
	}
	return nil
}

// operation is what an instruction does, wherever it is.
type operation struct {
	op      x86asm.Op
	text    string // operands that are not relative to the instruction
	address uint64 // what the relative one comes to
}

func meaning(inst *x86Inst, code []byte, at uint64) operation {
	o := operation{op: inst.Op}
	if inst.PCRel == 0 {
		o.text = inst.String()
		return o
	}
	var distance int64
	for i := range inst.PCRel {
		distance |= int64(code[inst.PCRelOff+i]) << (8 * i)
	}
	unused := 64 - 8*inst.PCRel
	o.address = at + uint64(inst.Len) + uint64(distance<<unused>>unused)
	if _, isBranch := inst.Args[0].(x86asm.Rel); !isBranch {
		// The bytes but for the distance; a call's turn into a jump is known by op.
		bytes := append(slices.Clone(code[:inst.PCRelOff]), code[inst.PCRelOff+4:inst.Len]...)
		if inst.Op == x86asm.CALL {
			bytes[inst.PCRelOff-1] += 2 << 3
		}
		o.text = fmt.Sprintf("% x", bytes)
	}
	return o
}
