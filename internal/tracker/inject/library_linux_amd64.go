package inject

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"heapprof/internal/object"

	"golang.org/x/sys/unix"
)

// library is the tracker library in the program.
type library struct {
	path        string
	bias        uint64
	start       uint64 // its start function
	headers     uint64 // the address of its program headers
	headerCount uint64
}

// mapLibrary has the program map the library at path, as a loader would: from the file, so
// that tools that look at the program see what it is. words is the place of the library's
// thread-local variables, relative to the thread pointer.
func (in *injection) mapLibrary(path string, words int64) (*library, error) {
	var lib *library
	err := object.Read(path, func(f *object.File) (err error) {
		lib, err = in.mapFile(f, words)
		return err
	})
	return lib, err
}

// mapFile has the program map the segments of the library f, and relocates them.
func (in *injection) mapFile(f *object.File, words int64) (*library, error) {
	if err := in.write(in.scratch, append([]byte(f.Path), 0)); err != nil {
		return nil, err
	}
	cwd := unix.AT_FDCWD // a variable: it is negative
	fd, err := in.syscall(unix.SYS_OPENAT, uint64(cwd), in.scratch, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: f.Path, Err: err}
	}
	var segments []*elf.Prog
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			segments = append(segments, p)
		}
		if p.Type == elf.PT_TLS && p.Memsz > mostTLS {
			return nil, errors.New("the tracker library has too many thread-local variables")
		}
	}
	if len(segments) == 0 {
		return nil, errors.New("the tracker library has no code")
	}
	last := segments[len(segments)-1]
	bias, err := in.mapAnonymous(0, last.Vaddr+last.Memsz, unix.PROT_NONE, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range segments {
		if err := in.mapSegment(p, fd, bias); err != nil {
			return nil, err
		}
	}
	if _, err := in.syscall(unix.SYS_CLOSE, fd); err != nil {
		return nil, err
	}
	if err := in.relocate(f, bias, words); err != nil {
		return nil, err
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_GNU_RELRO {
			continue
		}
		start, end := p.Vaddr&^(pageBytes-1), (p.Vaddr+p.Memsz)&^(pageBytes-1)
		if _, err := in.syscall(unix.SYS_MPROTECT, bias+start, end-start, unix.PROT_READ); err != nil {
			return nil, err
		}
	}
	const headersAt = 64 // right behind the ELF header, in the first segment
	return &library{path: f.Path, bias: bias, start: bias + f.Entry, headers: bias + headersAt, headerCount: uint64(len(f.Progs))}, nil
}

// mapSegment has the program map one segment of the file that it has open as fd.
func (in *injection) mapSegment(p *elf.Prog, fd, bias uint64) error {
	var protection uint64
	for _, bit := range []struct {
		flag       elf.ProgFlag
		protection uint64
	}{{elf.PF_R, unix.PROT_READ}, {elf.PF_W, unix.PROT_WRITE}, {elf.PF_X, unix.PROT_EXEC}} {
		if p.Flags&bit.flag != 0 {
			protection |= bit.protection
		}
	}
	start := p.Vaddr &^ (pageBytes - 1)
	fileEnd, end := p.Vaddr+p.Filesz, p.Vaddr+p.Memsz
	if _, err := in.syscall(unix.SYS_MMAP, bias+start, fileEnd-start, protection, unix.MAP_PRIVATE|unix.MAP_FIXED, fd, p.Off-(p.Vaddr-start)); err != nil {
		return err
	}
	if end == fileEnd {
		return nil
	}
	zeroEnd := roundUp(fileEnd, pageBytes)
	if err := in.write(bias+fileEnd, make([]byte, zeroEnd-fileEnd)); err != nil {
		return err
	}
	if end <= zeroEnd {
		return nil
	}
	_, err := in.mapAnonymous(bias+zeroEnd, end-zeroEnd, protection, unix.MAP_FIXED)
	return err
}

// relocate applies the library's relocations (System V ABI, AMD64 supplement, section 4.4).
// Each of its imports is one that it can do without here, and becomes 0.
func (in *injection) relocate(f *object.File, bias uint64, words int64) error {
	table := f.Content(".rela.dyn")
	if table == nil {
		return errors.New("the tracker library has no relocations")
	}
	relocations := make([]elf.Rela64, len(table)/binary.Size(elf.Rela64{}))
	if _, err := binary.Decode(table, binary.LittleEndian, relocations); err != nil {
		return err
	}
	for _, r := range relocations {
		var value uint64
		switch kind := elf.R_X86_64(elf.R_TYPE64(r.Info)); kind {
		case elf.R_X86_64_RELATIVE:
			value = bias + uint64(r.Addend)
		case elf.R_X86_64_TPOFF64:
			value = uint64(words + r.Addend)
		case elf.R_X86_64_GLOB_DAT:
		default:
			return fmt.Errorf("the tracker library has a relocation of kind %v", kind)
		}
		if err := in.write(bias+r.Off, binary.LittleEndian.AppendUint64(nil, value)); err != nil {
			return err
		}
	}
	return nil
}
