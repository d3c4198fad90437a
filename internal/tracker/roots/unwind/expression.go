package unwind

// What operations of expressions are called (DWARF 5, 7.7.1).
const (
	opAddr       = 0x03
	opDeref      = 0x06
	opConst1u    = 0x08 // up to opConst8s: unsigned and signed, of 1, 2, 4 and 8 bytes
	opConst8s    = 0x0f
	opConstu     = 0x10
	opConsts     = 0x11
	opDup        = 0x12
	opDrop       = 0x13
	opOver       = 0x14
	opPick       = 0x15
	opSwap       = 0x16
	opRot        = 0x17
	opAbs        = 0x19
	opAnd        = 0x1a
	opDiv        = 0x1b
	opMinus      = 0x1c
	opMod        = 0x1d
	opMul        = 0x1e
	opNeg        = 0x1f
	opNot        = 0x20
	opOr         = 0x21
	opPlus       = 0x22
	opPlusUconst = 0x23
	opShl        = 0x24
	opShr        = 0x25
	opShra       = 0x26
	opXor        = 0x27
	opBra        = 0x28
	opEq         = 0x29
	opGe         = 0x2a
	opGt         = 0x2b
	opLe         = 0x2c
	opLt         = 0x2d
	opNe         = 0x2e
	opSkip       = 0x2f
	opLit0       = 0x30
	opLit31      = 0x4f
	opBreg0      = 0x70
	opBreg31     = 0x8f
	opBregx      = 0x92
	opDerefSize  = 0x94
	opNop        = 0x96
)

// The expressions of unwind information have a dozen operations, and no loops.
const (
	mostOperations = 1 << 20 // of a whole stack
	mostStacked    = 64
)

// evaluation is an expression on its way to its value.
type evaluation struct {
	memory Memory
	frame  *Frame
	r      reader
	stack  []uint64
	err    error
}

// evaluate returns the value of an expression, of a frame's registers. The CFA is what it starts with, but
// for the CFA's own.
func (w *walk) evaluate(f *Frame, expression reader, initial ...uint64) (uint64, error) {
	e := evaluation{memory: w.Memory, frame: f, r: expression, stack: initial}
	whole := expression
	for len(e.r.rest) > 0 && e.err == nil {
		if w.operations--; w.operations < 0 || len(e.stack) > mostStacked {
			return 0, errUnknown
		}
		e.step(whole)
		if e.r.bad {
			return 0, errDamaged
		}
	}
	value := e.pop()
	return value, e.err
}

func (e *evaluation) push(v uint64) { e.stack = append(e.stack, v) }

func (e *evaluation) pop() uint64 {
	n := len(e.stack)
	if n == 0 {
		e.fail(errDamaged)
		return 0
	}
	v := e.stack[n-1]
	e.stack = e.stack[:n-1]
	return v
}

func (e *evaluation) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// pick pushes what is so far below the top once more.
func (e *evaluation) pick(depth uint64) {
	if depth >= uint64(len(e.stack)) {
		e.fail(errDamaged)
		return
	}
	e.push(e.stack[uint64(len(e.stack))-1-depth])
}

func (e *evaluation) register(number uint64, offset int64) {
	v, ok := e.frame.Register(number)
	if !ok {
		e.fail(errUnknown)
	}
	e.push(v + uint64(offset))
}

func (e *evaluation) deref(bytes uint64) {
	var b [8]byte
	at := e.pop()
	if bytes > 8 || e.err != nil {
		e.fail(errDamaged)
		return
	}
	if n, _ := e.memory.ReadAt(b[:bytes], at); uint64(n) < bytes {
		e.fail(errMemory)
		return
	}
	r := reader{rest: b[:bytes]}
	e.push(r.unsigned(bytes))
}

// jump goes on so many bytes further on, or before.
func (e *evaluation) jump(whole reader, by int64) {
	to := int64(e.r.at-whole.at) + by
	if to < 0 || to > int64(len(whole.rest)) {
		e.fail(errDamaged)
		return
	}
	e.r.rest, e.r.at = whole.rest[to:], whole.at+uint64(to)
}

// step runs the next operation.
func (e *evaluation) step(whole reader) {
	r := &e.r
	switch op := r.byte(); {
	case op >= opLit0 && op <= opLit31:
		e.push(uint64(op - opLit0))
	case op >= opBreg0 && op <= opBreg31:
		e.register(uint64(op-opBreg0), r.sleb())
	case op == opBregx:
		register := r.uleb()
		e.register(register, r.sleb())
	case op >= opConst1u && op <= opConst8s:
		if n := uint64(1) << ((op - opConst1u) / 2); (op-opConst1u)%2 == 0 {
			e.push(r.unsigned(n))
		} else {
			e.push(r.signed(n))
		}
	case op == opAddr:
		e.push(r.unsigned(8))
	case op == opConstu:
		e.push(r.uleb())
	case op == opConsts:
		e.push(uint64(r.sleb()))
	case op == opDeref:
		e.deref(8)
	case op == opDerefSize:
		e.deref(uint64(r.byte()))
	case op == opPlusUconst:
		e.push(e.pop() + r.uleb())
	case op == opSkip:
		e.jump(whole, int64(r.signed(2)))
	case op == opBra:
		if by := int64(r.signed(2)); e.pop() != 0 {
			e.jump(whole, by)
		}
	case op == opNop:
	default:
		e.rearrange(op)
	}
}

// rearrange runs an operation that needs nothing but what is stacked.
func (e *evaluation) rearrange(op uint8) {
	switch op {
	case opDup:
		e.pick(0)
	case opDrop:
		e.pop()
	case opOver:
		e.pick(1)
	case opPick:
		e.pick(uint64(e.r.byte()))
	case opSwap:
		a, b := e.pop(), e.pop()
		e.push(a)
		e.push(b)
	case opRot:
		a, b, c := e.pop(), e.pop(), e.pop()
		e.push(a)
		e.push(c)
		e.push(b)
	case opAbs:
		if v := int64(e.pop()); v < 0 {
			e.push(uint64(-v))
		} else {
			e.push(uint64(v))
		}
	case opNeg:
		e.push(-e.pop())
	case opNot:
		e.push(^e.pop())
	default:
		b := e.pop()
		e.combine(op, e.pop(), b)
	}
}

// combine runs an operation that makes one value of two.
func (e *evaluation) combine(op uint8, a, b uint64) {
	truth := func(is bool) {
		if is {
			e.push(1)
		} else {
			e.push(0)
		}
	}
	switch op {
	case opAnd:
		e.push(a & b)
	case opOr:
		e.push(a | b)
	case opXor:
		e.push(a ^ b)
	case opPlus:
		e.push(a + b)
	case opMinus:
		e.push(a - b)
	case opMul:
		e.push(a * b)
	case opShl:
		e.push(a << b)
	case opShr:
		e.push(a >> b)
	case opShra:
		e.push(uint64(int64(a) >> b))
	case opEq:
		truth(a == b)
	case opNe:
		truth(a != b)
	case opGe:
		truth(int64(a) >= int64(b))
	case opGt:
		truth(int64(a) > int64(b))
	case opLe:
		truth(int64(a) <= int64(b))
	case opLt:
		truth(int64(a) < int64(b))
	case opDiv, opMod:
		switch {
		case b == 0:
			e.fail(errDamaged)
		case op == opMod:
			e.push(a % b)
		default:
			e.push(uint64(int64(a) / int64(b)))
		}
	default:
		e.fail(errUnknown)
	}
}
