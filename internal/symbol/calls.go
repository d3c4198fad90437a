package symbol

import (
	"debug/elf"
	"encoding/binary"
	"math"
	"slices"

	"heapprof/internal/object"
)

// BiasByCalls returns the address in memory minus that in the file, for a file of which only addresses are known that calls in its
// code return to. The start of the file lay at the start of a page, so that only so many places are possible, and at the right one
// a call ends before each address. It reports whether there is one such place, and one that is none by chance: a single address
// fits to many places, some ten to one. It is false of another build, and where only a separate debug file was found,
// which has no code.
func (m *Module) BiasByCalls(returns []uint64) (bias uint64, ok bool) {
	file := m.files[0]
	if !m.IsOwnFile() {
		return 0, false
	}
	_ = file.Guard(func() error { // a file that was cut short fits nowhere
		bias, ok = newCallFinder(file).place(returns)
		return nil
	})
	return bias, ok
}

const (
	// chance is how likely it may be at most that a place fits though the file did not lie there.
	chance = 1e-9

	// strays is which part of the addresses may be of no call, as where a signal came, or code goes on that jumped away.
	strays = 1. / 50

	// askedAddresses is how many addresses are looked at, at most: they tell enough.
	askedAddresses = 1024
)

// callFinder tells where in a file's code calls end.
type callFinder struct {
	machine elf.Machine
	code    []codeBytes
}

// codeBytes is a piece of a file's code.
type codeBytes struct {
	section
	data []byte
}

func newCallFinder(file *object.File) *callFinder {
	c := &callFinder{machine: file.Machine}
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		if data := file.Segment(p); len(data) > 0 && p.Vaddr+uint64(len(data)) > p.Vaddr {
			c.code = append(c.code, codeBytes{section{p.Vaddr, p.Vaddr + uint64(len(data))}, data})
		}
	}
	return c
}

// place returns the one place at which calls end before the addresses.
func (c *callFinder) place(returns []uint64) (bias uint64, ok bool) {
	returns = slices.Compact(slices.Sorted(slices.Values(returns)))
	if len(c.code) == 0 || len(returns) == 0 {
		return 0, false
	}
	lo, hi := c.code[0].lo, c.code[0].hi
	for _, piece := range c.code {
		lo, hi = min(lo, piece.lo), max(hi, piece.hi)
	}
	first, last := returns[0], returns[len(returns)-1]
	if last-first > hi-lo || first < lo || c.machine != elf.EM_X86_64 && c.machine != elf.EM_AARCH64 {
		return 0, false
	}
	if n := len(returns); n > askedAddresses {
		for i := range askedAddresses {
			returns[i] = returns[i*n/askedAddresses]
		}
		returns = returns[:askedAddresses]
	}
	lacking := int(float64(len(returns)) * strays)
	fitting := 0
	// The least that can be is that the last address ends the code, or that the file lay where it says.
	least := uint64(0)
	if last > hi {
		least = (last - hi + pageSize - 1) &^ (pageSize - 1)
	}
	places := (first-lo-least)/pageSize + 1
	if !c.isTelling(len(returns), lacking, places) {
		return 0, false
	}
	for at := least; at <= first-lo; at += pageSize {
		if c.fits(returns, at, lacking) {
			bias, fitting = at, fitting+1
		}
	}
	return bias, fitting == 1
}

// fits reports whether calls end before all addresses but so many, if the file lay at bias.
func (c *callFinder) fits(returns []uint64, bias uint64, lacking int) bool {
	for _, at := range returns {
		if !c.endsCall(at - bias) {
			if lacking--; lacking < 0 {
				return false
			}
		}
	}
	return true
}

// isTelling reports whether so many addresses, of which some may be of no call, fit by chance to one of so many places only
// if the chance is very small.
func (c *callFinder) isTelling(n, lacking int, places uint64) bool {
	share := c.share()
	if share == 0 {
		return false
	}
	logChance := math.Log(float64(places)) + float64(n-lacking)*math.Log(share)
	for i := range lacking { // which of them are of no call
		logChance += math.Log(float64(n-i)) - math.Log(float64(i+1))
	}
	return logChance < math.Log(chance)
}

// share returns before which part of the addresses in the code a call ends, as a sample of them tells. Of a thousand addresses it
// is at least one, so that a file of few calls needs some addresses, too.
func (c *callFinder) share() float64 {
	const sampled = 64 << 10
	size := 0
	for _, piece := range c.code {
		size += len(piece.data)
	}
	step := max(1, size/sampled)
	if c.machine == elf.EM_AARCH64 {
		step = (step + 3) &^ 3
	}
	calls, all := 0, 0
	for _, piece := range c.code {
		for at := piece.lo; at < piece.hi; at += uint64(step) {
			all++
			if c.endsCall(at) {
				calls++
			}
		}
	}
	return max(float64(calls)/float64(max(1, all)), 1e-3)
}

// endsCall reports whether a call instruction ends at an address of the file's.
func (c *callFinder) endsCall(at uint64) bool {
	for i := range c.code {
		if piece := &c.code[i]; piece.lo < at && at <= piece.hi {
			before := piece.data[:at-piece.lo]
			if c.machine == elf.EM_AARCH64 {
				return at%4 == 0 && endsCallA64(before)
			}
			return c.endsDirectCall(before, at) || endsIndirectCall(before)
		}
	}
	return false
}

// endsDirectCall reports whether code that ends at an address ends with a call of a function in the code.
func (c *callFinder) endsDirectCall(code []byte, at uint64) bool {
	n := len(code)
	if n < 5 || code[n-5] != 0xe8 {
		return false
	}
	target := at + uint64(int64(int32(binary.LittleEndian.Uint32(code[n-4:]))))
	return slices.ContainsFunc(c.code, func(piece codeBytes) bool { return piece.lo <= target && target < piece.hi })
}

// endsIndirectCall reports whether x86-64 code ends with a call through a register or memory: the byte 0xff, and what it calls
// in as many bytes as that takes.
func endsIndirectCall(code []byte) bool {
	n := len(code)
	for size := 2; size <= 7 && size <= n; size++ {
		if code[n-size] == 0xff && operandEnd(code[n-size+1:]) == size-1 {
			return true
		}
	}
	return false
}

// operandEnd returns how many bytes the operand of a call takes that code begins with; 0 where it is no call's.
func operandEnd(code []byte) int {
	const call = 2
	mode, function, register := code[0]>>6, code[0]>>3&7, code[0]&7
	if function != call {
		return 0
	}
	size := 1
	if mode != 3 && register == 4 {
		if size++; len(code) < size {
			return 0
		}
		if mode == 0 && code[1]&7 == 5 {
			size += 4
		}
	}
	switch {
	case mode == 0 && register == 5, mode == 2:
		size += 4
	case mode == 1:
		size++
	}
	return size
}

// endsCallA64 reports whether arm64 code ends with BL, BLR, or a BLR that authenticates.
func endsCallA64(code []byte) bool {
	if len(code) < 4 {
		return false
	}
	word := binary.LittleEndian.Uint32(code[len(code)-4:])
	return word>>26 == 0b100101 || word&0xfffffc1f == 0xd63f0000 || word&0xfefff800 == 0xd63f0800
}
