package patch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

// FuzzHook plans the hook of whatever bytes: the plan overwrites what it says, moves
// what fits its flat form, and its code can be placed.
func FuzzHook(f *testing.F) {
	for _, code := range []string{
		"f3 0f 1e fa 48 8b 05 10 00 00 00 74 05 c3", "50 ff 15 10 00 00 00 58 c3", "eb 03 90 90 90 c3", "62 f1 fe 48 6f 05 10 00 00 00 c3",
		"66 66 48 e8 00 00 00 00 c3", "67 c5 fe 6f 05 10 00 00 00", "75 fe 75 fc 7f 00 c3",
	} {
		f.Add(bytesOf(f, code), uint8(0), false)
	}
	f.Add(words(armPACIASP, 0xb0000001, armRet), uint8(0), true)
	f.Add(words(0x94000400, armRet), uint8(4), true)
	f.Fuzz(func(t *testing.T, code []byte, size uint8, isARM64 bool) {
		var m machine = x86{}
		if isARM64 {
			m = arm64{}
		}
		b := &body{entry: testEntry, code: code, size: min(int(size), len(code))}
		if size == 0 {
			b.size = len(code)
		}
		m.branches(code, testEntry, 0, 1<<63, func(from, _ uint64, _ bool) {
			if from < testEntry || from >= testEntry+uint64(len(code)) {
				t.Errorf("a branch at %#x, which is not in the code", from)
			}
		})
		m.slotBranches(code, testEntry, func(_, _ uint64) {})
		followAnything(t, &module{machine: m}, b)
		h, err := m.hook(b)
		if err != nil {
			return
		}
		if !h.fits() {
			t.Errorf("% x has no room in a plan", h.moved.Bytes)
		}
		if len(h.over.Bytes) != h.length || h.skip+h.length > len(code) {
			t.Errorf("%d bytes are written over %d from %d on, of %d", len(h.over.Bytes), h.length, h.skip, len(code))
		}
		checkFixups(t, h.over)
		checkFixups(t, h.moved)
		mod := &module{machine: m}
		if err := mod.sameMeaning(b, h); err != nil && !isFar(h, b) {
			t.Error(err)
		}
	})
}

// followAnything follows values through a function: what is passed on is an argument that
// there is.
func followAnything(t *testing.T, m *module, b *body) {
	m.waysOn(b)
	m.callsFirst(b)
	leavings, _ := m.leaves(b, doesMore)
	for _, l := range leavings {
		for n, v := range l.arguments {
			if v.kind == argument && (v.number == 0 || v.number > lastArgument) {
				t.Errorf("argument %d is %+v", n, v)
			}
		}
	}
}

// checkFixups checks that code can be placed.
func checkFixups(t *testing.T, c Code) {
	for _, f := range c.Fixups {
		width := uint32(4)
		if f.Kind == Abs64 {
			width = 8
		}
		if f.Offset+width > uint32(len(c.Bytes)) {
			t.Errorf("a fix-up at %d of %d bytes", f.Offset, len(c.Bytes))
		}
	}
	placed, err := c.Place(testEntry, 0)
	if err == nil && len(placed) != len(c.Bytes) {
		t.Errorf("%d bytes became %d", len(c.Bytes), len(placed))
	}
}

// isFar says whether code names an address too far away for where the test places it.
func isFar(h *hook, b *body) bool {
	for _, f := range h.moved.Fixups {
		if distance := int64(f.Target - b.entry); distance > 1<<26 || distance < -1<<26 {
			return true
		}
	}
	return false
}

// FuzzRead plans for whatever bytes as a file, which is an error or a plan whose
// patches are of the file's code.
func FuzzRead(f *testing.F) {
	f.Add(smallELF())
	f.Fuzz(func(t *testing.T, image []byte) {
		m := &module{path: "file", image: image}
		if m.parse() != nil {
			return
		}
		for _, q := range m.plan(Options{Mappings: true, Functions: []Function{{Name: "f::g"}}}).Patches {
			if code := m.codeAt(q.Entry); !bytes.HasPrefix(code, q.Expected) {
				t.Errorf("%s: expects % x, where % x is", q.Name, q.Expected, code[:min(len(code), 16)])
			}
		}
	})
}

// smallELF returns a program of two functions, malloc and free, with a symbol table.
func smallELF() []byte {
	const header, segment, section = 64, 56, 64
	code := "\x48\x89\xf8\x31\xc9\xc3\xcc\xcc\x48\x89\xf8\x31\xc9\xc3\xcc\xcc"
	names := "\x00malloc\x00free\x00.symtab\x00.strtab\x00"
	var symbols bytes.Buffer
	put := func(w *bytes.Buffer, values ...any) {
		for _, v := range values {
			if err := binary.Write(w, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	const base = 0x1000
	codeAt := uint64(header + segment)
	put(&symbols, elf.Sym64{},
		elf.Sym64{Name: 1, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: 1, Value: base, Size: 6},
		elf.Sym64{Name: 8, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: 1, Value: base + 8, Size: 6})
	symbolsAt := codeAt + uint64(len(code))
	namesAt := symbolsAt + uint64(symbols.Len())
	var image bytes.Buffer
	put(&image, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Phoff: header, Phentsize: segment, Phnum: 1, Ehsize: header,
		Shoff: namesAt + uint64(len(names)), Shentsize: section, Shnum: 3, Shstrndx: 2,
	}, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_X | elf.PF_R), Off: codeAt, Vaddr: base, Filesz: uint64(len(code)), Memsz: uint64(len(code))})
	image.WriteString(code)
	image.Write(symbols.Bytes())
	image.WriteString(names)
	put(&image, elf.Section64{},
		elf.Section64{Name: 13, Type: uint32(elf.SHT_SYMTAB), Off: symbolsAt, Size: uint64(symbols.Len()), Link: 2, Entsize: symbolSize},
		elf.Section64{Name: 21, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names))})
	return image.Bytes()
}

func TestASmallFileIsPlanned(t *testing.T) {
	m := &module{path: "file", image: smallELF()}
	if err := m.parse(); err != nil {
		t.Fatal(err)
	}
	if got := summary(m.plan(Options{})); got["malloc"] != "hooked: malloc" || got["free"] != "hooked: malloc" {
		t.Errorf("%v, want malloc and free hooked", got)
	}
}
