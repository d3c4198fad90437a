package follow

import "encoding/binary"

// Encodings of arm64 (Arm Architecture Reference Manual, C4.1).
const (
	bARM64    = 0x14000000
	blARM64   = 0x94000000
	brARM64   = 0xd61f0000
	blrARM64  = 0xd63f0000
	retARM64  = 0xd65f0000
	movARM64  = 0xaa0003e0 // orr xd, xzr, xm
	fmovARM64 = 0x9e670000 // fmov dd, xn

	spARM64 = 31
)

// resultsARM64 are the registers of results (Procedure Call Standard for the Arm 64-bit
// Architecture, 6.9): x0 and x1, v0 to v3.
var resultsARM64 = []int{0, 1, vector, vector + 1, vector + 2, vector + 3}

// isLostARM64 reports whether a called function may change a register: all but x19 to x29 and
// sp; of v8 to v15 the lower half stays (6.1).
func isLostARM64(register int) bool {
	return register < 19 || register == 30 || register >= vector && (register < vector+8 || register >= vector+16)
}

// branchARM64 returns the distance in bytes of a branch with 26 bits.
func branchARM64(word uint32) int64 { return int64(int32(word<<6)) >> 6 << 2 }

// stepARM64 follows one instruction. It is false where there is no way on.
func (w *walker) stepARM64() bool {
	code := w.code()
	if len(code) < 4 {
		return false
	}
	word := binary.LittleEndian.Uint32(code)
	rn := int(word >> 5 & 31)
	switch {
	case word>>26 == blARM64>>26:
		if !w.call(Value{Address, int64(w.at) + branchARM64(word)}, 0, resultsARM64, isLostARM64) {
			return false
		}
	case word&^0x3e0 == blrARM64:
		if !w.call(w.held[rn], 0, resultsARM64, isLostARM64) {
			return false
		}
	case word>>26 == bARM64>>26:
		to := int64(w.at) + branchARM64(word)
		if uint64(to)-w.o.At < uint64(len(w.o.Code)) {
			return w.jump(w.at+4, uint64(to))
		}
		w.call(Value{Address, to}, 0, resultsARM64, isLostARM64)
		return false
	case word&^0x3e0 == brARM64:
		w.call(w.held[rn], 0, resultsARM64, isLostARM64)
		return false
	case word&^0x3e0 == retARM64:
		if w.held[0].Kind == Block {
			w.yield(Event{At: w.at, Kind: Returned, Offset: w.held[0].Number})
		}
		return false
	case word>>16 == 0: // udf
		return false
	case word>>24 == 0x54: // b.cond
		if w.enter(w.at + uint64(int64(int32(word<<8))>>13<<2)) {
			return true
		}
	default:
		if !w.computeARM64(word) {
			return false
		}
	}
	w.at += 4
	return true
}

// computeARM64 follows an instruction behind which execution goes on, on one way at least.
func (w *walker) computeARM64(word uint32) bool {
	rd, rn := int(word&31), int(word>>5&31)
	switch class := word >> 25 & 0xf; {
	case class&5 == 4: // loads and stores
		return w.memoryARM64(word)
	case class>>1 == 5: // branches and the system
		if word>>20 == 0xd53 { // mrs
			w.setARM64(rd, Value{})
		}
		return true
	case word&0x1f000000 == 0x10000000: // adr, adrp
		distance := int64(int32(word<<8))>>13<<2 | int64(word>>29&3)
		if word>>31 == 0 {
			w.setARM64(rd, Value{Address, int64(w.at) + distance})
		} else {
			w.setARM64(rd, Value{Address, int64(w.at)&^0xfff + distance<<12})
		}
	case word&0xbf800000 == 0x91000000: // add and sub of an immediate
		n := int64(word >> 10 & 0xfff)
		if word>>22&1 != 0 {
			n <<= 12
		}
		if word>>30&1 != 0 {
			n = -n
		}
		if rd == spARM64 && rn == spARM64 {
			w.move(spARM64, n)
			return true
		}
		w.set(rd, w.held[rn].plus(n))
	case word&0xffe0ffe0 == movARM64:
		w.setARM64(rd, w.held[word>>16&31])
	case word&0xfffffc00 == fmovARM64:
		w.set(vector+rd, w.held[rn])
	case class&7 == 7: // of vectors and floating-point numbers, which may write to a general register
		w.setARM64(rd, Value{})
		if word&0xffe0fc00 != 0x4e001c00 || word>>16&31 == 8 { // not ins, which may write the upper half only
			w.set(vector+rd, Value{})
		}
	default:
		if word&0x7f000000 == 0x71000000 || word&0x7f000000 == 0x6b000000 || word&0x7f000000 == 0x6a000000 {
			if rd == spARM64 { // a comparison
				return true
			}
		}
		w.setARM64(rd, Value{})
	}
	return true
}

