package inject

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"

	"heapprof/internal/object"
	"heapprof/internal/object/searchtable"
	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// program is the program as the kernel has mapped it.
type program struct {
	*tracee
	auxv        auxv
	bias        uint64 // its load address
	headers     []elf.Prog64
	relocations relocations

	// Its unwind information, where it has no search table for that.
	fdes    []searchtable.Entry
	ehFrame uint64 // address of the section .eh_frame, in the file's own terms
}

// readProgram returns the program that runs, by the file that the kernel has mapped: what
// is at the program's path may be a script, or another file by now.
func (in *injection) readProgram() (*program, error) {
	v, err := readAuxv(in.regs.Rsp, in.read)
	if err != nil {
		return nil, err
	}
	var p *program
	err = object.Read(procfs.Process(in.pid).Exe(), func(f *object.File) (err error) {
		p, err = in.readFile(f, v)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unix.ESRCH
	}
	return p, err
}

// readFile returns the program that runs, by its file f and its auxiliary vector v.
func (in *injection) readFile(f *object.File, v auxv) (p *program, err error) {
	p = &program{tracee: in.tracee, auxv: v, bias: v[atEntry].value - f.Entry}
	if n := v[atPhnum].value; n != uint64(len(f.Progs)) {
		return nil, fmt.Errorf("its file has %d program headers and the kernel has seen %d", len(f.Progs), n)
	}
	p.headers = make([]elf.Prog64, len(f.Progs))
	if err := in.readValue(v[atPhdr].value, p.headers); err != nil {
		return nil, err
	}
	hasTable := false
	for _, h := range p.headers {
		switch elf.ProgType(h.Type) {
		case elf.PT_INTERP:
			return nil, errors.New("it is dynamically linked by now")
		case elf.PT_GNU_EH_FRAME:
			hasTable = true
		}
	}
	if p.relocations, err = readRelocations(f, func(addr uint64, v any) error { return in.readValue(p.bias+addr, v) }); err != nil {
		return nil, err
	}
	if section := f.Section(".eh_frame"); !hasTable && section != nil && section.Flags&elf.SHF_ALLOC != 0 {
		if content := f.Raw(section); content != nil { // without it stacks end early, and the profile says so
			p.fdes, p.ehFrame = searchtable.Read(content, section.Addr), section.Addr
		}
	}
	return p, nil
}

// initialTLS returns the initial content of thread-local storage, which is at addr in the
// file's own terms, as it will be when the program has relocated itself.
func (p *program) initialTLS(addr, size uint64) ([]byte, error) {
	b := make([]byte, size)
	if err := p.read(p.bias+addr, b); err != nil {
		return nil, err
	}
	return b, p.relocations.apply(b, addr, p.bias)
}
