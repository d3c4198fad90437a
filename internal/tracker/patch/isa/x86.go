package isa

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"

	"golang.org/x/arch/x86/x86asm"
)

type x86 struct{}

// x86Jump is the length of jmp rel32, which is written over the function's start.
const x86Jump = 5

// x86Reach is how far a jump with a distance of 8 bits gets, and its length.
const ShortReach = 128 + 2

// endbr64 marks where indirect branches may arrive (SDM volume 1, 17.3); it stays
// where it is, for the entry still is such a place.
var endbr64 = []byte{0xf3, 0x0f, 0x1e, 0xfa}

const (
	opPushRIP = 0x35ff // push disp32(%rip), two bytes
	opJump    = 0xe9   // jmp rel32
	Int3      = 0xcc
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
// The decoder alone takes some for shorter than they are (UD0), AVX's for whole that
// are cut off, and a lone prefix for an instruction where it knows no better. Nor
// does it say where AVX's have an operand relative to RIP, which the layout does.
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
	at, end := h.Skip, h.Skip+x86Jump
	for ended := false; at < end && !ended; {
		if at >= b.Size {
			return &Obstacle{Kind: TooShort, Bytes: b.Size}
		}
		inst, ok := decodeX86(b.Code[at:b.Size])
		if !ok {
			return &Obstacle{Kind: UnknownInstruction, Code: bytes.Clone(b.Code[at:min(at+8, b.Size)])}
		}
		var obstacle *Obstacle
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

// isPadding says whether the first n bytes belong to instructions that compilers and
// assemblers fill gaps with. endbr64, which does nothing either, is where another
// function begins, be it one that has no symbol.
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

// moveX86 appends to c what does the same elsewhere as the instruction in code does
// at the address at. The last one may be a call: it returns to the function, as if
// it had been made there, for an unwinder knows nothing of c. It returns whether
// execution never goes on behind what was appended.
func (c *Code) moveX86(inst *x86Inst, code []byte, at uint64, last bool) (ended bool, o *Obstacle) {
	next := at + uint64(inst.Len)
	switch inst.Op {
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE, x86asm.JCXZ, x86asm.JECXZ, x86asm.JRCXZ, x86asm.XBEGIN:
		return false, &Obstacle{Kind: OnlyShortForm, Operation: inst.Op.String()}
	case x86asm.INT, x86asm.INTO, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.LCALL, x86asm.LJMP, x86asm.LRET, x86asm.UD2, x86asm.HLT:
		return false, &Obstacle{Kind: NotMoved, Operation: inst.Op.String()}
	case x86asm.CALL:
		if !last {
			return false, &Obstacle{Kind: CallReturnsInside}
		}
	}
	if target, ok := targetX86(inst, code, at); ok {
		// The prefix means another length on AMD's processors than on Intel's.
		if inst.DataSize == 16 {
			return false, &Obstacle{Kind: SizedBranch}
		}
		switch inst.Op {
		case x86asm.JMP:
			c.branch(target, opJump)
			return true, nil
		case x86asm.CALL:
			c.pushRIP(x86Jump)
			c.branch(target, opJump)
			c.fix(c.add(make([]byte, 8)...), Abs64, next)
			return true, nil
		}
		condition := code[inst.PCRelOff-1] & 0x0f // the same in 7x rel8 and 0F 8x rel32
		c.branch(target, 0x0f, 0x80|condition)
		return false, nil
	}

	begin := c.add(code...)
	if inst.PCRel != 0 {
		field := inst.PCRelOff
		distance := int32(binary.LittleEndian.Uint32(code[field:]))
		// Of the instruction's end, not the field's: there may be an immediate between them.
		target := next + uint64(int64(distance)) - uint64(inst.Len-field-4)
		c.fix(begin+uint32(field), Rel32, target)
	}
	switch inst.Op {
	case x86asm.CALL:
		return true, c.callIndirect(inst, begin, next)
	case x86asm.JMP, x86asm.RET:
		return true, nil
	}
	return false, nil
}

// callIndirect turns the call of what a register or memory holds, which is what c has
// from begin on, into a push of the return address next and a jump.
func (c *Code) callIndirect(inst *x86Inst, begin uint32, next uint64) *Obstacle {
	switch target := inst.Args[0].(type) {
	case x86asm.Reg:
		if target == x86asm.RSP {
			return &Obstacle{Kind: CallOfStackPointer}
		}
	case x86asm.Mem:
		if target.Base == x86asm.RSP {
			return &Obstacle{Kind: CallFromStack}
		}
	}
	code := bytes.Clone(c.Bytes[begin:])
	// FF /2 is call, FF /4 is jmp.
	if inst.modRM == 0 || code[inst.modRM]>>3&7 != 2 || inst.DataSize == 16 {
		return &Obstacle{Kind: UnknownInstruction}
	}
	code[inst.modRM] += 2 << 3
	c.Bytes = c.Bytes[:begin]
	moved := c.pushRIP(uint32(len(code)))
	c.add(code...)
	for i := range c.Fixups {
		if f := &c.Fixups[i]; f.Offset > begin {
			f.Offset += moved
		}
	}
	c.fix(c.add(make([]byte, 8)...), Abs64, next)
	return nil
}

// pushRIP appends a push of the eight bytes that come after the next n ones, and
// returns how long it is.
func (c *Code) pushRIP(n uint32) uint32 {
	c.PushesReturn = true
	push := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16(nil, opPushRIP), n)
	c.add(push...)
	return uint32(len(push))
}

// branch appends a branch with a distance of 32 bits.
func (c *Code) branch(target uint64, opcode ...byte) {
	c.add(opcode...)
	c.fix(c.add(0, 0, 0, 0), Rel32, target)
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

// shortBranches refuses a function that branches, with a distance of 8 bits, into its
// overwritten bytes, or back to where it begins. That is the reach of such branches: those of 32 bits, from
// wherever in the file, are what branches finds. From an instruction on that the
// decoder does not know, every byte is taken as the possible start of a branch.
//
// Not looked for are the targets of jump tables: a table's jump is preceded by the
// test of the index, the loading of the entry and its addition, which are longer than
// what is overwritten, so that only a loop back to there could be meant, and of such
// the allocators' entries have none.
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
		} else if op := b.Code[at]; at+1 < b.Size && (op>>4 == 7 || op == 0xeb || op>>2 == 0xe0>>2) {
			target, ok = b.Entry+uint64(at+2)+uint64(int64(int8(b.Code[at+1]))), true
		}
		switch {
		case !ok:
		case h.Inside(b, target):
			return BranchesInside(b, b.Entry+uint64(at), target)
		case inst.Op != x86asm.CALL && h.Begins(b, target):
			return &Obstacle{Kind: Loop}
		}
		at += max(inst.Len, 1)
	}
	return nil
}

// branches takes every four bytes as the possible distance of a branch of 32 bits, so
// that no decoding can go wrong. That hardly any arrives where it matters is what makes
// it fast: four are looked at at once, without the upper half of their targets.
func (x86) Branches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool)) {
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

// branch is branches for the distance that is at one place of the code.
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

func (x86) SlotBranches(code []byte, addr uint64, visit func(from, slot uint64)) {
	for at := 0; at+6 <= len(code); at++ {
		if code[at] == 0xff && (code[at+1] == 0x15 || code[at+1] == 0x25) { // call and jmp *disp32(%rip)
			from := addr + uint64(at)
			visit(from, from+6+uint64(int64(int32(binary.LittleEndian.Uint32(code[at+2:])))))
		}
	}
}

// refers takes every four bytes as the possible distance of a variable from the end of
// an instruction, which is there or behind an immediate.
func (x86) Refers(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64)) {
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
