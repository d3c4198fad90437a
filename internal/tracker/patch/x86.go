package patch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/arch/x86/x86asm"
)

type x86 struct{}

// x86Jump is the length of jmp rel32, which is written over the function's start.
const x86Jump = 5

// x86Reach is how far a jump with a distance of 8 bits gets, and its length.
const x86Reach = 128 + 2

// endbr64 marks where indirect branches may arrive (SDM volume 1, 17.3); it stays
// where it is, for the entry still is such a place.
var endbr64 = []byte{0xf3, 0x0f, 0x1e, 0xfa}

const (
	opPushRIP = 0x35ff // push disp32(%rip), two bytes
	opJump    = 0xe9   // jmp rel32
	opInt3    = 0xcc
)

var errUnknown = errors.New("an instruction is unknown")

// decodeX86 decodes the first instruction of code, which has a length greater than 0.
//
// The decoder says nothing of RIP in operands of AVX's encodings (VEX, EVEX), takes
// such instructions for whole that are cut off before their operands, and gives a lone
// prefix as an instruction where it knows no better; all of that is mended here.
func decodeX86(code []byte) (x86asm.Inst, error) {
	if bytes.HasPrefix(code, endbr64) {
		return x86asm.Inst{Op: x86asm.NOP, Len: len(endbr64)}, nil
	}
	inst, err := x86asm.Decode(code[:min(len(code), 15)], 64)
	if err != nil || inst.Op == 0 || inst.Len <= 0 || inst.Len > len(code) {
		return x86asm.Inst{}, errUnknown
	}
	at := vexModRM(&inst)
	switch {
	case at == 0:
	case at >= inst.Len:
		if code[at-1] != 0x77 { // vzeroupper and vzeroall, the only ones without operands
			return x86asm.Inst{}, errUnknown
		}
	case code[at]&0xc7 == 0x05: // mod 0, r/m 5: disp32(%rip)
		if at+5 > inst.Len || bytes.IndexByte(code[:at], 0x67) >= 0 { // 67: relative to EIP
			return x86asm.Inst{}, errUnknown
		}
		inst.PCRel, inst.PCRelOff = 4, at+1
	}
	return inst, nil
}

// vexModRM returns the offset of the ModR/M byte of an instruction encoded with VEX
// or EVEX: after its prefixes and one byte of opcode (SDM volume 2, 2.3.5 and 2.7.1).
// It is 0 for others, and past the end for the few that have none.
func vexModRM(inst *x86asm.Inst) int {
	at := 0
	for _, p := range inst.Prefix {
		switch {
		case p == 0:
			return 0
		case p.IsEVEX():
			return at + 4 + 1
		case p&0xff == x86asm.PrefixVEX3Bytes:
			return at + 3 + 1
		case p&0xff == x86asm.PrefixVEX2Bytes:
			return at + 2 + 1
		}
		at++
	}
	return 0
}

func (x86) hook(b *body) (*hook, error) {
	h := &hook{}
	if bytes.HasPrefix(b.code, endbr64) {
		h.skip = len(endbr64)
	}
	at, end := h.skip, h.skip+x86Jump
	for ended := false; at < end && !ended; {
		if at >= b.size {
			return nil, fmt.Errorf("it is %d bytes long, no room for a jump", b.size)
		}
		inst, err := decodeX86(b.code[at:b.size])
		if err != nil {
			return nil, fmt.Errorf("%w: % x", err, b.code[at:min(at+8, b.size)])
		}
		ended, err = h.moved.moveX86(&inst, b.code[at:at+inst.Len], b.entry+uint64(at), at+inst.Len >= end)
		if err != nil {
			return nil, err
		}
		at += inst.Len
		if ended && at < end && !isPadding(b.code[at:], end-at) {
			return nil, fmt.Errorf("it ends after %d bytes, and what follows is no padding: no room for a jump", at)
		}
		if !ended && at >= end {
			h.moved.branch(b.entry+uint64(at), opJump)
		}
	}
	h.length = max(at, end) - h.skip
	h.over.add(opJump, 0, 0, 0, 0)
	h.over.fix(1, Rel32, 0)
	h.over.add(bytes.Repeat([]byte{opInt3}, h.length-x86Jump)...)
	return h, shortBranches(b, h)
}

