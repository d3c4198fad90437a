package codefile

import (
	"iter"
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// withinInstruction reports whether decoding shows that no instruction begins at addr. For
// one in 1,500 of a library's functions there are bytes somewhere, of two instructions,
// that look like a branch into its first bytes.
//
// It is decoded from the symbol before addr on. Where that is far, as in a stripped
// program, or something on the way is not known for an instruction, it begins at several
// places just before.
func (m *File) WithinInstruction(addr uint64) bool {
	const near = 4 << 10
	i, _ := slices.BinarySearch(m.starts, addr+1)
	if i == 0 {
		return false
	}
	if start := m.starts[i-1]; addr-start <= near {
		for at, inst := range m.Instructions(start, m.CodeAt(start)) {
			if end := at + uint64(inst.Length); end >= addr {
				return at < addr && end > addr
			}
		}
	}
	return m.agreeWithin(addr)
}

// agreeWithin reports whether decoding from each of several places before addr on shows
// that no instruction begins there. The places are as many, side by side, as the longest
// instruction has bytes and one more: an instruction begins at one of them, and what is
// decoded from the others falls into step with it within a few instructions, mostly.
// Where it does not, it is begun further before.
func (m *File) agreeWithin(addr uint64) bool {
	const places = 16
	for _, before := range [...]uint64{64, 128, 256, 512} {
		code := m.CodeAt(addr - before)
		if code == nil {
			return false
		}
		agree := true
		for skipped := uint64(0); agree && skipped < places; skipped++ {
			agree = m.crosses(code[skipped:], addr-before+skipped, addr)
		}
		if agree {
			return true
		}
	}
	return false
}

// crosses reports whether an instruction reaches across addr, if one begins at the address
// at and one behind the other follow, of which those just before addr are all known.
func (m *File) crosses(code []byte, at, addr uint64) bool {
	const sure = 32 // bytes
	known := at
	for at < addr && len(code) > 0 {
		length := 1
		if i, ok := m.Machine.Decode(code, at); ok {
			length = i.Length
		} else {
			known = at + 1
		}
		code, at = code[length:], at+uint64(length)
	}
	return at > addr && addr-known >= sure
}

// instructions returns those of the code at an address, one behind the other, up to one
// that is not known.
func (m *File) Instructions(at uint64, code []byte) iter.Seq2[uint64, isa.Instruction] {
	return func(yield func(uint64, isa.Instruction) bool) {
		for len(code) > 0 {
			i, ok := m.Machine.Decode(code, at)
			if !ok || !yield(at, i) {
				return
			}
			code, at = code[i.Length:], at+uint64(i.Length)
		}
	}
}
