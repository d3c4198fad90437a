package dwarf

// Place is where a variable, or a part of it, is while its function is at an address.
type Place struct {
	Kind     PlaceKind
	Register uint8  // by DWARF's numbers; of InRegister and FromRegister
	Offset   int64  // bytes; of FromCFA and FromRegister
	Address  uint64 // of AtAddress, the file's own; of InThread
	Deref    bool   // what is there is the variable's address, not the variable; of FromCFA and FromRegister

	// From and Size are which bytes of the variable are there. Size is 0 of a variable whose own is not known.
	From, Size uint64
}

// PlaceKind is how a place is found.
type PlaceKind uint8

const (
	Nowhere      PlaceKind = iota // it is not kept, or more than the function's frame tells where
	InRegister                    // it is a register of the frame
	FromCFA                       // it is memory Offset bytes from the frame's canonical address: the stack pointer before the call
	FromRegister                  // it is memory Offset bytes from where a register of the frame points
	AtAddress                     // it is memory of the file's data
	InThread                      // it is memory of the thread's, at the offset Address in the file's block of thread-local storage
	fromFrame                     // it is memory Offset bytes from what the function's entry says is the base of its frame
)

// isMemory reports whether the place is memory that the frame's registers lead to.
func (p *Place) isMemory() bool {
	return p.Kind == FromCFA || p.Kind == FromRegister || p.Kind == fromFrame
}

// placing follows an expression of a variable's place (DWARF 5, section 2.6). Of what an expression may compute it
// knows a register, or memory at a fixed distance from where one points, or where a pointer there leads to.
type placing struct {
	unit *unit
	rest cursor
	bits uint64 // of the variable, before the next part

	// Of the part that is being read: its place so far, a number that is on top of it, and whether it has become anything else.
	place     Place
	number    int64
	hasNumber bool
	lost      bool
}

// next returns the place of the next part of the variable, of which Size is 0 if it is the whole, and reports
// whether there is one. A part that is nowhere counts.
func (x *placing) next() (Place, bool) {
	if !x.rest.more() {
		return Place{}, false
	}
	x.place, x.hasNumber, x.lost = Place{}, false, false
	for x.rest.more() {
		op, operand := x.unit.operation(&x.rest)
		switch {
		case x.rest.bad:
			return Place{}, true
		case op == opPiece:
			return x.part(8 * operand[0]), true
		case op == opBitPiece:
			x.lost = x.lost || operand[1] != 0
			return x.part(operand[0]), true
		}
		x.lost = x.lost || !x.apply(op, operand)
	}
	if x.bits > 0 { // what is behind the last part is none
		return Place{}, true
	}
	return x.part(0), true
}

// part returns the place that was read, of so many bits. Of bits that share a byte with others it is not known.
func (x *placing) part(bits uint64) Place {
	p := x.place
	if x.lost || x.hasNumber || x.bits%8 != 0 || bits%8 != 0 {
		p = Place{}
	}
	p.From, p.Size = x.bits/8, bits/8
	x.bits += bits
	return p
}

// apply does what an operation does to the place, and reports whether that is one still.
func (x *placing) apply(op uint8, operand [2]uint64) bool {
	p := &x.place
	switch {
	case op == opNop:
		return true
	case op >= opConst1u && op <= opConsts, op >= opLit0 && op < opReg0:
		if x.hasNumber {
			return false
		}
		x.number, x.hasNumber = constant(op, operand[0]), true
		return true
	case op == opConstx || op == opGNUConstIndex:
		n, ok := x.unit.addressAt(operand[0])
		x.number, x.hasNumber = int64(n), true
		return ok && p.Kind == Nowhere
	case op == opFormTLSAddress || op == opGNUPushTLSAddress:
		ok := x.hasNumber && p.Kind == Nowhere
		*p, x.hasNumber = Place{Kind: InThread, Address: uint64(x.number)}, false
		return ok
	case x.hasNumber:
		x.hasNumber = false
		return op == opPlus && p.move(x.number) || op == opMinus && p.move(-x.number)
	case op == opPlusUconst:
		return p.move(int64(operand[0]))
	case op == opDeref:
		ok := p.isMemory() && !p.Deref
		p.Deref = true
		return ok
	case op == opStackValue: // it is where the register points
		ok := p.Kind == FromRegister && p.Offset == 0 && !p.Deref
		*p = Place{Kind: InRegister, Register: p.Register}
		return ok
	}
	was := p.Kind
	*p = x.unit.base(op, operand)
	return was == Nowhere && p.Kind != Nowhere
}

// move adds n to the offset of a place in memory, and reports whether it is one.
func (p *Place) move(n int64) bool {
	switch {
	case p.Deref:
		return false
	case p.Kind == AtAddress:
		p.Address += uint64(n)
		return true
	}
	p.Offset += n
	return p.isMemory()
}

// constant returns the number that an operation puts on the stack.
func constant(op uint8, operand uint64) int64 {
	switch op {
	case opConst1u + 1:
		return int64(int8(operand))
	case opConst1u + 3:
		return int64(int16(operand))
	case opConst1u + 5:
		return int64(int32(operand))
	}
	if op >= opLit0 {
		return int64(op - opLit0)
	}
	return int64(operand)
}

// base returns the place that an operation begins an expression with.
func (u *unit) base(op uint8, operand [2]uint64) Place {
	switch {
	case op >= opReg0 && op < opBreg0:
		return Place{Kind: InRegister, Register: op - opReg0}
	case op == opRegx && operand[0] <= 0xff:
		return Place{Kind: InRegister, Register: uint8(operand[0])}
	case op >= opBreg0 && op < opRegx:
		return Place{Kind: FromRegister, Register: op - opBreg0, Offset: int64(operand[0])}
	case op == opBregx && operand[0] <= 0xff:
		return Place{Kind: FromRegister, Register: uint8(operand[0]), Offset: int64(operand[1])}
	case op == opFbreg:
		return Place{Kind: fromFrame, Offset: int64(operand[0])}
	case op == opCallFrameCFA:
		return Place{Kind: FromCFA}
	case op == opAddr:
		return Place{Kind: AtAddress, Address: operand[0]}
	case op == opAddrx, op == opGNUAddrIndex:
		if addr, ok := u.addressAt(operand[0]); ok {
			return Place{Kind: AtAddress, Address: addr}
		}
	}
	return Place{}
}

// placeOf returns the place of the whole of a variable that an expression of the unit tells.
func (u *unit) placeOf(expression []byte) Place {
	x := placing{unit: u, rest: cursor{data: expression}}
	if p, _ := x.next(); !x.rest.more() && p.Size == 0 {
		return p
	}
	return Place{}
}
