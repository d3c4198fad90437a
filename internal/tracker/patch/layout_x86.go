package patch

import "strings"

// Maps of x86's opcodes, by row of sixteen (SDM volume 2, appendix A). Each letter is
// what follows an opcode; what no letter stands for is not measured: what is invalid,
// privileged, or measured otherwise by some processors: UD0 and UD1, whose operands
// not all of them read, 3DNow!, SSE4a, XOP and APX, which not all have.
//
//	M        a ModR/M byte, and what that says
//	b l      the same, and an immediate B or L
//	G H      the same, and the immediate only where its reg is 0 or 1 (TEST)
//	g h      like b and l; another reg than 0 is XABORT or XBEGIN, or nothing
//	Z        like M; another reg than 0 begins XOP's
//	B W L Q  an immediate: of 1 byte, of 2, of 4 (2 with a prefix of operand size), of
//	         8 with REX.W and else like L
//	A        an absolute address
//	J        a branch's distance of 4 bytes; with a prefix of operand size, AMD's
//	         processors read 2, and it is not measured
//	E        ENTER's W and B
//	-        nothing
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

// layoutX86 measures the first instruction of code by the rules of its encoding in
// 64-bit mode (SDM volume 2, chapter 2). It returns the offset of the ModR/M byte, 0
// if there is none, whether that says an address relative to the instruction pointer,
// and the length. It is false for what the maps leave out, for what is cut off or
// longer than a processor takes, and for what no compiler makes: prefixes behind REX or
// before VEX, and addresses relative to 32 bits of the instruction pointer.
func layoutX86(code []byte) (modRM int, relative bool, length int, ok bool) {
	const longest = 15
	at := 0
	next := func() (b byte) { // 0 behind the end, which the length tells
		if at < len(code) {
			b = code[at]
		}
		at++
		return b
	}
	op := next()
	var narrow, shortAddress, repeated, isREX, wide bool
prefixes:
	for ; ; op = next() {
		switch op {
		case 0x66:
			narrow = true
		case 0x67:
			shortAddress = true
		case 0xf0, 0xf2, 0xf3:
			repeated = true
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
		default:
			break prefixes
		}
	}
	if isREX = op>>4 == 4; isREX {
		wide = op&8 != 0
		op = next()
	}
	form := oneByteX86[op]
	switch op {
	case 0x0f:
		switch op = next(); op {
		case 0x38:
			next()
			form = 'M'
		case 0x3a:
			next()
			form = 'b'
		default:
			form = twoBytesX86[op]
		}
	case 0xc4, 0xc5, 0x62: // VEX, and EVEX
		if narrow || repeated || isREX {
			return 0, false, 0, false
		}
		opcodes := byte(1)
		if op != 0xc5 {
			opcodes = next() & 0x1f
		}
		last := next()
		if op == 0x62 {
			if opcodes &= 0x0f; last&4 == 0 {
				return 0, false, 0, false
			}
			next()
		}
		switch op = next(); opcodes {
		case 1:
			if form = twoBytesX86[op]; form == 'J' {
				return 0, false, 0, false
			}
		case 2:
			form = 'M'
		case 3:
			form = 'b'
		}
	}

	long := 4
	if narrow && !wide {
		long = 2
	}
	var reg byte
	isTransaction := false
	if strings.IndexByte("MblGHghZ", form) >= 0 {
		modRM = at
		b := next()
		mod, rm := b>>6, b&7
		reg, isTransaction = b>>3&7, b == 0xf8
		relative = mod == 0 && rm == 5
		hasBase := rm != 4 || mod == 3 || next()&7 != 5 // in the SIB byte
		switch {
		case mod == 1:
			at++
		case mod == 2, relative, mod == 0 && !hasBase:
			at += 4
		}
	}
	ok = !relative || !shortAddress
	switch form {
	case '-', 'M':
	case 'Z':
		ok = ok && reg == 0
	case 'B', 'b':
		at++
	case 'W':
		at += 2
	case 'L', 'l':
		at += long
	case 'J':
		ok = long == 4
		at += 4
	case 'E':
		at += 2 + 1
	case 'Q':
		if at += long; wide {
			at += 4
		}
	case 'A':
		if at += 8; shortAddress {
			at -= 4
		}
	case 'G', 'H':
		switch {
		case reg > 1:
		case form == 'G':
			at++
		default:
			at += long
		}
	case 'g', 'h':
		ok = ok && (reg == 0 || isTransaction)
		if form == 'g' {
			at++
		} else {
			at += long
		}
	default:
		ok = false
	}
	return modRM, relative, at, ok && at <= min(len(code), longest)
}
