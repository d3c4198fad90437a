package unwind

import (
	"debug/elf"
	"encoding/binary"
)

// Walker follows stacks of one process.
type Walker struct {
	Memory  Memory
	Machine elf.Machine

	// TableAt returns the table of the module that an address is in; nil where it has none.
	TableAt func(at uint64) *Table
	// IsCode reports whether an address is one of code.
	IsCode func(at uint64) bool
	// StackEnd returns where the stack ends that an address is in; 0: there is none.
	StackEnd func(at uint64) uint64
}

// A stack has no more frames, and there are no more signals' stacks in it.
const (
	mostFrames   = 1 << 16
	mostSwitches = 16
)

// walk is a stack that is followed.
type walk struct {
	*Walker
	operations int // of expressions, that may still be run
}

// Walk calls f for each frame of a thread's stack, from the innermost outward, as long as it returns true. It reports whether the frames were followed to the outermost one, which
// has a CFA then.
func (w *Walker) Walk(pc uint64, general [Registers]uint64, f func(*Frame) bool) (whole bool) {
	m := machineOf(w.Machine)
	frame := &Frame{PC: pc, At: pc, SP: general[m.sp], General: general, Known: 1<<Registers - 1}
	stack, switches := w.StackEnd(frame.SP), 0
	on := walk{w, mostOperations}
	for range mostFrames {
		caller, isSignal, ended := on.step(frame, m)
		if frame.CFA <= frame.SP || frame.CFA > stack {
			if end := w.StackEnd(frame.CFA); isSignal && caller != nil && end != 0 && switches < mostSwitches {
				frame.Switches, stack = true, end
				switches++
			} else {
				caller, ended, frame.CFA = nil, false, 0
			}
		}
		if !f(frame) {
			return false
		}
		if caller == nil {
			return ended
		}
		frame = caller
	}
	return false
}

// step finds a frame's CFA, and its caller: nil where that is not known, or where it has none, which ended tells. Of
// the frame of a signal it is what was interrupted.
func (w *walk) step(f *Frame, m machine) (caller *Frame, isSignal, ended bool) {
	var e *entry
	var err error
	if t := w.TableAt(f.At); t != nil {
		e, err = t.find(f.At)
	}
	if err != nil {
		return nil, false, false
	}
	if e == nil {
		return w.guess(f, m), false, false
	}
	rules, err := e.rowAt(f.At)
	if err != nil {
		return nil, false, false
	}
	if f.CFA, err = w.cfa(f, &rules.cfa); err != nil {
		f.CFA = 0
		return nil, false, false
	}
	caller = &Frame{SP: f.CFA, Guessed: f.Guessed}
	for i := range rules.rules {
		if v, ok := w.value(f, uint64(i), &rules.rules[i]); ok {
			caller.set(uint64(i), v)
		}
		if r := &rules.rules[i]; r.kind == savedAt && uint64(i) != e.returns && uint64(i) != m.sp {
			f.Saved[i] = f.CFA + uint64(r.offset)
		}
	}
	if r := rules.rules[m.sp].kind; r == unchanged {
		caller.set(m.sp, f.CFA)
	}
	caller.SP = caller.General[m.sp]
	pc, ok := w.returns(f, e, &rules, m)
	if !ok {
		return nil, false, e.returns < Registers && rules.rules[e.returns].kind == undefined
	}
	caller.PC = pc
	if pc == 0 {
		return nil, false, true // as the outermost frames of threads have it
	}
	caller.At = pc - 1
	if e.isSignal {
		caller.At = pc
	}
	return caller, e.isSignal, false
}

// returns returns where a function returns to; false where that is not known.
func (w *walk) returns(f *Frame, e *entry, rules *row, m machine) (uint64, bool) {
	if e.returns >= Registers {
		return 0, false
	}
	v, ok := w.value(f, e.returns, &rules.rules[e.returns])
	return v & m.mask, ok
}

func (w *walk) cfa(f *Frame, r *rule) (uint64, error) {
	switch r.kind {
	case inRegister:
		if v, ok := f.Register(r.register); ok {
			return v + uint64(r.offset), nil
		}
		return 0, errUnknown
	case isResult:
		return w.evaluate(f, r.expression)
	}
	return 0, errDamaged
}

// value returns what the caller has in a register; false where that is not known.
func (w *walk) value(f *Frame, register uint64, r *rule) (uint64, bool) {
	switch r.kind {
	case unchanged:
		return f.Register(register)
	case savedAt:
		return w.load(f.CFA + uint64(r.offset))
	case isOffset:
		return f.CFA + uint64(r.offset), true
	case inRegister:
		return f.Register(r.register)
	case savedAtResult, isResult:
		v, err := w.evaluate(f, r.expression, f.CFA)
		if err != nil {
			return 0, false
		}
		if r.kind == savedAtResult {
			return w.load(v)
		}
		return v, true
	}
	return 0, false
}

func (w *walk) load(at uint64) (uint64, bool) {
	var b [8]byte
	if n, _ := w.Memory.ReadAt(b[:], at); n < len(b) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), true
}

// guess finds the caller of a frame of which nothing is known by the frame pointer, if that seems to be one: by both
// ABIs it points to the caller's, behind which the return address is.
func (w *walk) guess(f *Frame, m machine) *Frame {
	fp, ok := f.Register(m.fp)
	if !ok || fp < f.SP || fp&7 != 0 {
		return nil
	}
	saved, ok := w.load(fp)
	pc, readable := w.load(fp + 8)
	pc &= m.mask
	if !ok || !readable || saved != 0 && saved <= fp || !w.IsCode(pc-1) {
		return nil
	}
	f.CFA = fp + 16
	caller := &Frame{PC: pc, At: pc - 1, SP: f.CFA, Guessed: true}
	caller.set(m.sp, f.CFA)
	caller.set(m.fp, saved)
	return caller
}
