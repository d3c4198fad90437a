package isa

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// moveX86 appends to c what does the same elsewhere as the instruction in code does
// at the address at. The last instruction that is moved may be a call: it returns to the
// function, as if it had been made there, for unwinders know nothing of moved code. ended
// reports whether execution never goes on behind what was appended.
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

// callIndirect turns a call of the address that a register or memory holds into a push of
// the return address next and a jump. The call is what c has from begin on.
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

// pushRIP appends an instruction that pushes eight bytes of the code, those behind the next
// n bytes, and returns how long the instruction is.
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
