package isa

// What follows each opcode of x86's, by row of sixteen (SDM volume 2, appendix A). The
// letters are the rows of operandsX86. What has no letter is not measured: what is
// invalid, privileged, or measured otherwise by some processors: UD0 and UD1, whose
// operands not all of them read, 3DNow!, SSE4a, XOP and APX, which not all have.
var (
	oneByteX86 = "" +
		"MMMMBL..MMMMBL.." + // 0
		"MMMMBL..MMMMBL.." +
		"MMMMBL..MMMMBL.." +
		"MMMMBL..MMMMBL.." +
		"................" + // 4: REX
		"----------------" +
		"...M....LlBb...." + // 6: prefixes
		"BBBBBBBBBBBBBBBB" +
		"bl.bMMMMMMMMMMMZ" + // 8
		"----------.-----" +
		"AAAA----BL------" + // A
		"BBBBBBBBQQQQQQQQ" +
		"bbW-..ghE-W--B.-" + // C
		"MMMM...-MMMMMMMM" +
		"BBBB....JJ.B...." + // E
		"....--GH--..--MM"
	twoBytesX86 = "" + // behind 0F
		".M...-.....-.M.." + // 0
		"MMMMMMMMMMMMMMMM" +
		"........MMMMMMMM" + // 2
		".-.............." +
		"MMMMMMMMMMMMMMMM" + // 4
		"MMMMMMMMMMMMMMMM" +
		"MMMMMMMMMMMMMMMM" + // 6
		"bbbbMMM-....MMMM" +
		"JJJJJJJJJJJJJJJJ" + // 8
		"MMMMMMMMMMMMMMMM" +
		"---MbM..--.MbMMM" + // A
		"MMMMMMMMM.bMMMMM" +
		"MMbMbbbM--------" + // C
		"MMMMMMMMMMMMMMMM" +
		"MMMMMMMMMMMMMMMM" + // E
		"MMMMMMMMMMMMMMM."
)

// operandX86 is what follows an opcode: perhaps a ModR/M byte with the SIB byte and the
// displacement that it asks for, and an immediate operand, which a branch's distance is too.
type operandX86 struct {
	measured  bool // what follows is known
	modRM     bool
	reg       regX86  // for which values of ModR/M's field reg this is so
	immediate uint8   // bytes of it, whatever the prefixes are
	sized     sizeX86 // and as many as these say
}

// operandsX86 are the letters of the maps.
var operandsX86 = [1 << 8]operandX86{
	'-': {measured: true},
	'M': {measured: true, modRM: true},
	'b': {measured: true, modRM: true, immediate: 1},
	'l': {measured: true, modRM: true, sized: byOperandSize},
	'G': {measured: true, modRM: true, immediate: 1, reg: immediateIfTest},
	'H': {measured: true, modRM: true, sized: byOperandSize, reg: immediateIfTest},
	'g': {measured: true, modRM: true, immediate: 1, reg: zeroOrTransaction},
	'h': {measured: true, modRM: true, sized: byOperandSize, reg: zeroOrTransaction},
	'Z': {measured: true, modRM: true, reg: zero},
	'B': {measured: true, immediate: 1},
	'W': {measured: true, immediate: 2},
	'E': {measured: true, immediate: 2 + 1}, // ENTER's two
	'L': {measured: true, sized: byOperandSize},
	'Q': {measured: true, sized: byREX},
	'A': {measured: true, sized: byAddressSize},
	'J': {measured: true, sized: distance},
}

// regX86 is what an opcode says of the field reg of its ModR/M byte.
type regX86 uint8

const (
	anyReg            regX86 = iota
	immediateIfTest          // only 0 and 1, which are TEST, have the immediate
	zeroOrTransaction        // others than 0 are XABORT and XBEGIN, or nothing
	zero                     // others begin XOP's instructions, which are not measured
)

// sizeX86 is which prefixes say how many bytes an immediate has.
type sizeX86 uint8

const (
	unsized       sizeX86 = iota
	byOperandSize         // 4, or 2 with a prefix of operand size
	byREX                 // the same, but 8 with REX.W
	byAddressSize         // 8, or 4 with a prefix of address size
	distance              // 4; with a prefix of operand size AMD's processors read 2, and it is not measured
)

// layoutX86 is where the parts of an instruction are.
type layoutX86 struct {
	modRM    int  // offset of the ModR/M byte; 0: there is none
	relative bool // an operand's address is relative to the instruction pointer
	length   int  // of all, in bytes
}

