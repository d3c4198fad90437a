package follow

import (
	"debug/elf"
	"encoding/binary"
)

// Call returns the function that the call calls behind which is the address next. It is false if the
// code, which ends there, ends in no call that tells.
func Call(machine elf.Machine, code []byte, next uint64) (Value, bool) {
	switch machine {
	case elf.EM_X86_64:
		return callX86(code, next)
	case elf.EM_AARCH64:
		if n := len(code); n >= 4 {
			if word := binary.LittleEndian.Uint32(code[n-4:]); word>>26 == blARM64>>26 {
				return Value{Address, int64(next) - 4 + branchARM64(word)}, true
			}
		}
	}
	return Value{}, false
}

// callX86 returns where a call that ends at the address next goes, and reports whether code, which
// ends there, ends in a call.
func callX86(code []byte, next uint64) (Value, bool) {
	n := len(code)
	if n >= 5 && code[n-5] == 0xe8 {
		return Value{Address, int64(next) + int64(int32(binary.LittleEndian.Uint32(code[n-4:])))}, true
	}
	if n >= 6 && code[n-6] == 0xff && code[n-5] == 0x15 { // through a slot
		return Value{Slot, int64(next) + int64(int32(binary.LittleEndian.Uint32(code[n-4:])))}, true
	}
	return Value{}, false
}

// near is how many bytes before a call its arguments are loaded, at most.
const near = 64

// Loads reports whether what code last loads into the register of a function's first argument,
// shortly before its end, is the number n.
func Loads(machine elf.Machine, code []byte, n uint64) bool {
	code = code[max(len(code)-near, 0):]
	switch machine {
	case elf.EM_X86_64: // mov edi, n
		for i := len(code) - 5; i >= 0; i-- {
			if code[i] != 0xbf {
				continue
			}
			if loaded := binary.LittleEndian.Uint32(code[i+1:]); loaded < 1<<24 { // else it may be part of another instruction
				return uint64(loaded) == n
			}
		}
	case elf.EM_AARCH64: // mov w0 or x0, n
		for ; len(code) >= 4; code = code[:len(code)-4] {
			if word := binary.LittleEndian.Uint32(code[len(code)-4:]); word&0x7fe0001f == 0x52800000 {
				return uint64(word>>5&0xffff) == n
			}
		}
	}
	return false
}
