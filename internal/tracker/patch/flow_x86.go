package patch

import (
	"encoding/binary"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// registersX86 are what the sixteen general registers hold, in the order of encoding.
type registersX86 [16]value

// argumentsX86 are the places in registersX86 of arguments, by number.
var argumentsX86 = [...]int{1: 7, 6, 2, 1, 8, 9}

// keptX86 are the registers that a called function gives back as they were (System V
// ABI for AMD64, 3.2.1).
var keptX86 = [16]bool{3: true, 4: true, 5: true, 12: true, 13: true, 14: true, 15: true}

const (
	stackX86 = 4 // %rsp
	frameX86 = 5 // %rbp
)

// leaves follows the registers along all ways that there are through the function.
func (x86) leaves(b *body, visit func(leaving)) (reads arguments, ok bool) {
	const most = 64 << 10 // bytes; no allocator's function comes near
	if b.size > most {
		return 0, false
	}
	f := flowX86{body: b, at: make([]int, b.size), visit: visit}
	if !f.decode() || len(f.code) == 0 {
		return 0, false
	}
	f.before = make([]*registersX86, len(f.code))
	var start registersX86
	for n := 1; n <= lastArgument; n++ {
		start[argumentsX86[n]] = value{argument, uint64(n)}
	}
	f.arrive(0, start)
	for len(f.todo) > 0 {
		i := f.todo[len(f.todo)-1]
		f.todo = f.todo[:len(f.todo)-1]
		if !f.step(i, *f.before[i]) {
			return 0, false
		}
	}
	f.done = true
	for i, before := range f.before {
		if before != nil {
			f.step(i, *before)
		}
	}
	return f.reads, true
}

// flowX86 is the state of leaves.
type flowX86 struct {
	*body
	code   []instX86
	at     []int           // by offset: which instruction begins there, counted from 1
	before []*registersX86 // by instruction; nil where nothing is known to arrive
	todo   []int
	done   bool // what arrives is known, and step calls visit
	visit  func(leaving)
	reads  arguments
}

// instX86 is an instruction of the function at an offset.
type instX86 struct {
	x86Inst
	offset int
}

func (f *flowX86) decode() bool {
	for at := 0; at < f.size; {
		inst, err := decodeX86(f.body.code[at:f.size])
		if err != nil {
			return false
		}
		f.code = append(f.code, instX86{inst, at})
		f.at[at] = len(f.code)
		at += inst.Len
	}
	return true
}

// arrive notes that the registers may hold this before instruction i.
func (f *flowX86) arrive(i int, r registersX86) bool {
	if f.done {
		return true
	}
	if i >= len(f.code) {
		return false // it runs out of the function's end
	}
	known := f.before[i]
	if known == nil {
		f.before[i] = &r
		f.todo = append(f.todo, i)
		return true
	}
	changed := false
	for n := range known {
		if known[n] != r[n] && known[n].kind != unknown {
			known[n], changed = value{}, true
		}
	}
	if changed {
		f.todo = append(f.todo, i)
	}
	return true
}

// branch goes to an address: one of the function's own, or another's.
func (f *flowX86) branch(to uint64, r registersX86) bool {
	if to < f.entry || to >= f.entry+uint64(f.size) {
		f.leave(to, 0, r)
		return true
	}
	i := f.at[to-f.entry]
	return i > 0 && f.arrive(i-1, r)
}

func (f *flowX86) leave(target, slot uint64, r registersX86) {
	if !f.done {
		return
	}
	l := leaving{target: target, slot: slot}
	for n := 1; n <= lastArgument; n++ {
		l.arguments[n] = r[argumentsX86[n]]
	}
	f.visit(l)
}

// step does instruction i with registers r, and says whether it is known what it does.
func (f *flowX86) step(i int, r registersX86) bool {
	inst := &f.code[i]
	code := f.body.code[inst.offset : inst.offset+inst.Len]
	at := f.entry + uint64(inst.offset)
	to, isRelative := relative(&inst.x86Inst, code, at)
	slot := inst.inFile(code, at)
	f.reads |= r.readBy(&inst.x86Inst)
	switch inst.Op {
	case x86asm.JMP:
		switch {
		case isRelative:
			return f.branch(to, r)
		case slot != 0:
			f.leave(0, slot, r)
			return true
		}
		return false // by a table, to where in the function does not show
	case x86asm.RET, x86asm.UD2, x86asm.HLT, x86asm.INT:
		return true
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE, x86asm.XBEGIN:
		return false
	case x86asm.CALL:
		f.leave(to, slot, r)
		if i+1 == len(f.code) {
			return true // of a function that does not return
		}
		for n := range r {
			if !keptX86[n] {
				r[n] = value{}
			}
		}
	default:
		if isRelative && !f.branch(to, r) {
			return false
		}
		r.do(&inst.x86Inst, slot)
	}
	return f.arrive(i+1, r)
}

// readBy returns the arguments that an instruction reads. A push does not, which
// makes room on the stack or keeps what a called function would not.
func (r *registersX86) readBy(inst *x86Inst) (read arguments) {
	if inst.Op == x86asm.PUSH || inst.Op == x86asm.XOR && inst.Args[0] == inst.Args[1] {
		return 0
	}
	for i, operand := range inst.Args {
		var registers [2]x86asm.Reg
		switch operand := operand.(type) {
		case x86asm.Reg:
			if i > 0 || !onlyWrites[inst.Op] {
				registers[0] = operand
			}
		case x86asm.Mem:
			registers = [...]x86asm.Reg{operand.Base, operand.Index}
		}
		for _, register := range registers {
			if n, _ := generalX86(register); n >= 0 && r[n].kind == argument {
				read |= 1 << r[n].number
			}
		}
	}
	return read
}

// inFile returns the address of an operand in memory that is relative to the instruction,
// which is in code at the address at; 0 where there is none.
func (inst *x86Inst) inFile(code []byte, at uint64) uint64 {
	if _, isBranch := inst.Args[0].(x86asm.Rel); isBranch || inst.PCRel != 4 {
		return 0
	}
	return at + uint64(inst.Len) + uint64(int64(int32(binary.LittleEndian.Uint32(code[inst.PCRelOff:]))))
}

// do changes the registers as an instruction does that is no branch. inFile is the
// address that an operand relative to the instruction comes to; 0 where there is none.
func (r *registersX86) do(inst *x86Inst, inFile uint64) {
	switch inst.Op {
	case x86asm.CMP, x86asm.TEST, x86asm.PUSH, x86asm.NOP, x86asm.PAUSE, x86asm.BT,
		x86asm.MFENCE, x86asm.LFENCE, x86asm.SFENCE, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW,
		x86asm.VZEROUPPER, x86asm.UCOMISD, x86asm.UCOMISS, x86asm.COMISD, x86asm.COMISS, x86asm.PTEST,
		x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JE, x86asm.JG, x86asm.JGE, x86asm.JL, x86asm.JLE, x86asm.JNE,
		x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JS:
		return
	case x86asm.XCHG, x86asm.XADD:
		r.write(inst.Args[0], value{})
		r.write(inst.Args[1], value{})
		return
	case x86asm.CMPXCHG, x86asm.CDQE, x86asm.CBW, x86asm.CWDE:
		r.write(x86asm.RAX, value{})
	case x86asm.CQO, x86asm.CDQ, x86asm.CWD:
		r.write(x86asm.RDX, value{})
		return
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.IMUL:
		r.write(x86asm.RAX, value{})
		r.write(x86asm.RDX, value{})
	}
	if !slices.Contains(writeFirst, inst.Op) && !isVector(inst) {
		*r = registersX86{}
		return
	}
	r.write(inst.Args[0], r.result(inst, inFile))
}

// result returns what an instruction writes to the register that is its first operand.
func (r *registersX86) result(inst *x86Inst, inFile uint64) value {
	switch source := inst.Args[1].(type) {
	case x86asm.Reg:
		n, is64 := generalX86(source)
		switch {
		case inst.Op == x86asm.XOR && source == inst.Args[0]:
			return value{constant, 0}
		case inst.Op == x86asm.MOV && is64 && n >= 0:
			return r[n]
		}
	case x86asm.Imm:
		if inst.Op == x86asm.MOV {
			return value{constant, uint64(source)}
		}
	case x86asm.Mem:
		base, isWhole := generalX86(source.Base)
		if !isWhole {
			base = -1
		}
		switch {
		case inst.Op == x86asm.LEA && inFile != 0:
			return value{address, inFile}
		case inst.Op == x86asm.LEA && base >= 0 && source.Index == 0 && source.Disp == 0:
			return r[base]
		case inst.Op != x86asm.MOV || inst.MemBytes != 8:
		case inFile != 0:
			return value{ofFile, inFile}
		case base >= 0 && base != stackX86 && base != frameX86 && source.Segment == 0:
			switch r[base].kind {
			case unknown, argument, fromMemory:
				return value{kind: fromMemory}
			}
		}
	}
	return value{}
}

// write notes what is written to an operand, if that is a register. A part of one
// that is written leaves the rest unknown, and 32 bits are a whole constant.
func (r *registersX86) write(operand x86asm.Arg, v value) {
	register, _ := operand.(x86asm.Reg)
	n, is64 := generalX86(register)
	if n < 0 {
		return
	}
	if !is64 && (v.kind != constant || register < x86asm.EAX) {
		v = value{}
	}
	r[n] = v
}

// generalX86 returns the number of a general register, or of the one that a register
// is a part of, -1 for others; and whether it is the whole.
func generalX86(r x86asm.Reg) (n int, is64 bool) {
	switch {
	case r >= x86asm.RAX && r <= x86asm.R15:
		return int(r - x86asm.RAX), true
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX), false
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX), false
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return int(r-x86asm.SPB) + stackX86, false
	case r >= x86asm.AL && r <= x86asm.BH:
		return int(r-x86asm.AL) % 4, false
	}
	return -1, false
}

