package follow

import "golang.org/x/arch/x86/x86asm"

// General registers by their numbers in encodings: of the result, the stack pointer, of the
// first argument (System V ABI for AMD64, 3.2.3).
const (
	raxX86 = 0
	rspX86 = 4
	rdiX86 = 7
)

// dwarfX86 are DWARF's numbers of rax, rcx, rdx, rbx, rsp, rbp, rsi and rdi (3.6.2); the others'
// are those of the encodings.
var dwarfX86 = [...]uint8{0, 2, 1, 3, 7, 6, 4, 5}

// resultsX86 are the registers of results: rax, rdx, xmm0 and xmm1.
var resultsX86 = []int{raxX86, 2, vector, vector + 1}

// isLostX86 reports whether a called function may change a register: all but rbx, rbp, rsp
// and r12 to r15 (3.2.1).
func isLostX86(register int) bool {
	switch register {
	case 3, rspX86, 5, 12, 13, 14, 15:
		return false
	}
	return true
}

// stepX86 follows one instruction of x86-64. It is false where there is no way on.
func (w *walker) stepX86() bool {
	code := w.code()
	if len(code) >= 4 && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3] == 0xfa { // endbr64
		w.at += 4
		return true
	}
	inst, err := x86asm.Decode(code, 64)
	if err != nil || inst.Len == 0 || inst.Op == 0 {
		return false
	}
	next := w.at + uint64(inst.Len)
	x := instX86{walker: w, inst: &inst, next: next}
	switch inst.Op {
	case x86asm.RET:
		if w.held[raxX86].Kind == Block {
			w.yield(Event{At: w.at, Kind: Returned, Offset: w.held[raxX86].Number})
		}
		return false
	case x86asm.UD2, x86asm.HLT, x86asm.INT:
		return false
	case x86asm.CALL:
		if !w.call(x.target(), rdiX86, resultsX86, isLostX86) {
			return false
		}
	case x86asm.JMP:
		to := x.target()
		if to.Kind == Address && uint64(to.Number)-w.o.At < uint64(len(w.o.Code)) {
			return w.jump(next, uint64(to.Number))
		}
		// A function that is called last.
		w.call(to, rdiX86, resultsX86, isLostX86)
		return false
	default:
		if to, ok := inst.Args[0].(x86asm.Rel); ok {
			if w.enter(next + uint64(int64(to))) {
				return true
			}
		} else if !x.compute() {
			return false
		}
	}
	w.at = next
	return true
}

// instX86 is the instruction that is followed.
type instX86 struct {
	*walker
	inst *x86asm.Inst
	next uint64
}

// target returns where a call or a jump goes.
func (x *instX86) target() Value {
	switch to := x.inst.Args[0].(type) {
	case x86asm.Rel:
		return Value{Address, int64(x.next) + int64(to)}
	case x86asm.Mem, x86asm.Reg:
		return x.get(to)
	}
	return Value{}
}

// compute follows an instruction behind which execution goes on, on one way at least.
func (x *instX86) compute() bool {
	a := x.inst.Args
	switch x.inst.Op {
	case x86asm.MOV, x86asm.MOVQ, x86asm.MOVAPS, x86asm.MOVUPS, x86asm.MOVDQA, x86asm.MOVDQU, x86asm.MOVAPD, x86asm.MOVUPD, x86asm.MOVLPS, x86asm.MOVLPD,
		x86asm.VMOVQ, x86asm.VMOVAPS, x86asm.VMOVUPS, x86asm.VMOVDQA, x86asm.VMOVDQU:
		return x.put(a[0], x.get(a[1]))
	case x86asm.LEA:
		if m, ok := a[1].(x86asm.Mem); ok {
			return x.put(a[0], x.address(m))
		}
	case x86asm.ADD:
		if n, ok := a[1].(x86asm.Imm); ok {
			return x.add(a[0], int64(n))
		}
	case x86asm.SUB:
		if n, ok := a[1].(x86asm.Imm); ok {
			return x.add(a[0], -int64(n))
		}
	case x86asm.PUSH:
		v := x.get(a[0])
		x.move(rspX86, -8)
		return x.store(rspX86, 0, 8, v)
	case x86asm.POP:
		v := x.load(rspX86, 0)
		x.move(rspX86, 8)
		return x.put(a[0], v)
	case x86asm.PUNPCKLQDQ, x86asm.MOVHPS, x86asm.MOVHPD, x86asm.UNPCKLPD, x86asm.MOVLHPS, x86asm.PINSRQ:
		// The lower half stays; in memory it is the upper one of a register that is written.
		if m, ok := a[0].(x86asm.Mem); ok {
			return x.write(m, Value{})
		}
		return true
	case x86asm.VPUNPCKLQDQ, x86asm.VMOVHPS, x86asm.VPINSRQ, x86asm.VUNPCKLPD:
		if m, ok := a[0].(x86asm.Mem); ok {
			return x.write(m, Value{})
		}
		return x.put(a[0], x.get(a[1]))
	case x86asm.CMP, x86asm.TEST, x86asm.NOP, x86asm.BT, x86asm.UCOMISD, x86asm.UCOMISS, x86asm.COMISD, x86asm.COMISS:
		return true
	}
	x.scratch()
	return x.put(a[0], Value{})
}

