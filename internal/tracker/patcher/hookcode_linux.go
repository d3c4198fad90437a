//go:build linux && (amd64 || arm64)

package patcher

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// hookCode is the code of the hooks of one file in one process, made for the place where it
// is to lie. For each patched function it has the record that its hook is handed, the stub
// to which the function's entry jumps, and the moved code.
type hookCode struct {
	at      uint64
	bytes   []byte
	patches []wire.PlanPatch
}

const (
	recordBytes = uint64(unsafe.Sizeof(wire.PatchRecord{}))
	stubBytes   = 16
	movedAlign  = 16

	longestCall = 8 // bytes before a return address that are looked at

	// usersStackWords is how many arguments, beyond those in registers, are passed on for a
	// function that the user named. Functions of the known families have no such arguments.
	usersStackWords = 8
)

// hookCodeBytes returns the length of the hooks' code for a plan, in bytes.
func hookCodeBytes(p *patch.Plan) uint64 {
	n := uint64(0)
	for i := range p.Patches {
		n += recordBytes + stubBytes + uint64(len(passCode(p.Machine))) + movedBytes(&p.Patches[i])
	}
	return n
}

// mappedBytes returns how many bytes a mapping of n bytes takes: whole pages.
func mappedBytes(n int) uint64 { return (uint64(n) + wire.Page - 1) &^ (wire.Page - 1) }

// movedBytes returns how many bytes the moved code of a function takes, with padding.
func movedBytes(p *patch.Patch) uint64 {
	return (uint64(len(p.Moved.Bytes)) + movedAlign - 1) &^ (movedAlign - 1)
}

// newHookCode makes the hooks' code for a file that is loaded at bias. It fails if at is
// too far away from the file.
func newHookCode(p *patch.Plan, at, bias uint64, f procfs.File) (*hookCode, error) {
	code := &hookCode{at: at, bytes: make([]byte, hookCodeBytes(p))}
	n := uint64(len(p.Patches))
	record, stub, moved := uint64(0), n*recordBytes, n*(recordBytes+stubBytes)
	for i := range p.Patches {
		q := &p.Patches[i]
		moved += uint64(copy(code.bytes[moved:], passCode(p.Machine)))
		original, err := intoMoved(p, q.Moved, at, bias).Place(at+moved, bias)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.Name, err)
		}
		jump := q.Over
		jump.Fixups = []isa.Fixup{{Offset: q.Over.Fixups[0].Offset, Kind: q.Over.Fixups[0].Kind, Target: at + stub}}
		over, err := jump.Place(bias+q.At(), 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.Name, err)
		}
		copy(code.bytes[moved:], original)
		copy(code.bytes[stub:], stubCode(p.Machine, at+stub, at+record))
		c := q.Call
		r := wire.PatchRecord{
			Original: at + moved,
			Action:   c.Action, Size: c.Size, Count: c.Count, Pointer: c.Pointer, Out: c.Out, Sized: c.Sized,
			Fresh: 1, Entry: bias + q.Entry,
		}
		if q.Apart {
			r.Apart = 1
		}
		if q.Family == allocator.RustFamily {
			r.BuiltOn = 1
		}
		if q.Family == allocator.OperatorFamily && !strings.Contains(q.Name, "nothrow") {
			r.Throws = 1
		}
		switch own := f.PartAt(bias + q.Entry); {
		case c.Action == wire.ActionMark:
			r.Mark, r.Entered = q.Number, uint64(q.Entered)
		case c.Action == wire.ActionCount:
			r.Mark, r.Weight = q.Number, c.Weight
		case q.IsLibc:
			r.OwnStart, r.OwnBytes = own.Start+longestCall, own.End-own.Start-longestCall
		case q.Own.Bytes > longestCall:
			r.OwnStart, r.OwnBytes = bias+q.Own.Start+longestCall, q.Own.Bytes-longestCall+1
		}
		if q.Family == allocator.UsersFamily {
			// What it makes may be a copy of something, or have been initialized.
			r.StackWords, r.Fresh = usersStackWords, 0
		}
		encodeInto(code.bytes[record:], r)
		entry := wire.PlanPatch{
			Entry:         bias + q.Entry,
			ExpectedBytes: uint8(len(q.Expected)), OverBytes: uint8(len(over)),
			MakesReturn: q.Moved.PushesReturn,
			Record:      uint32(record),
		}
		copy(entry.Expected[:], q.Expected)
		copy(entry.Over[:], over)
		code.patches = append(code.patches, entry)
		record, stub, moved = record+recordBytes, stub+stubBytes, moved+movedBytes(q)
	}
	return code, nil
}