// isPadding says whether the first n bytes belong to instructions that compilers and
// assemblers fill gaps with.
func isPadding(code []byte, n int) bool {
	for at := 0; at < n; {
		if at >= len(code) {
			return false
		}
		if code[at] == opInt3 {
			at++
			continue
		}
		inst, err := decodeX86(code[at:])
		if err != nil || inst.Op != x86asm.NOP {
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
func (c *Code) moveX86(inst *x86asm.Inst, code []byte, at uint64, last bool) (ended bool, err error) {
	next := at + uint64(inst.Len)
	switch inst.Op {
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE, x86asm.JCXZ, x86asm.JECXZ, x86asm.JRCXZ, x86asm.XBEGIN:
		return false, fmt.Errorf("%s has no longer form to be moved in", inst.Op)
	case x86asm.INT, x86asm.INTO, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.LCALL, x86asm.LJMP, x86asm.LRET:
		return false, fmt.Errorf("%s is not moved", inst.Op)
	case x86asm.CALL:
		if !last {
			return false, errors.New("a call returns to where the jump would be")
		}
	}
	for _, arg := range inst.Args {
		if m, ok := arg.(x86asm.Mem); ok && (m.Base == x86asm.EIP || m.Base == x86asm.RIP && inst.PCRel != 4) {
			return false, errors.New("an address is relative to a part of the instruction pointer")
		}
	}
	if target, ok := relative(inst, code, at); ok {
		// The prefix means another length on AMD's processors than on Intel's.
		if inst.DataSize == 16 {
			return false, errors.New("a branch has a prefix of operand size")
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
	case x86asm.JMP, x86asm.RET, x86asm.UD0, x86asm.UD1, x86asm.UD2, x86asm.HLT:
		return true, nil
	}
	return false, nil
}

// callIndirect turns the call of what a register or memory holds, which is what c has
// from begin on, into a push of the return address next and a jump.
func (c *Code) callIndirect(inst *x86asm.Inst, begin uint32, next uint64) error {
	switch target := inst.Args[0].(type) {
	case x86asm.Reg:
		if target == x86asm.RSP {
			return errors.New("a call goes to the stack pointer")
		}
	case x86asm.Mem:
		if target.Base == x86asm.RSP {
			return errors.New("a call takes its target from the stack")
		}
	}
	code := bytes.Clone(c.Bytes[begin:])
	// FF /2 is call, FF /4 is jmp.
	opcode := bytes.IndexByte(code, 0xff)
	if opcode < 0 || opcode+1 >= len(code) || code[opcode+1]>>3&7 != 2 || inst.DataSize == 16 {
		return errUnknown
	}
	code[opcode+1] += 2 << 3
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

// relative returns the target of a branch that has its distance in the instruction.
func relative(inst *x86asm.Inst, code []byte, at uint64) (target uint64, ok bool) {
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
// overwritten bytes. That is the reach of such branches: those of 32 bits, from
// wherever in the file, are what branches finds. From an instruction on that the
// decoder does not know, every byte is taken as the possible start of a branch.
//
// Not looked for are the targets of jump tables: a table's jump is preceded by the
// test of the index, the loading of the entry and its addition, which are longer than
// what is overwritten, so that only a loop back to there could be meant, and of such
// the allocators' entries have none.
func shortBranches(b *body, h *hook) error {
	reach := min(b.size, h.skip+h.length+x86Reach)
	known := true
	for at := h.skip; at < reach; {
		var inst x86asm.Inst
		if known {
			var err error
			inst, err = decodeX86(b.code[at:b.size])
			known = err == nil
		}
		target, ok := uint64(0), false
		if known {
			target, ok = relative(&inst, b.code[at:at+inst.Len], b.entry+uint64(at))
		} else if op := b.code[at]; at+1 < b.size && (op>>4 == 7 || op == 0xeb || op>>2 == 0xe0>>2) {
			target, ok = b.entry+uint64(at+2)+uint64(int64(int8(b.code[at+1]))), true
		}
		if ok && h.inside(b, target) {
			return branchError(b, b.entry+uint64(at), target)
		}
		at += max(inst.Len, 1)
	}
	return nil
}

func branchError(b *body, from, target uint64) error {
	return fmt.Errorf("a branch at %+#x goes to %+#x, which the jump would overwrite", int64(from-b.entry), int64(target-b.entry))
}

func (x86) jump(b *body) (uint64, bool) {
	at := 0
	if bytes.HasPrefix(b.code, endbr64) {
		at = len(endbr64)
	}
	if at >= b.size {
		return 0, false
	}
	inst, err := decodeX86(b.code[at:b.size])
	if err != nil || inst.Op != x86asm.JMP {
		return 0, false
	}
	return relative(&inst, b.code[at:at+inst.Len], b.entry+uint64(at))
}

// branches takes every byte as the possible start of a branch with a distance of 32
// bits, so that no decoding can go wrong.
func (x86) branches(code []byte, addr uint64, visit func(from, target uint64)) {
	for at := 0; at+5 <= len(code); at++ {
		length := int(branchLengths[code[at]])
		if length == 0 || at+length > len(code) {
			continue
		}
		if length == 6 {
			isJcc := code[at] == 0x0f && code[at+1]>>4 == 8
			isXbegin := code[at] == 0xc7 && code[at+1] == 0xf8 // it branches when the transaction fails
			if !isJcc && !isXbegin {
				continue
			}
		}
		distance := int32(binary.LittleEndian.Uint32(code[at+length-4:]))
		from := addr + uint64(at)
		visit(from, from+uint64(length)+uint64(int64(distance)))
	}
}

// branchLengths is the lengths of branches by their first byte. A table is twice as
// fast as comparisons, over whole programs.
var branchLengths = [256]uint8{
	0xe8: 5, 0xe9: 5, // call, jmp
	0x0f: 6, 0xc7: 6, // jcc and xbegin, if the second byte fits
}

func (x86) passesOver(code []byte, end int) bool {
	at := 0
	for at < end {
		inst, err := decodeX86(code[at:])
		if err != nil {
			return false
		}
		at += inst.Len
	}
	return at > end
}