// scratch forgets the registers that an instruction writes to besides its operands.
func (x *instX86) scratch() {
	switch x.inst.Op {
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.IMUL, x86asm.CQO, x86asm.CDQ, x86asm.CWD, x86asm.CDQE, x86asm.CWDE, x86asm.CMPXCHG, x86asm.CPUID, x86asm.RDTSC:
		x.set(0, Value{})
		x.set(2, Value{})
	case x86asm.XCHG, x86asm.XADD:
		if x.inst.Args[1] != nil {
			x.put(x.inst.Args[1], Value{})
		}
	case x86asm.MOVSB, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSD, x86asm.STOSQ:
		x.set(1, Value{})
		x.set(6, Value{})
		x.set(7, Value{})
	case x86asm.LEAVE:
		x.set(5, Value{})
		x.set(rspX86, Value{})
	}
}

// get returns what an operand is.
func (x *instX86) get(operand x86asm.Arg) Value {
	switch operand := operand.(type) {
	case x86asm.Reg:
		if n, isWhole := numberX86(operand); n >= 0 && isWhole {
			return x.held[n]
		}
	case x86asm.Imm:
		return Value{Address, int64(operand)}
	case x86asm.Mem:
		if operand.Segment != 0 || operand.Index != 0 {
			break
		}
		if operand.Base == x86asm.RIP {
			return Value{Slot, int64(x.next) + operand.Disp}
		}
		if n, isWhole := numberX86(operand.Base); n >= 0 && isWhole {
			return x.load(n, operand.Disp)
		}
	}
	return Value{}
}

// address returns the address of an operand in memory.
func (x *instX86) address(m x86asm.Mem) Value {
	if m.Segment != 0 || m.Index != 0 {
		return Value{}
	}
	if m.Base == x86asm.RIP {
		return Value{Address, int64(x.next) + m.Disp}
	}
	if n, isWhole := numberX86(m.Base); n >= 0 && isWhole {
		return x.held[n].plus(m.Disp)
	}
	return Value{}
}

// put writes a value to an operand.
func (x *instX86) put(operand x86asm.Arg, v Value) bool {
	switch operand := operand.(type) {
	case x86asm.Reg:
		n, isWhole := numberX86(operand)
		if n < 0 {
			return true
		}
		if !isWhole && v.Kind != Address { // a number fills the upper half with zeros
			v = Value{}
		}
		x.set(n, v)
	case x86asm.Mem:
		return x.write(operand, v)
	}
	return true
}

func (x *instX86) write(m x86asm.Mem, v Value) bool {
	if m.Segment != 0 || m.Index != 0 {
		return true
	}
	n, isWhole := numberX86(m.Base)
	if n < 0 || !isWhole {
		return true
	}
	size := x.inst.MemBytes
	if size < 8 {
		v = Value{}
	}
	return x.store(n, m.Disp, size, v)
}

// add adds a number to a register.
func (x *instX86) add(operand x86asm.Arg, n int64) bool {
	register, isWhole := numberX86(operand)
	switch {
	case register == rspX86 && isWhole:
		x.move(rspX86, n)
	case register >= 0 && isWhole:
		x.set(register, x.held[register].plus(n))
	default:
		return x.put(operand, Value{})
	}
	return true
}

// numberX86 returns the number of a register, of the 32 general and then the vector ones, or
// -1. isWhole reports whether the operand is the whole of it, or the lower half of a vector.
func numberX86(operand x86asm.Arg) (n int, isWhole bool) {
	r, ok := operand.(x86asm.Reg)
	switch {
	case !ok:
		return -1, false
	case r >= x86asm.RAX && r <= x86asm.R15:
		return int(r - x86asm.RAX), true
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX), false
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX), false
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return int(r-x86asm.SPB) + rspX86, false
	case r >= x86asm.AL && r <= x86asm.BH:
		return int(r-x86asm.AL) % 4, false
	case r >= x86asm.X0 && r <= x86asm.X15:
		return vector + int(r-x86asm.X0), true
	case r >= x86asm.Y0 && r <= x86asm.Y15:
		return vector + int(r-x86asm.Y0), true
	}
	return -1, false
}
