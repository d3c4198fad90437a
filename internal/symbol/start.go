package symbol

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"sort"
)

// addStart adds the names of the two functions of a stripped program that its entry tells: _start, which is the entry, and main, whose
// address that hands to the C library. It does so where the code is what glibc links programs with, on x86-64, and both
// functions have unwind information, by which it is known how far they reach.
func (m *Module) addStart(t *symbolTable) {
	file := m.files[0]
	if file.Machine != elf.EM_X86_64 || file.Entry == 0 || m.hasSymbols() {
		return
	}
	entry, ok := m.sectionOf(file.Entry)
	if !ok {
		return
	}
	for _, s := range file.Sections {
		if s.Addr != entry.lo || s.Flags&elf.SHF_EXECINSTR == 0 {
			continue
		}
		code := file.Plain(s)
		if from := file.Entry - s.Addr; from < uint64(len(code)) {
			code = code[from:]
			code = code[:min(len(code), startBytes)]
			if main, ok := m.mainIn(code); ok {
				m.addFunction(t, file.Entry, "_start")
				m.addFunction(t, main, "main")
			}
		}
		return
	}
}

// startBytes is more than glibc's _start has.
const startBytes = 64

// mainIn returns the address of main that the code at a program's entry hands to __libc_start_main.
func (m *Module) mainIn(code []byte) (uint64, bool) {
	at := m.files[0].Entry
	// lea main(%rip),%rdi or mov $main,%rdi, and at once call *__libc_start_main@GOT(%rip).
	for i := 0; i+13 <= len(code); i++ {
		if !bytes.Equal(code[i+7:i+9], []byte{0xff, 0x15}) {
			continue
		}
		operand := uint64(int64(int32(binary.LittleEndian.Uint32(code[i+3:]))))
		main := operand
		switch {
		case bytes.Equal(code[i:i+3], []byte{0x48, 0x8d, 0x3d}):
			main = at + uint64(i) + 7 + operand
		case !bytes.Equal(code[i:i+3], []byte{0x48, 0xc7, 0xc7}):
			continue
		}
		slot := at + uint64(i) + 13 + uint64(int64(int32(binary.LittleEndian.Uint32(code[i+9:]))))
		names := slotNames(m.files[0], map[uint64]bool{slot: true})
		return main, withoutVersion(names[slot]) == "__libc_start_main"
	}
	return 0, false
}

// addFunction adds a name for the function that begins at an address, if the unwind information has one there.
func (m *Module) addFunction(t *symbolTable, addr uint64, name string) {
	functions := m.functions()
	i := sort.Search(len(functions), func(i int) bool { return functions[i].Function >= addr })
	if i == len(functions) || functions[i].Function != addr {
		return
	}
	t.symbols = append(t.symbols, elfSymbol{addr: addr, size: functions[i].End - addr, table: uint16(len(t.names)), info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC)})
	t.names = append(t.names, []byte(name+"\x00"))
}