// measureX86 measures the first instruction of code by the rules of its encoding in
// 64-bit mode (SDM volume 2, chapter 2). It is false for what the maps leave out, for
// what is cut off or longer than a processor takes, and for what no compiler makes:
// prefixes behind REX or before VEX, and addresses relative to 32 bits of the
// instruction pointer.
func measureX86(code []byte) (l layoutX86, ok bool) {
	const longest = 15
	e := encodingX86{code: code}
	operand := operandsX86[e.letter(e.prefixes())]
	var modRM byte
	if operand.modRM {
		l.modRM = e.at
		modRM, l.relative = e.address()
	}
	immediate, ok := e.immediate(operand, modRM)
	l.length = e.at + immediate
	return l, ok && operand.measured && !(l.relative && e.shortAddress) && l.length <= min(len(code), longest)
}

// encodingX86 is an instruction as far as it was read, and what its prefixes say.
type encodingX86 struct {
	code         []byte
	at           int
	narrow       bool // the operand size is 16 bits, but for REX.W
	shortAddress bool // the address size is 32 bits
	repeated     bool // LOCK, REP or REPNE
	hasREX       bool
	wide         bool // REX.W: the operand size is 64 bits
}

// next reads a byte: 0 behind the end, which the length tells.
func (e *encodingX86) next() (b byte) {
	if e.at < len(e.code) {
		b = e.code[e.at]
	}
	e.at++
	return b
}

// prefixes reads the prefixes and returns the byte behind them.
func (e *encodingX86) prefixes() (op byte) {
	for {
		switch op = e.next(); op {
		case 0x66:
			e.narrow = true
		case 0x67:
			e.shortAddress = true
		case 0xf0, 0xf2, 0xf3:
			e.repeated = true
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65: // segments, and hints for branches
		default:
			if op>>4 != 4 {
				return op
			}
			e.hasREX, e.wide = true, op&8 != 0
			return e.next()
		}
	}
}

// Which map an opcode is of, as VEX and EVEX number them.
const (
	map0F   = 1
	map0F38 = 2
	map0F3A = 3
)

// letter reads the rest of an opcode of which op is the first byte, and returns its
// letter in the maps.
func (e *encodingX86) letter(op byte) byte {
	const notMeasured = '.'
	switch op {
	case 0x0f:
		switch op := e.next(); op {
		case 0x38:
			return e.letterOf(map0F38)
		case 0x3a:
			return e.letterOf(map0F3A)
		default:
			return twoBytesX86[op]
		}
	case 0xc4, 0xc5, 0x62:
		letter := e.letterOf(e.vex(op))
		if e.narrow || e.repeated || e.hasREX || letter == 'J' {
			return notMeasured
		}
		return letter
	}
	return oneByteX86[op]
}

// letterOf reads an opcode of a map and returns its letter.
func (e *encodingX86) letterOf(number byte) byte {
	switch op := e.next(); number {
	case map0F:
		return twoBytesX86[op]
	case map0F38:
		return 'M'
	case map0F3A:
		return 'b'
	}
	return '.'
}

// vex reads the rest of a VEX prefix of two bytes (C5), or three (C4), or an EVEX prefix
// (62), and returns the number of the map, 0 for none.
func (e *encodingX86) vex(first byte) (number byte) {
	switch first {
	case 0xc5:
		e.next()
		return map0F
	case 0xc4:
		number = e.next() & 0x1f
		e.next()
		return number
	}
	number = e.next() & 0x0f
	isEVEX := e.next()&4 != 0 // APX uses that bit
	e.next()
	if !isEVEX {
		return 0
	}
	return number
}

// address reads a ModR/M byte with the SIB byte and the displacement that it asks for,
// and returns it, and whether the address is relative to the instruction pointer.
func (e *encodingX86) address() (modRM byte, relative bool) {
	modRM = e.next()
	mod, rm := modRM>>6, modRM&7
	relative = mod == 0 && rm == 5
	hasBase := rm != 4 || mod == 3 || e.next()&7 != 5 // in the SIB byte
	switch {
	case mod == 1:
		e.at++
	case mod == 2, relative, mod == 0 && !hasBase:
		e.at += 4
	}
	return modRM, relative
}

// immediate returns how many bytes the immediate of an opcode has. It is false for what
// is not measured.
func (e *encodingX86) immediate(o operandX86, modRM byte) (bytes int, ok bool) {
	reg := modRM >> 3 & 7
	switch o.reg {
	case immediateIfTest:
		if reg > 1 {
			return 0, true
		}
	case zeroOrTransaction:
		if reg != 0 && modRM != 0xf8 {
			return 0, false
		}
	case zero:
		if reg != 0 {
			return 0, false
		}
	}
	isNarrow := e.narrow && !e.wide
	switch {
	case o.sized == unsized:
		return int(o.immediate), true
	case o.sized == distance:
		return 4, !isNarrow
	case o.sized == byREX && e.wide, o.sized == byAddressSize && !e.shortAddress:
		return 8, true
	case o.sized != byAddressSize && isNarrow:
		return 2, true
	}
	return 4, true
}
