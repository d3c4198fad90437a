package isa

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// x86 is the machine x86-64.
type x86 struct{}

// x86Jump is the length of jmp rel32, which is written over the function's start.
const x86Jump = 5

// ShortReach is how far behind its beginning a branch with a distance of 8 bits may come
// from or go to, with its own length.
const ShortReach = 128 + 2

// endbr64 marks where indirect branches may arrive (SDM volume 1, 17.3); it stays
// where it is, for the entry still is such a place.
var endbr64 = []byte{0xf3, 0x0f, 0x1e, 0xfa}

const (
	opPushRIP = 0x35ff // push disp32(%rip), two bytes
	opJump    = 0xe9   // jmp rel32
	Int3      = 0xcc   // a trap, with which compilers fill gaps
)

// x86Inst is an instruction, and where its opcode ends.
type x86Inst struct {
	x86asm.Inst
	modRM int // offset of the byte behind the opcode, if there is one; else 0
}

// decodeX86 decodes the first instruction of code, which has a length greater than 0.
//
// An instruction that is measured wrongly makes a patch that breaks the program, so
// two must agree on its length: the decoder, and the layout by the rules of encoding.
// The decoder alone takes UD0 for shorter than it is, instructions of AVX for whole that
// are cut off, and a lone prefix for an instruction where it does not know the opcode. Nor
// does it tell where instructions of AVX have an operand relative to RIP; the layout does.
func decodeX86(code []byte) (inst x86Inst, ok bool) {
	if bytes.HasPrefix(code, endbr64) {
		return x86Inst{Inst: x86asm.Inst{Op: x86asm.NOP, Len: len(endbr64)}}, true
	}
	layout, ok := measureX86(code)
	if !ok {
		return x86Inst{}, false
	}
	decoded, err := x86asm.Decode(code[:layout.length], 64)
	if err != nil || decoded.Op == 0 || decoded.Len != layout.length {
		return x86Inst{}, false
	}
	if layout.relative {
		decoded.PCRel, decoded.PCRelOff = 4, layout.modRM+1
	}
	return x86Inst{decoded, layout.modRM}, true
}

// targetX86 returns the target of a branch that has its distance in the instruction.
func targetX86(inst *x86Inst, code []byte, at uint64) (target uint64, ok bool) {
	if _, ok := inst.Args[0].(x86asm.Rel); !ok {
		return 0, false
	}
	var distance int64
	switch field := code[inst.PCRelOff:]; inst.PCRel {
	case 1:
		distance = int64(int8(field[0]))
	case 4:
		distance = int64(int32(binary.LittleEndian.Uint32(field)))
	default:
		return 0, false
	}
	return at + uint64(inst.Len) + uint64(distance), true
}

// Hook overwrites whole instructions, five bytes of them at least, with a jump.
func (x86) Hook(b *Body) (*Hook, *Obstacle) {
	h := &Hook{}
	o := h.hookX86(b)
	if o == nil {
		o = shortBranches(b, h)
	}
	if o != nil {
		o.Machine = elf.EM_X86_64
		return nil, o
	}
	return h, nil
}

// hookX86 plans the hook of a function without having looked for branches.
func (h *Hook) hookX86(b *Body) *Obstacle {
	if bytes.HasPrefix(b.Code, endbr64) {
		h.Skip = len(endbr64)
	}
	at, end := h.Skip, max(h.Skip+x86Jump, b.Least)
	for ended := false; at < end && !ended; {
		if at >= b.Size {
			return &Obstacle{Kind: TooShort, Bytes: b.Size}
		}
		inst, ok := decodeX86(b.Code[at:b.Size])
		if !ok {
			return &Obstacle{Kind: UnknownInstruction, Code: bytes.Clone(b.Code[at:min(at+8, b.Size)])}
		}
		var obstacle *Obstacle
		h.Places = append(h.Places, Place{at, len(h.Moved.Bytes)})
		ended, obstacle = h.Moved.moveX86(&inst, b.Code[at:at+inst.Len], b.Entry+uint64(at), at+inst.Len >= end)
		if obstacle != nil {
			return obstacle
		}
		at += inst.Len
		if ended && at < end && !isPadding(b.Code[at:], end-at) {
			return &Obstacle{Kind: EndsEarly, Bytes: at}
		}
		if !ended && at >= end {
			h.Moved.branch(b.Entry+uint64(at), opJump)
		}
	}
	h.Length = max(at, end) - h.Skip
	h.Over.add(opJump, 0, 0, 0, 0)
	h.Over.fix(1, Rel32, 0)
	h.Over.add(bytes.Repeat([]byte{Int3}, h.Length-x86Jump)...)
	return nil
}

// isPadding reports whether the first n bytes belong to instructions with which compilers
// and assemblers fill gaps. endbr64 does nothing either, but where it stands another
// function begins, though it may have no symbol.
func isPadding(code []byte, n int) bool {
	for at := 0; at < n; {
		if at >= len(code) {
			return false
		}
		if code[at] == Int3 {
			at++
			continue
		}
		inst, ok := decodeX86(code[at:])
		if !ok || inst.Op != x86asm.NOP || bytes.HasPrefix(code[at:], endbr64) {
			return false
		}
		at += inst.Len
	}
	return true
}

// shortBranches returns an obstacle if a function branches, with a distance of 8 bits, into
// its overwritten bytes, or back to where it begins. Those of functions beside it, which only
// assembly has, are what FindShortBranches finds, and those with a distance of 32 bits, from
// anywhere in the file, FindBranches. From an instruction on that is not understood, every
// byte is taken as the possible start of a branch.
//
// Not looked for are the targets of jump tables: a table's jump is preceded by the
// test of the index, the loading of the entry and its addition, which are longer than
// what is overwritten. So only a loop back to there could be meant, and the entries of
// allocators' functions have no such loop.
func shortBranches(b *Body, h *Hook) *Obstacle {
	reach := min(b.Size, h.Skip+h.Length+ShortReach)
	known := true
	for at := h.Skip; at < reach; {
		var inst x86Inst
		if known {
			inst, known = decodeX86(b.Code[at:b.Size])
		}
		target, ok := uint64(0), false
		if known {
			target, ok = targetX86(&inst, b.Code[at:at+inst.Len], b.Entry+uint64(at))
		} else {
			target, ok = shortBranch(b.Code[at:b.Size], b.Entry+uint64(at))
		}
		switch {
		case !ok:
		case h.Overwrites(b, target):
			return BranchesInside(b, b.Entry+uint64(at), target)
		case inst.Op != x86asm.CALL && h.IsEntry(b, target):
			return &Obstacle{Kind: Loop}
		}
		at += max(inst.Len, 1)
	}
	return nil
}

// shortBranch returns the target of the branch with a distance of 8 bits that code, which lies
// at the address at, may begin with.
func shortBranch(code []byte, at uint64) (target uint64, ok bool) {
	if len(code) < 2 || code[0]>>4 != 7 && code[0] != 0xeb && code[0]>>2 != 0xe0>>2 { // jcc; jmp; loop and jrcxz
		return 0, false
	}
	return at + 2 + uint64(int64(int8(code[1]))), true
}