// changes returns what the patches change, for it to be undone.
func (c *hookCode) changes() (all []undo.Change) {
	for i := range c.patches {
		all = append(all, changeOf(&c.patches[i]))
	}
	return all
}

// changeOf returns what a patch changes.
func changeOf(q *wire.PlanPatch) undo.Change {
	expected, over := q.Expected[:q.ExpectedBytes], q.Over[:q.OverBytes]
	kept := len(expected) - len(over)
	return undo.Change{At: q.Entry + uint64(kept), Old: expected[kept:], New: over}
}

// intoMoved returns moved code that branches to where other overwritten instructions were moved, of a plan whose
// hooks' code lies at the address at.
func intoMoved(p *patch.Plan, code isa.Code, at, bias uint64) isa.Code {
	code.Fixups = slices.Clone(code.Fixups)
	for i := range code.Fixups {
		moved := uint64(len(p.Patches)) * (recordBytes + stubBytes)
		for j := range p.Patches {
			q := &p.Patches[j]
			moved += uint64(len(passCode(p.Machine)))
			if to, ok := q.PlaceOf(code.Fixups[i].Target); ok {
				code.Fixups[i].Target = at + moved + to - bias
			}
			moved += movedBytes(q)
		}
	}
	return code
}

// stubCode returns code that calls a hook: it jumps to the address that is the first word
// of the record, with the record's address in a register that carries no argument (System V
// ABI for AMD64, figure 3.4; Procedure Call Standard for the Arm 64-bit Architecture,
// 6.1.1). On x86-64 it saves that register in the red zone, which no signal handler touches
// (3.2.2).
func stubCode(machine elf.Machine, at, record uint64) []byte {
	if machine == elf.EM_AARCH64 {
		by := uint32(record - at)
		adr := 0x10000010 | by&3<<29 | by>>2&(1<<19-1)<<5 // adr x16, record
		code := binary.LittleEndian.AppendUint32(nil, adr)
		code = binary.LittleEndian.AppendUint32(code, 0xf9400211) // ldr x17, [x16]
		return binary.LittleEndian.AppendUint32(code, 0xd61f0220) // br x17
	}
	code := []byte{
		0x4c, 0x89, 0x5c, 0x24, 0xe8, // mov %r11, -24(%rsp)
		0x4c, 0x8d, 0x1d, 0, 0, 0, 0, // lea record(%rip), %r11
		0x41, 0xff, 0x23, // jmp *(%r11)
	}
	const field, next = 8, 12 // of lea
	binary.LittleEndian.PutUint32(code[field:], uint32(record-(at+next)))
	return code
}

// passCode returns the code in front of a moved function: a hook that passes on a call at
// once, with all registers as they were, enters there. It gives the stub's register its value
// back. arm64 needs none.
func passCode(machine elf.Machine) []byte {
	if machine == elf.EM_AARCH64 {
		return nil
	}
	return []byte{
		0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, // int3: nobody comes here
		0x4c, 0x8b, 0x5c, 0x24, 0xe8, // mov -24(%rsp), %r11
	}
}

// encodeInto writes a structure of fixed size into a buffer, as it lies in memory.
func encodeInto(to []byte, v any) {
	if _, err := binary.Encode(to, binary.LittleEndian, v); err != nil {
		panic(err) // to is too short
	}
}
