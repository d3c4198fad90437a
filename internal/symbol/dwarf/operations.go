package dwarf

// Operations of expressions (DWARF 5, section 7.7.1), and GNU's of the same meaning.
const (
	opAddr              = 0x03
	opDeref             = 0x06
	opConst1u           = 0x08
	opConsts            = 0x11
	opMinus             = 0x1c
	opPlus              = 0x22
	opPlusUconst        = 0x23
	opLit0              = 0x30
	opReg0              = 0x50
	opBreg0             = 0x70
	opRegx              = 0x90
	opFbreg             = 0x91
	opBregx             = 0x92
	opPiece             = 0x93
	opNop               = 0x96
	opFormTLSAddress    = 0x9b
	opCallFrameCFA      = 0x9c
	opBitPiece          = 0x9d
	opStackValue        = 0x9f
	opAddrx             = 0xa1
	opConstx            = 0xa2
	opGNUPushTLSAddress = 0xe0
	opGNUAddrIndex      = 0xfb
	opGNUConstIndex     = 0xfc
)

// operands are what stands behind the operations from opAddr on, but for those that opLit0, opReg0 and opBreg0 begin: numbers
// of so many bytes, as the digits say, or of a length of their own, with a sign (s) or without (u); bytes (b) behind how many
// they are; the same with that number in one byte (c); an offset in a section (o).
var operands = map[uint8]string{
	opAddr: "8", opDeref: "",
	opConst1u: "1", 0x09: "1", 0x0a: "2", 0x0b: "2", 0x0c: "4", 0x0d: "4", 0x0e: "8", 0x0f: "8", 0x10: "u", opConsts: "s",
	0x12: "", 0x13: "", 0x14: "", 0x15: "1", 0x16: "", 0x17: "", 0x18: "", // of the stack; pick is 0x15
	0x19: "", 0x1a: "", 0x1b: "", opMinus: "", 0x1d: "", 0x1e: "", 0x1f: "", 0x20: "", 0x21: "", // arithmetic
	opPlus: "", opPlusUconst: "u", 0x24: "", 0x25: "", 0x26: "", 0x27: "",
	0x28: "2", 0x29: "", 0x2a: "", 0x2b: "", 0x2c: "", 0x2d: "", 0x2e: "", 0x2f: "2", // comparisons, between bra and skip
	opRegx: "u", opFbreg: "s", opBregx: "us", opPiece: "u",
	0x94: "1", 0x95: "1", opNop: "", 0x97: "", 0x98: "2", 0x99: "4", 0x9a: "o", // deref_size, xderef_size; push_object_address, calls
	opFormTLSAddress: "", opCallFrameCFA: "", opBitPiece: "uu", 0x9e: "b", opStackValue: "", // implicit_value
	0xa0: "os", opAddrx: "u", opConstx: "u", 0xa3: "b", // implicit_pointer; entry_value
	0xa4: "uc", 0xa5: "uu", 0xa6: "1u", 0xa7: "1u", 0xa8: "u", 0xa9: "u", // of types
	opGNUPushTLSAddress: "", 0xf0: "", 0xf2: "os", 0xf3: "b", 0xf4: "uc", 0xf5: "uu", 0xf6: "1u", 0xf7: "u", 0xf9: "u", // GNU's of the same, before DWARF 5
	0xfa: "4", opGNUAddrIndex: "u", opGNUConstIndex: "u", 0xfd: "o",
}

// operandsOf returns what stands behind an operation, and reports whether that is known.
func operandsOf(op uint8) (string, bool) {
	switch {
	case op >= opLit0 && op < opBreg0:
		return "", true
	case op >= opBreg0 && op < opRegx:
		return "s", true
	}
	form, ok := operands[op]
	return form, ok
}

// operation reads an operation of an expression of the unit, and its operands that are numbers. It fails the cursor
// on one that it does not know, for then nothing that follows can be found.
func (u *unit) operation(c *cursor) (op uint8, numbers [2]uint64) {
	op = c.u8()
	forms, ok := operandsOf(op)
	if !ok {
		c.fail()
	}
	for i := range len(forms) {
		switch form := forms[i]; form {
		case 'u':
			numbers[i] = c.uleb()
		case 's':
			numbers[i] = uint64(c.sleb())
		case 'b':
			c.skip(c.uleb())
		case 'c':
			c.skip(uint64(c.u8()))
		case 'o':
			numbers[i] = c.uint(u.offsetSize)
		default:
			numbers[i] = c.uint(int(form - '0'))
		}
	}
	return op, numbers
}
