package unwind

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"slices"
	"testing"
)

// at is where the memory of these tests begins: unwind information of 1 KiB, a stack of 1 KiB.
const (
	at      = 0x10000
	stackAt = at + 1024
	codeAt  = at + 512 // of 16 bytes
)

// memory is bytes from at on.
type memory []byte

func (m memory) ReadAt(p []byte, addr uint64) (int, error) {
	if addr < at || addr-at >= uint64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[addr-at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// described returns memory with a search table for one function, and the function's instructions.
func described(instructions ...byte) memory {
	put := binary.LittleEndian
	m := memory{1, 0x1b, 0x03, 0x3b} // relative, plain and to the table, of four bytes
	m = put.AppendUint32(m, 16)      // the section, 20 bytes on
	m = put.AppendUint32(m, 1)
	m = put.AppendUint32(m, codeAt-at)
	m = put.AppendUint32(m, 20+20)
	common := []byte{0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8} // no instruction but the CFA: sp + 8
	m = append(put.AppendUint32(m, uint32(len(common))), common...)
	entry := put.AppendUint32(nil, 24) // back to the common one
	entry = put.AppendUint32(entry, uint32(codeAt-at-(40+8)))
	entry = append(put.AppendUint32(entry, 16), 0)
	entry = append(entry, instructions...)
	m = append(put.AppendUint32(m, uint32(len(entry))), entry...)
	m = append(m, make([]byte, 2048-len(m))...)
	put.PutUint64(m[stackAt-at:], codeAt+4)
	put.PutUint64(m[stackAt-at+16:], codeAt+8)
	return m
}

// frames follows the stack that lies in memory.
func frames(m memory, general [Registers]uint64) (all []Frame, whole bool) {
	table, err := NewTable(m, at)
	if err != nil {
		return nil, false
	}
	w := Walker{
		Memory: m, Machine: elf.EM_X86_64,
		TableAt:  func(uint64) *Table { return table },
		IsCode:   func(addr uint64) bool { return addr >= codeAt && addr < codeAt+16 },
		StackEnd: func(uint64) uint64 { return stackAt + 1024 },
	}
	general[7] = stackAt
	whole = w.Walk(codeAt, general, func(f *Frame) bool {
		all = append(all, *f)
		return true
	})
	return all, whole
}

func TestAFrameEndsWhereItsInstructionsSay(t *testing.T) {
	for name, c := range map[string]struct {
		instructions []byte
		want         []uint64 // CFAs
	}{
		// The second frame's return address is 0, so that it is the outermost one.
		"common":     {nil, []uint64{stackAt + 8, stackAt + 16}},
		"further on": {[]byte{0x42 /* two bytes on */, 0x0e, 24}, []uint64{stackAt + 8, stackAt + 32}},
		"expression": {[]byte{0x0f, 2, 0x77, 24 /* sp + 24 */}, []uint64{stackAt + 24, stackAt + 48}},
		"undefined":  {[]byte{0x07, 16}, []uint64{stackAt + 8}},
	} {
		m := described(append([]byte{0x90, 1}, c.instructions...)...) // the return address is at the CFA less 8
		if name == "undefined" {
			m = described(c.instructions...)
		}
		all, _ := frames(m, [Registers]uint64{})
		var got []uint64
		for _, f := range all {
			got = append(got, f.CFA)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: CFAs %x, want %x", name, got, c.want)
		}
	}
}

// Whatever the information says, a stack comes to an end.
func FuzzWalk(f *testing.F) {
	f.Add([]byte(described(0x90, 1)), uint64(stackAt))
	f.Add([]byte(described(0x0f, 2, 0x77, 24, 0x90, 1)), uint64(0))
	f.Add([]byte(described(0x0a, 0x44, 0x0b, 0x16, 3, 3, 0x2f, 0xfd, 0xff)), uint64(stackAt+64))
	f.Fuzz(func(t *testing.T, bytes []byte, register uint64) {
		m := memory(bytes)
		all, _ := frames(m, [Registers]uint64{6: register})
		for i := 1; i < len(all); i++ {
			if all[i].SP <= all[i-1].SP {
				t.Fatalf("frame %d lies at %x, that within it at %x", i, all[i].SP, all[i-1].SP)
			}
		}
		NewTableOf(m, at, uint64(len(m)))
	})
}