// writeFirst are operations that write to no register but their first operand, besides
// what do says of some.
var writeFirst = []x86asm.Op{
	x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD, x86asm.LEA, x86asm.POP, x86asm.BSWAP,
	x86asm.ADD, x86asm.ADC, x86asm.SUB, x86asm.SBB, x86asm.AND, x86asm.OR, x86asm.XOR, x86asm.INC, x86asm.DEC, x86asm.NEG, x86asm.NOT,
	x86asm.SHL, x86asm.SHR, x86asm.SAR, x86asm.ROL, x86asm.ROR, x86asm.SHLD, x86asm.SHRD,
	x86asm.BSF, x86asm.BSR, x86asm.TZCNT, x86asm.LZCNT, x86asm.POPCNT, x86asm.BTC, x86asm.BTR, x86asm.BTS,
	x86asm.ANDN, x86asm.BEXTR, x86asm.BLSI, x86asm.BLSMSK, x86asm.BLSR, x86asm.BZHI, x86asm.PDEP, x86asm.PEXT, x86asm.RORX, x86asm.SARX, x86asm.SHLX, x86asm.SHRX,
	x86asm.IMUL, x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.CMPXCHG, x86asm.CDQE, x86asm.CWDE, x86asm.CBW,
	x86asm.CMOVA, x86asm.CMOVAE, x86asm.CMOVB, x86asm.CMOVBE, x86asm.CMOVE, x86asm.CMOVG, x86asm.CMOVGE, x86asm.CMOVL, x86asm.CMOVLE, x86asm.CMOVNE,
	x86asm.CMOVNO, x86asm.CMOVNP, x86asm.CMOVNS, x86asm.CMOVO, x86asm.CMOVP, x86asm.CMOVS,
	x86asm.SETA, x86asm.SETAE, x86asm.SETB, x86asm.SETBE, x86asm.SETE, x86asm.SETG, x86asm.SETGE, x86asm.SETL, x86asm.SETLE, x86asm.SETNE,
	x86asm.SETNO, x86asm.SETNP, x86asm.SETNS, x86asm.SETO, x86asm.SETP, x86asm.SETS,
}

// isVector says whether an operation is one of vector registers, which writes to no
// general register but its first operand: all but those that compare texts.
func isVector(inst *x86Inst) bool {
	switch inst.Op {
	case x86asm.PCMPESTRI, x86asm.PCMPESTRM, x86asm.PCMPISTRI, x86asm.PCMPISTRM,
		x86asm.VPCMPESTRI, x86asm.VPCMPESTRM, x86asm.VPCMPISTRI, x86asm.VPCMPISTRM:
		return false
	}
	return slices.ContainsFunc(inst.Args[:], func(a x86asm.Arg) bool {
		r, ok := a.(x86asm.Reg)
		return ok && r >= x86asm.M0 && r <= x86asm.X15
	})
}
