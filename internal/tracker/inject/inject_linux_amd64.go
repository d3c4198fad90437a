package inject

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"heapprof/internal/object/searchtable"

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

// begin puts the tracker library into a program that was started, and lets the program
// begin.
func begin(child *os.Process, library string) error {
	err := inject(child.Pid, library)
	if err == nil || errors.Is(err, unix.ESRCH) || hasEnded(child.Pid) {
		return nil // where somebody has killed it, its exit status tells so
	}
	child.Kill() // fails only if it has ended
	return err
}

// inject puts the tracker library into the program that the child pid has started, and lets
// it go.
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

// injection is the work of putting the tracker library into a program.
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
	tls, err := widenTLS(p.headers, p.initialTLS)
	if err != nil {
		return 0, err
	}
	if in.scratch, err = in.mapAnonymous(0, scratchBytes, unix.PROT_READ|unix.PROT_WRITE, 0); err != nil {
		return 0, err
	}
	lib, err := in.mapLibrary(libraryPath, tls.words)
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
	if err := in.writeValue(in.scratch, &lasting.modules); err != nil {
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

// lasting is memory of the program's that is read as long as the program runs.
type lasting struct {
	arena
	headers uint64 // address of the wider program headers
	modules injected
}

// injected is struct injected of preload/csrc/front_injected.h: the modules of a program
// that has no loader to list them.
type injected struct {
	Count   uint64
	Modules [3]module
}

// module is struct injected_module of preload/csrc/front_injected.h: the difference between
// the addresses of a module in memory and in its file, the address and number of its
// program headers, and the address of its name.
type module struct{ Bias, Headers, HeaderCount, Name uint64 }

const vdsoName = "linux-vdso.so.1" // as the loaders call it

// keep writes into the program the memory that is read as long as it runs, and returns
// where everything in it is.
func (in *injection) keep(p *program, tls *widened, lib *library) (*lasting, error) {
	vdso, err := in.vdso(p)
	if err != nil {
		return nil, err
	}
	layOut := func(base uint64) *lasting {
		l := &lasting{arena: arena{base: base}}
		initialAt := l.add(tls.initial, tls.align)
		l.headers = l.next(8)
		l.addValue(tls.place(l.headers, initialAt, p.bias))
		own := p.headers
		if p.fdes != nil {
			at := l.next(8)
			table := searchtable.Make(p.fdes, p.ehFrame, at-p.bias)
			size := uint64(len(table))
			l.add(table, 8)
			own = append(own[:len(own):len(own)], elf.Prog64{
				Type: uint32(elf.PT_GNU_EH_FRAME), Flags: uint32(elf.PF_R), Vaddr: at - p.bias, Filesz: size, Memsz: size,
			})
		}
		modules := []module{
			{p.bias, l.addValue(own), uint64(len(own)), l.addText("")},
			{lib.bias, lib.headers, lib.headerCount, l.addText(lib.path)},
		}
		if vdso != nil {
			modules = append(modules, module{vdso.Bias, vdso.Headers, vdso.HeaderCount, l.addText(vdsoName)})
		}
		l.modules.Count = uint64(copy(l.modules.Modules[:], modules))
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

// vdso returns the module that the kernel maps into every program, without its name; nil
// where it maps none.
func (in *injection) vdso(p *program) (*module, error) {
	at := p.auxv[atSysinfoEhdr].value
	if at == 0 {
		return nil, nil
	}
	var header elf.Header64
	if err := in.readValue(at, &header); err != nil {
		return nil, err
	}
	return &module{Bias: at, Headers: at + header.Phoff, HeaderCount: uint64(header.Phnum)}, nil
}

// mapAnonymous has the program map size bytes of zeros and returns their address, which is
// at if flags have MAP_FIXED.
func (in *injection) mapAnonymous(at, size uint64, protection, flags uint64) (uint64, error) {
	return in.syscall(unix.SYS_MMAP, at, size, protection, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|flags, ^uint64(0), 0)
}