// setARM64 changes a register, of which that of the number 31 is always zero.
func (w *walker) setARM64(register int, v Value) {
	if register != spARM64 {
		w.set(register, v)
	}
}

// memoryARM64 follows a load or a store.
func (w *walker) memoryARM64(word uint32) bool {
	rt, rn := int(word&31), int(word>>5&31)
	isVector := word>>26&1 != 0
	if isVector {
		rt += vector
	}
	switch {
	case word>>27&7 == 5: // of two registers
		second := int(word >> 10 & 31)
		size := 4 << (word >> 31)
		if isVector {
			second += vector
			size = 4 << (word >> 30)
		}
		offset := int64(int32(word<<10)) >> 25 * int64(size)
		return w.access(word>>22&1 != 0, []int{rt, second}, rn, offset, size, int(word>>23&3))
	case word>>27&7 == 7 && word>>24&3 == 1: // an offset in units of the size
		size := sizeARM64(word)
		return w.access(isLoadARM64(word), []int{rt}, rn, int64(word>>10&0xfff)*int64(size), size, offsetMode)
	case word>>27&7 == 7 && word>>24&3 == 0 && word>>21&1 == 0:
		mode := map[uint32]int{0: offsetMode, 1: postMode, 2: offsetMode, 3: preMode}[word>>10&3]
		return w.access(isLoadARM64(word), []int{rt}, rn, int64(int32(word<<11))>>23, sizeARM64(word), mode)
	case word>>27&7 == 3: // from a literal
		w.setARM64(rt, Value{})
	default: // at a register's distance, or exclusive
		if isLoadARM64(word) || word>>27&7 == 1 {
			w.setARM64(rt, Value{})
		}
		if word>>27&7 == 1 {
			w.setARM64(int(word>>16&31), Value{})
		}
	}
	return true
}

// sizeARM64 returns how many bytes a load or a store of one register is of.
func sizeARM64(word uint32) int {
	if word>>26&1 != 0 && word>>23&1 != 0 {
		return 16
	}
	return 1 << (word >> 30)
}

// isLoadARM64 reports whether an instruction of one register loads.
func isLoadARM64(word uint32) bool {
	if word>>26&1 != 0 {
		return word>>22&1 != 0
	}
	return word>>22&3 != 0
}

// How an address is made of a register, by bits 23 and 24 of an instruction of two registers.
const (
	postMode   = 1 // the register itself, which moves on
	offsetMode = 2
	preMode    = 3 // the register after it has moved on
)

// access follows the load or the store of registers of that size.
func (w *walker) access(isLoad bool, registers []int, base int, offset int64, size, mode int) bool {
	if mode == preMode {
		w.moveOn(base, offset)
		offset = 0
	}
	at := offset
	if mode == postMode {
		at = 0
	}
	for n, register := range registers {
		at := at + int64(n*size)
		switch {
		case isLoad:
			v := Value{}
			if size == 8 {
				v = w.load(base, at)
			}
			if register != base {
				w.setARM64(register, v)
			}
		default:
			v := Value{}
			if size >= 8 && register != spARM64 {
				v = w.held[register]
			}
			if !w.store(base, at, size, v) {
				return false
			}
		}
	}
	if isLoad {
		for _, register := range registers {
			if register == base {
				w.setARM64(register, Value{})
			}
		}
	}
	if mode == postMode {
		w.moveOn(base, offset)
	}
	return true
}

// moveOn adds to the register that an address is made of.
func (w *walker) moveOn(register int, n int64) {
	if w.held[register].Kind == Unknown {
		w.move(register, n)
		return
	}
	w.set(register, w.held[register].plus(n))
}
