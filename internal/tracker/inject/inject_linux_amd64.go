package inject

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts the static program at path with the tracker library at library in
// it. attr's environment tells the library where its memory is.
//
// From begun comes one error: nil once the program runs by itself; otherwise it was
// killed before it did anything of its own, because of what the error says. Until then
// nobody may wait for child: the kernel would hand them the stops of a traced program.
//
// err is a *TraceError if the program may not be traced here.
func Start(path, library string, args []string, attr *os.ProcAttr) (child *os.Process, begun <-chan error, err error) {
	type start struct {
		child *os.Process
		err   error
	}
	started, result := make(chan start), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // ptrace is between threads
		defer runtime.UnlockOSThread()
		traced := *attr
		traced.Sys = &syscall.SysProcAttr{Ptrace: true}
		child, err := os.StartProcess(path, args, &traced)
		started <- start{child, err}
		if err == nil {
			result <- begin(child, library)
		}
	}()
	s := <-started
	if errors.Is(s.err, unix.EPERM) { // ptrace comes before exec
		return nil, nil, &TraceError{s.err}
	}
	return s.child, result, s.err
}

// begin puts the library into a program that was started, and lets it begin.
func begin(child *os.Process, library string) error {
	err := inject(child.Pid, library)
	if err == nil || errors.Is(err, unix.ESRCH) || hasEnded(child.Pid) {
		return nil // perhaps somebody has killed it, which its status tells
	}
	child.Kill() // fails only if it has ended
	return err
}

func inject(pid int, library string) error {
	t, err := attach(pid)
	if err != nil {
		return err
	}
	defer t.close()
	in := &injection{tracee: t}
	threadPointer, err := in.run(library)
	if err != nil {
		return err
	}
	return t.release(threadPointer)
}

// injection puts the tracker library into a program.
type injection struct {
	*tracee
	scratch uint64 // memory of the program's for arguments and a stack, for the time being
}

const scratchBytes = 256 << 10

// run maps and starts the library, and returns the thread pointer that the program is
// to begin with.
func (in *injection) run(libraryPath string) (threadPointer uint64, err error) {
	p, err := in.readProgram()
	if err != nil {
		return 0, err
	}
	tls, err := widenTLS(p.headers, p.firstState)
	if err != nil {
		return 0, err
	}
	if in.scratch, err = in.mapAnonymous(0, scratchBytes, unix.PROT_READ|unix.PROT_WRITE, 0); err != nil {
		return 0, err
	}
	lib, err := in.mapLibrary(libraryPath, tls.word)
	if err != nil {
		return 0, err
	}
	lasting, err := in.keep(p, tls, lib)
	if err != nil {
		return 0, err
	}
	if threadPointer, err = in.firstThread(tls.size); err != nil {
		return 0, err
	}
	if err := in.writeValue(in.scratch, &lasting.told); err != nil {
		return 0, err
	}
	if err := in.call(lib.start, in.scratch, in.scratch+scratchBytes, threadPointer); err != nil {
		return 0, fmt.Errorf("the tracker does not start in it: %w", err)
	}
	if _, err := in.syscall(unix.SYS_MUNMAP, in.scratch, scratchBytes); err != nil {
		return 0, err
	}
	if err := in.writeValue(p.auxv[atPhdr].at, lasting.headers); err != nil {
		return 0, err
	}
	return threadPointer, in.writeValue(p.auxv[atPhnum].at, uint64(len(tls.headers)))
}

// firstThread makes thread-local storage of size bytes that lasts until the program
// sets up its own, and returns the thread pointer.
func (in *injection) firstThread(size uint64) (threadPointer uint64, err error) {
	below := roundUp(size, pageBytes)
	at, err := in.mapAnonymous(0, below+pageBytes, unix.PROT_READ|unix.PROT_WRITE, 0)
	if err != nil {
		return 0, err
	}
	threadPointer = at + below
	return threadPointer, in.writeValue(threadPointer, threadPointer) // its own address is expected there
}

// lasting is memory that is read as long as the program runs.
type lasting struct {
	arena
	headers uint64 // address of the wider program headers
	told    told
}

// told is struct injected of preload/csrc/front_injected.h.
type told struct {
	Count  uint64
	Images [3]image
}

// image is struct injected_image.
type image struct{ Bias, Headers, HeaderCount, Name uint64 }

const vdsoName = "linux-vdso.so.1" // as the loaders call it

// keep puts into the program what is read as long as it runs.
func (in *injection) keep(p *program, tls *widened, lib *library) (*lasting, error) {
	vdso, err := in.vdso(p)
	if err != nil {
		return nil, err
	}
	layOut := func(base uint64) *lasting {
		l := &lasting{arena: arena{base: base}}
		imageAt := l.add(tls.image, tls.align)
		l.headers = l.next(8)
		l.addValue(tls.place(l.headers, imageAt, p.bias))
		own := p.headers
		if p.frames != nil {
			at := l.next(8)
			table := searchTable(p.frames, p.framesAt, at-p.bias)
			size := uint64(len(table))
			l.add(table, 8)
			own = append(own[:len(own):len(own)], elf.Prog64{
				Type: uint32(elf.PT_GNU_EH_FRAME), Flags: uint32(elf.PF_R), Vaddr: at - p.bias, Filesz: size, Memsz: size,
			})
		}
		images := []image{
			{p.bias, l.addValue(own), uint64(len(own)), l.addText("")},
			{lib.bias, lib.headers, lib.headerCount, l.addText(lib.path)},
		}
		if vdso != nil {
			images = append(images, image{vdso.Bias, vdso.Headers, vdso.HeaderCount, l.addText(vdsoName)})
		}
		l.told.Count = uint64(copy(l.told.Images[:], images))
		return l
	}
	size := uint64(len(layOut(0).content))
	base, err := in.mapAnonymous(0, size, unix.PROT_READ|unix.PROT_WRITE, 0)
	if err != nil {
		return nil, err
	}
	l := layOut(base)
	if err := in.write(base, l.content); err != nil {
		return nil, err
	}
	_, err = in.syscall(unix.SYS_MPROTECT, base, roundUp(size, pageBytes), unix.PROT_READ)
	return l, err
}

// vdso returns the code that the kernel maps into every program, but for its name;
// nil where it maps none.
func (in *injection) vdso(p *program) (*image, error) {
	at := p.auxv[atSysinfoEhdr].value
	if at == 0 {
		return nil, nil
	}
	var header elf.Header64
	if err := in.readValue(at, &header); err != nil {
		return nil, err
	}
	return &image{Bias: at, Headers: at + header.Phoff, HeaderCount: uint64(header.Phnum)}, nil
}

func (in *injection) mapAnonymous(at, size uint64, protection, flags uint64) (uint64, error) {
	return in.syscall(unix.SYS_MMAP, at, size, protection, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|flags, ^uint64(0), 0)
}
