package patch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// FuzzRead plans for whatever bytes as a file, which is an error or a plan whose
// patches are of the file's code.
func FuzzRead(f *testing.F) {
	f.Add(smallELF())
	f.Fuzz(func(t *testing.T, image []byte) {
		m, err := codefile.Parse("file", image)
		if err != nil {
			return
		}
		for _, q := range planOf(m, Options{Mappings: true, Functions: []allocator.Function{{Name: "f::g"}}}).Patches {
			if code := m.CodeAt(q.Entry); !bytes.HasPrefix(code, q.Expected) {
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
		elf.Section64{Name: 13, Type: uint32(elf.SHT_SYMTAB), Off: symbolsAt, Size: uint64(symbols.Len()), Link: 2, Entsize: object.SymbolSize},
		elf.Section64{Name: 21, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names))})
	return image.Bytes()
}

func TestASmallFileIsPlanned(t *testing.T) {
	m, err := codefile.Parse("file", smallELF())
	if err != nil {
		t.Fatal(err)
	}
	if got := summary(planOf(m, Options{})); got["malloc"] != "hooked: malloc" || got["free"] != "hooked: malloc" {
		t.Errorf("%v, want malloc and free hooked", got)
	}
}

func TestAFileThatEndsBeforeItsCodeDoesIsDamaged(t *testing.T) {
	image := smallELF()
	const filesz = 64 + 32 // where the first segment says how long it is
	binary.LittleEndian.PutUint64(image[filesz:], 1<<20)
	if _, err := codefile.Parse("file", image); !errors.Is(err, object.ErrDamaged) || !strings.HasPrefix(err.Error(), "file is damaged: its code should reach to byte ") {
		t.Errorf("got %v", err)
	}
	if _, err := codefile.Parse("file", image[:40]); !errors.Is(err, object.ErrDamaged) {
		t.Errorf("a header cut short: %v", err)
	}
	image[18] = byte(elf.EM_MIPS)
	var machine *isa.MachineError
	if _, err := codefile.Parse("file", image); !errors.As(err, &machine) {
		t.Errorf("code of another machine: %v", err)
	}
}
