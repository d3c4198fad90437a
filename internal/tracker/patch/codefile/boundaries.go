package codefile

import (
	"iter"
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// WithinInstruction reports whether decoding shows that no instruction begins at addr, so
// that what looks like a branch there is none. For one in 1,500 of a library's functions
// there are bytes somewhere, of two instructions, that look like a branch into its first
// bytes.
//
// Decoding begins at the symbol before addr. Where that is far, as in a stripped program, or
// bytes on the way are not understood, it begins at several places just before addr.
func (f *File) WithinInstruction(addr uint64) bool {
	const near = 4 << 10
	i, _ := slices.BinarySearch(f.starts, addr+1)
	if i == 0 {
		return false
	}
	if start := f.starts[i-1]; addr-start <= near {
		for at, inst := range f.Instructions(start, f.CodeAt(start)) {
			if end := at + uint64(inst.Length); end >= addr {
				return at < addr && end > addr
			}
		}
	}
	return f.agreeWithin(addr)
}

// agreeWithin reports whether decoding from each of several places before addr on shows
// that no instruction begins at addr. The places lie side by side, one more than the
// longest instruction has bytes: an instruction does begin at one of them, and decoding
// from the others mostly falls into step with that one within a few instructions. Where it
// does not, places further before are tried.
func (f *File) agreeWithin(addr uint64) bool {
	const places = 16
	for _, before := range [...]uint64{64, 128, 256, 512} {
		code := f.CodeAt(addr - before)
		if code == nil {
			return false
		}
		agree := true
		for skipped := uint64(0); agree && skipped < places; skipped++ {
			agree = f.crosses(code[skipped:], addr-before+skipped, addr)
		}
		if agree {
			return true
		}
	}
	return false
}

// crosses reports whether an instruction reaches across addr, if code is decoded from the
// address at on, and the last instructions before addr are all understood.
func (f *File) crosses(code []byte, at, addr uint64) bool {
	const sure = 32 // bytes
	known := at
	for at < addr && len(code) > 0 {
		length := 1
		if i, ok := f.Machine.Decode(code, at); ok {
			length = i.Length
		} else {
			known = at + 1
		}
		code, at = code[length:], at+uint64(length)
	}
	return at > addr && addr-known >= sure
}

// Instructions yields the instructions of the code that lies at an address, with the address
// of each, up to one that is not understood.
func (f *File) Instructions(at uint64, code []byte) iter.Seq2[uint64, isa.Instruction] {
	return func(yield func(uint64, isa.Instruction) bool) {
		for len(code) > 0 {
			i, ok := f.Machine.Decode(code, at)
			if !ok || !yield(at, i) {
				return
			}
			code, at = code[i.Length:], at+uint64(i.Length)
		}
	}
}
