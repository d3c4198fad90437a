package unwind

// rule is how a register of the caller is found.
type rule struct {
	kind       ruleKind
	register   uint64
	offset     int64
	expression reader
}

type ruleKind uint8

const (
	unchanged     ruleKind = iota // the function leaves it as it is, or so the ABI says of most
	undefined                     // it is lost
	savedAt                       // in memory, offset from the CFA
	isOffset                      // it is the CFA, and offset
	inRegister                    // in another register; of the CFA: that and offset
	savedAtResult                 // in memory, where an expression says
	isResult                      // what an expression says
)

// row is the rules at one instruction.
type row struct {
	cfa   rule
	rules [Registers]rule
}

// What instructions of call frame information are called (DWARF 5, 7.24).
const (
	cfaAdvance          = 0x40 // in the two high bits
	cfaOffset           = 0x80 // as well
	cfaRestore          = 0xc0 // as well
	cfaNop              = 0x00
	cfaSetLoc           = 0x01
	cfaAdvance1         = 0x02
	cfaAdvance2         = 0x03
	cfaAdvance4         = 0x04
	cfaOffsetExtended   = 0x05
	cfaRestoreExtended  = 0x06
	cfaUndefined        = 0x07
	cfaSameValue        = 0x08
	cfaRegister         = 0x09
	cfaRememberState    = 0x0a
	cfaRestoreState     = 0x0b
	cfaDefCFA           = 0x0c
	cfaDefCFARegister   = 0x0d
	cfaDefCFAOffset     = 0x0e
	cfaDefCFAExpression = 0x0f
	cfaExpression       = 0x10
	cfaOffsetExtendedSF = 0x11
	cfaDefCFASF         = 0x12
	cfaDefCFAOffsetSF   = 0x13
	cfaValOffset        = 0x14
	cfaValOffsetSF      = 0x15
	cfaValExpression    = 0x16
	cfaNegateRAState    = 0x2d // of arm64: the return address is signed, or no more
	cfaGNUArgsSize      = 0x2e
)

// mostRemembered is how deep remembered rows may be nested.
const mostRemembered = 64

// interpreter makes the rows of a function up to an address.
type interpreter struct {
	*entry
	row
	initial    row // what the common entry has
	location   uint64
	remembered []row
}

// rowAt returns the rules at an address in the entry's function.
func (e *entry) rowAt(at uint64) (row, error) {
	i := interpreter{entry: e, location: e.start}
	if _, err := i.run(e.initial, at); err != nil {
		return row{}, err
	}
	i.initial, i.location = i.row, e.start
	_, err := i.run(e.rows, at)
	return i.row, err
}

// run runs instructions as long as they are of addresses up to at.
func (i *interpreter) run(r reader, at uint64) (done bool, err error) {
	for len(r.rest) > 0 && !done && err == nil {
		op := r.byte()
		low := uint64(op & 0x3f)
		switch op & 0xc0 {
		case cfaAdvance:
			done = i.advance(low, at)
		case cfaOffset:
			i.set(low, rule{kind: savedAt, offset: int64(r.uleb()) * i.dataAlign})
		case cfaRestore:
			i.restore(low)
		default:
			done, err = i.extended(op, &r, at)
		}
		if r.bad {
			return done, errDamaged
		}
	}
	return done, err
}

// advance goes on to a later instruction, and reports whether that is behind at.
func (i *interpreter) advance(by, at uint64) bool {
	i.location += by * i.codeAlign
	return i.location > at
}

func (i *interpreter) set(register uint64, to rule) {
	if register < Registers {
		i.rules[register] = to
	}
}

func (i *interpreter) restore(register uint64) {
	if register < Registers {
		i.rules[register] = i.initial.rules[register]
	}
}

// extended runs an instruction whose code takes a byte.
func (i *interpreter) extended(op uint8, r *reader, at uint64) (done bool, err error) {
	switch op {
	case cfaNop, cfaNegateRAState:
	case cfaGNUArgsSize:
		r.uleb()
	case cfaSetLoc:
		i.location = r.address(i.addresses, 0)
		return i.location > at, nil
	case cfaAdvance1, cfaAdvance2, cfaAdvance4:
		return i.advance(r.unsigned(1<<(op-cfaAdvance1)), at), nil
	case cfaRememberState:
		if len(i.remembered) == mostRemembered {
			return false, errUnknown
		}
		i.remembered = append(i.remembered, i.row)
	case cfaRestoreState:
		n := len(i.remembered)
		if n == 0 {
			return false, errDamaged
		}
		i.row, i.remembered = i.remembered[n-1], i.remembered[:n-1]
	case cfaDefCFA:
		i.cfa = rule{kind: inRegister, register: r.uleb(), offset: int64(r.uleb())}
	case cfaDefCFASF:
		i.cfa = rule{kind: inRegister, register: r.uleb(), offset: r.sleb() * i.dataAlign}
	case cfaDefCFARegister:
		i.cfa.register = r.uleb()
	case cfaDefCFAOffset:
		i.cfa.offset = int64(r.uleb())
	case cfaDefCFAOffsetSF:
		i.cfa.offset = r.sleb() * i.dataAlign
	case cfaDefCFAExpression:
		i.cfa = rule{kind: isResult, expression: r.block()}
	default:
		return false, i.ofRegister(op, r)
	}
	return false, nil
}

// ofRegister runs an instruction that says how a register is found.
func (i *interpreter) ofRegister(op uint8, r *reader) error {
	register := r.uleb()
	switch op {
	case cfaOffsetExtended:
		i.set(register, rule{kind: savedAt, offset: int64(r.uleb()) * i.dataAlign})
	case cfaOffsetExtendedSF:
		i.set(register, rule{kind: savedAt, offset: r.sleb() * i.dataAlign})
	case cfaValOffset:
		i.set(register, rule{kind: isOffset, offset: int64(r.uleb()) * i.dataAlign})
	case cfaValOffsetSF:
		i.set(register, rule{kind: isOffset, offset: r.sleb() * i.dataAlign})
	case cfaRestoreExtended:
		i.restore(register)
	case cfaUndefined:
		i.set(register, rule{kind: undefined})
	case cfaSameValue:
		i.set(register, rule{kind: unchanged})
	case cfaRegister:
		i.set(register, rule{kind: inRegister, register: r.uleb()})
	case cfaExpression:
		i.set(register, rule{kind: savedAtResult, expression: r.block()})
	case cfaValExpression:
		i.set(register, rule{kind: isResult, expression: r.block()})
	default:
		return errUnknown
	}
	return nil
}

// block returns what is behind its length.
func (r *reader) block() reader {
	n := r.uleb()
	at := r.at
	return reader{rest: r.bytes(n), at: at}
}
