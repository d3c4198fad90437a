package isa

import (
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// General registers by their numbers in encodings.
const (
	raxX86, rdxX86, rspX86, rbpX86 = 0, 2, 4, 5

	// allX86 are the general registers but rsp, which always points to the stack.
	allX86 RegisterSet = (1<<16 - 1) &^ (1 << rspX86)
	// keptX86 are those that a called function gives back as they were (System V ABI for
	// AMD64, 3.2.1): rbx, rbp, and r12 to r15.
	keptX86 RegisterSet = 1<<3 | 1<<rbpX86 | 0xf<<12
)

// Registers returns rdi, rsi, rdx, rcx, r8 and r9, and rsp (System V ABI for AMD64, 3.2.3).
func (x86) Registers() (arguments [LastArgument + 1]uint8, stack uint8) {
	return [...]uint8{1: 7, 6, 2, 1, 8, 9}, rspX86
}

// Decode takes what it does not know to write to all registers, and to memory.
func (x86) Decode(code []byte, at uint64) (i Instruction, ok bool) {
	inst, ok := decodeX86(code)
	if !ok {
		return i, false
	}
	code = code[:inst.Len]
	form := formX86(&inst)
	i.Length = inst.Len
	i.Reads, i.Writes = readByX86(&inst, form), alsoWrittenX86(&inst)
	inFile := uint64(0) // the address that an operand relative to the instruction comes to
	if to, ok := targetX86(&inst, code, at); ok {
		i.Goes = Branches
		if form >= branchX86 && inst.DataSize != 16 { // no loop, and of one meaning
			i.Where.Value = Value{Address, to}
		}
	} else {
		if inst.PCRel == 4 {
			inFile = at + uint64(inst.Len) + uint64(int64(int32(binary.LittleEndian.Uint32(code[inst.PCRelOff:]))))
		}
		i.Where = sourceX86(inst.Args[0], inFile)
	}
	switch form {
	case jumpX86:
		i.Goes = Jumps
	case callX86:
		i.Goes, i.Does, i.Writes = Calls, UsesStack, allX86&^keptX86
	case endX86:
		i.Goes, i.Does = Ends, UsesStack
	case unknownX86:
		i.Does, i.Writes = DoesMore, allX86
	case exchangeX86:
		i.write(inst.Args[1], inFile)
		i.write(inst.Args[0], inFile)
	case setX86, changeX86:
		i.write(inst.Args[0], inFile)
		i.Result, i.MayKeep = resultX86(&inst, inFile)
	}
	if inst.Op == x86asm.PUSH || inst.Op == x86asm.POP {
		i.Does = max(i.Does, UsesStack)
	}
	if slices.ContainsFunc(inst.Prefix[:], func(p x86asm.Prefix) bool { return p&0xff == x86asm.PrefixLOCK }) {
		i.Does = DoesMore
	}
	return i, true
}

// write notes what is written to an operand. If that is in memory relative to the
// instruction, inFile is its address.
func (i *Instruction) write(operand x86asm.Arg, inFile uint64) {
	switch operand := operand.(type) {
	case x86asm.Reg:
		switch n, _ := generalX86(operand); {
		case n == rspX86:
			i.Does = UsesStack
		case n >= 0:
			i.To = uint8(n)
			i.Writes |= 1 << n
		}
	case x86asm.Mem:
		i.Does, i.Store = Stores, addressX86(operand, inFile)
	}
}

// readByX86 returns the registers whose content matters to an instruction.
func readByX86(inst *x86Inst, form formOfX86) (read RegisterSet) {
	isZeroed := inst.Op == x86asm.XOR && inst.Args[0] == inst.Args[1]
	if inst.Op == x86asm.NOP || isZeroed {
		return 0
	}
	add := func(r x86asm.Reg) {
		if n, _ := generalX86(r); n >= 0 {
			read |= 1 << n
		}
	}
	for i, operand := range inst.Args {
		switch operand := operand.(type) {
		case x86asm.Reg:
			if i > 0 || form != setX86 {
				add(operand)
			}
		case x86asm.Mem:
			add(operand.Base)
			add(operand.Index)
		}
	}
	return read
}

// resultX86 returns what an instruction writes to the register that is its first operand,
// and whether the register may keep what it has instead. Where only a part of the register
// is written, nothing is known of it.
func resultX86(inst *x86Inst, inFile uint64) (s Source, mayKeep bool) {
	if n, mayKeep, ok := constantX86(inst); ok {
		return Source{Value: Value{Constant, n}}, mayKeep
	}
	to, _ := inst.Args[0].(x86asm.Reg)
	if _, isWhole := generalX86(to); !isWhole {
		return Source{}, false
	}
	from := sourceX86(inst.Args[1], inFile)
	switch inst.Op {
	case x86asm.MOV:
		return from, false
	case x86asm.LEA:
		if operand, ok := inst.Args[1].(x86asm.Mem); ok {
			return addressX86(operand, inFile), false
		}
	}
	mayKeep = from.How == Copied && strings.HasPrefix(inst.Op.String(), "CMOV")
	if !mayKeep {
		from = Source{}
	}
	return from, mayKeep
}

// constantX86 returns the constant that an instruction writes to the register that is its
// first operand, if it does, and whether the register may keep what it has instead. What
// is written to the lower half is the whole constant, for the upper one becomes zero.
func constantX86(inst *x86Inst) (n uint64, mayKeep, ok bool) {
	to, _ := inst.Args[0].(x86asm.Reg)
	_, isWhole := generalX86(to)
	isHalf := to >= x86asm.EAX && to <= x86asm.R15L
	if !isWhole && !isHalf {
		return 0, false, false
	}
	number, isNumber := inst.Args[1].(x86asm.Imm)
	switch {
	case inst.Op == x86asm.XOR && inst.Args[0] == inst.Args[1]:
		return 0, false, true
	case inst.Op == x86asm.MOV && isNumber && isHalf:
		return uint64(uint32(number)), false, true
	case inst.Op == x86asm.MOV && isNumber:
		return uint64(number), false, true
	case inst.Op == x86asm.ADC && isWhole && isNumber && number == 0: // 1 for 0, where that is what was compared
		return 1, true, true
	}
	return 0, false, false
}

// sourceX86 returns where the value of an operand of 64 bits comes from. If the operand is
// in memory relative to the instruction, inFile is its address; else it is 0.
func sourceX86(operand x86asm.Arg, inFile uint64) Source {
	switch operand := operand.(type) {
	case x86asm.Reg:
		if n, isWhole := generalX86(operand); isWhole {
			return Source{How: Copied, From: uint8(n)}
		}
	case x86asm.Mem:
		s := addressX86(operand, inFile)
		n, isWhole := generalX86(operand.Base)
		switch {
		case s.How == Copied:
			s.How = Loaded
		case s.Value.Kind == Address:
			s.Value.Kind = Variable
		case isWhole && operand.Segment == 0:
			return Source{How: LoadedIndexed, From: uint8(n)}
		}
		return s
	}
	return Source{}
}

// addressX86 returns where the address of an operand in memory comes from, if it is that of
// a variable or a register's content with an offset.
func addressX86(operand x86asm.Mem, inFile uint64) Source {
	n, isWhole := generalX86(operand.Base)
	switch {
	case operand.Segment != 0 || operand.Index != 0:
	case inFile != 0:
		return Source{Value: Value{Address, inFile}}
	case isWhole:
		return Source{How: Copied, From: uint8(n), Offset: uint64(operand.Disp)}
	}
	return Source{}
}

// generalX86 returns the number of a general register, or of the one that r is a part of,
// -1 for other registers. isWhole reports whether r has all 64 bits.
func generalX86(r x86asm.Reg) (n int, isWhole bool) {
	switch {
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
	}
	return -1, false
}

// alsoWrittenX86 returns the registers that an instruction writes to besides its operands.
func alsoWrittenX86(inst *x86Inst) RegisterSet {
	switch inst.Op {
	case x86asm.CMPXCHG8B, x86asm.CMPXCHG16B:
		return 1<<raxX86 | 1<<rdxX86
	case x86asm.CMPXCHG, x86asm.CDQE, x86asm.CBW, x86asm.CWDE:
		return 1 << raxX86
	case x86asm.CQO, x86asm.CDQ, x86asm.CWD:
		return 1 << rdxX86
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.IMUL:
		if inst.Args[1] == nil {
			return 1<<raxX86 | 1<<rdxX86
		}
	}
	return 0
}

// formOfX86 is what an operation does with its operands.
type formOfX86 uint8

const (
	unknownX86  formOfX86 = iota
	readX86               // it reads all operands
	setX86                // it writes the first one, without having read it
	changeX86             // it reads and writes the first one
	exchangeX86           // it reads and writes two
	endX86                // execution does not go on behind it
	branchX86             // this and the next two have a target
	jumpX86
	callX86
)

// formX86 returns the form of an instruction.
func formX86(inst *x86Inst) formOfX86 {
	form, name := formsX86[inst.Op], inst.Op.String()
	switch {
	case form == unknownX86 && strings.HasPrefix(name, "CMOV"):
		return changeX86
	case form == unknownX86 && strings.HasPrefix(name, "SET"):
		return setX86
	case form == unknownX86 && name[0] == 'J' && !strings.HasSuffix(name, "CXZ"):
		return branchX86
	case inst.Op == x86asm.INT && inst.Args[0] == x86asm.Imm(3): // a trap
		return endX86
	case inst.Op == x86asm.IMUL && inst.Args[1] == nil:
		return readX86
	case inst.Op == x86asm.IMUL && inst.Args[2] != nil:
		return setX86
	case form == unknownX86 && isVector(inst):
		return setX86
	}
	return form
}

// formsX86 are the forms of operations; formX86 knows others by their names.
var formsX86 = func() map[x86asm.Op]formOfX86 {
	forms := make(map[x86asm.Op]formOfX86)
	for form, operations := range map[formOfX86][]x86asm.Op{
		readX86: {
			x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.NOP, x86asm.PAUSE, x86asm.PUSH, x86asm.MUL, x86asm.DIV, x86asm.IDIV,
			x86asm.CDQE, x86asm.CWDE, x86asm.CBW, x86asm.CQO, x86asm.CDQ, x86asm.CWD,
			x86asm.MFENCE, x86asm.LFENCE, x86asm.SFENCE, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW,
			x86asm.VZEROUPPER, x86asm.UCOMISD, x86asm.UCOMISS, x86asm.COMISD, x86asm.COMISS, x86asm.PTEST,
		},
		setX86: {
			x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD, x86asm.LEA, x86asm.POP,
			x86asm.BSF, x86asm.BSR, x86asm.TZCNT, x86asm.LZCNT, x86asm.POPCNT,
			x86asm.ANDN, x86asm.BEXTR, x86asm.BLSI, x86asm.BLSMSK, x86asm.BLSR, x86asm.BZHI, x86asm.PDEP, x86asm.PEXT,
			x86asm.RORX, x86asm.SARX, x86asm.SHLX, x86asm.SHRX,
		},
		changeX86: {
			x86asm.ADD, x86asm.ADC, x86asm.SUB, x86asm.SBB, x86asm.AND, x86asm.OR, x86asm.XOR, x86asm.INC, x86asm.DEC, x86asm.NEG, x86asm.NOT,
			x86asm.SHL, x86asm.SHR, x86asm.SAR, x86asm.ROL, x86asm.ROR, x86asm.SHLD, x86asm.SHRD, x86asm.IMUL, x86asm.BSWAP,
			x86asm.BTC, x86asm.BTR, x86asm.BTS, x86asm.CMPXCHG, x86asm.CMPXCHG8B, x86asm.CMPXCHG16B,
		},
		exchangeX86: {x86asm.XCHG, x86asm.XADD},
		endX86:      {x86asm.RET, x86asm.UD2, x86asm.HLT},
		jumpX86:     {x86asm.JMP},
		callX86:     {x86asm.CALL},
	} {
		for _, op := range operations {
			forms[op] = form
		}
	}
	return forms
}()

// isVector reports whether an instruction is one of vectors or floating-point numbers that
// writes to no general register and no memory but its first operand. Those that compare
// texts also write to a register that is no operand, and those that store under a mask to
// memory that is none.
func isVector(inst *x86Inst) bool {
	switch inst.Op {
	case x86asm.PCMPESTRI, x86asm.PCMPESTRM, x86asm.PCMPISTRI, x86asm.PCMPISTRM,
		x86asm.VPCMPESTRI, x86asm.VPCMPESTRM, x86asm.VPCMPISTRI, x86asm.VPCMPISTRM,
		x86asm.MASKMOVQ, x86asm.MASKMOVDQU, x86asm.VMASKMOVDQU:
		return false
	}
	return inst.Op.String()[0] == 'F' || slices.ContainsFunc(inst.Args[:], func(a x86asm.Arg) bool {
		r, ok := a.(x86asm.Reg)
		return ok && r >= x86asm.F0 && r <= x86asm.K7
	})
}
