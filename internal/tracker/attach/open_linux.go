//go:build linux && (amd64 || arm64)

package attach

import (
	"debug/elf"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/process"

	"golang.org/x/sys/unix"
)

// Open returns the process of a number, if it can be recorded as far as that can be known of one that runs on. Nothing is changed in it, nor
// does it stop. The error is an *Error where that is for a person.
func Open(pid int) (*Target, error) {
	if runtime.GOARCH != "amd64" {
		return nil, refused(profile.Cause{Code: profile.UnsupportedHere, Names: []string{runtime.GOOS, runtime.GOARCH}})
	}
	self, err := procfs.Self()
	if err != nil {
		return nil, err
	}
	if int(self) != os.Getpid() {
		return nil, refused(profile.Cause{Code: profile.ProcElsewhere})
	}
	t := &Target{PID: pid, Proc: procfs.Process(pid)}
	for _, check := range []func(procfs.Process) (profile.Cause, error){
		t.isProcess, t.isOther, t.isTraced, t.mayTrace, t.isOfThisMachine, t.isClean, t.isRecorded,
	} {
		cause, err := check(self)
		if err != nil {
			return nil, asError(err)
		}
		if !cause.IsZero() {
			return nil, &Error{cause}
		}
	}
	if t.image, err = openMemory(t.Proc); err != nil {
		return nil, asError(err)
	}
	maps, err := t.Proc.Alive().Maps()
	if err != nil {
		return nil, asError(err)
	}
	at := room(maps, placeBytes)
	if at == 0 {
		return nil, refused(profile.Cause{Code: profile.NoMemoryInIt})
	}
	t.places = lay(at)
	t.Undo, t.control = t.places.undo, t.places.control
	for t.Token == 0 {
		t.Token = rand.Uint64()
	}
	return t, nil
}

func refused(c profile.Cause) error { return &Error{c} }

// isProcess says if there is no such process that runs a program.
func (t *Target) isProcess(procfs.Process) (c profile.Cause, err error) {
	detail, err := t.Proc.Detail()
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH):
		return profile.Cause{Code: profile.NoSuchProcess}, nil
	case err != nil:
		return c, err
	case detail.Group != 0 && detail.Group != t.Proc:
		return profile.Cause{Code: profile.IsThread, Number: int64(detail.Group)}, nil
	case detail.KernelThread:
		return profile.Cause{Code: profile.KernelThread}, nil
	case detail.State == 'Z' || detail.State == 'X':
		if detail.Threads > 1 {
			break // its first thread only has ended
		}
		status, _ := t.Proc.Status()
		return profile.Cause{Code: profile.HasEnded, Number: int64(status.Parent)}, nil
	}
	if detail.ShadowStack {
		return profile.Cause{Code: profile.ShadowStack}, nil
	}
	return c, nil
}

// isOther says if the process is this one, or a heapprof that has begun this one.
func (t *Target) isOther(self procfs.Process) (c profile.Cause, err error) {
	own, known := process.ExeOf(self)
	for p := self; p != 0; {
		if exe, ok := process.ExeOf(p); p == t.Proc && (p == self || known && ok && exe == own) {
			return profile.Cause{Code: profile.IsHeapprof, Number: int64(p)}, nil
		}
		status, err := p.Status()
		if err != nil || status.Parent == p {
			break
		}
		p = status.Parent
	}
	return c, nil
}

func (t *Target) isTraced(procfs.Process) (c profile.Cause, err error) {
	ids, err := t.Proc.Threads()
	if err != nil {
		return c, unix.ESRCH
	}
	for _, id := range ids {
		if status, err := t.Proc.ThreadStatus(id); err == nil && status.Tracer != 0 {
			return profile.Cause{Code: profile.TracedByOther, Number: int64(status.Tracer)}, nil
		}
	}
	return c, nil
}

// mayTrace says why the process may not be traced. Opening its memory asks the system for the same as tracing it, and changes nothing.
func (t *Target) mayTrace(self procfs.Process) (c profile.Cause, err error) {
	if isFiltered() {
		return profile.Cause{Code: profile.TracingFiltered}, nil
	}
	memory, err := openMemory(t.Proc)
	if err == nil {
		memory.Close()
		return c, nil
	}
	if !errors.Is(err, os.ErrPermission) {
		return c, err
	}
	return t.whyDenied(self)
}

// isFiltered reports whether filters keep this process from calling ptrace: the system refuses it for a process that cannot be.
func isFiltered() bool {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, ^uintptr(0), 0, 0, 0, 0)
	return errno == unix.EPERM || errno == unix.ENOSYS
}

// whyDenied returns why the system has denied to let the process be traced, by the rules of ptrace(2), "Ptrace access mode checking".
func (t *Target) whyDenied(self procfs.Process) (c profile.Cause, err error) {
	theirs, err := t.Proc.Credentials()
	if err != nil {
		return c, err
	}
	ours, err := self.Credentials()
	if err != nil {
		return c, err
	}
	const sysPtrace = 1 << 19 // CAP_SYS_PTRACE
	mayAll := ours.Effective&sysPtrace != 0
	scope := ptraceScope()
	same := theirs.Users.Real == ours.Users.Effective && theirs.Users.IsOne() && theirs.Groups.Real == ours.Groups.Effective && theirs.Groups.IsOne()
	switch {
	case scope == 3:
		c.Code = profile.YamaNobody
	case mayAll && isInUserNamespace():
		c.Code = profile.UserNamespace
	case mayAll:
		c = profile.Cause{Code: profile.DeniedByModule, Names: securityModules()}
	case ours.Users.Effective == 0:
		c.Code = profile.NoTraceCapability
	case !theirs.Users.IsOne() || !theirs.Groups.IsOne():
		c = profile.Cause{Code: profile.SetuidProcess, Number: int64(theirs.Users.Effective)}
	case !same:
		c = profile.Cause{Code: profile.OthersProcess, Number: int64(theirs.Users.Real)}
	case theirs.Permitted&^ours.Permitted != 0:
		c.Code = profile.MoreCapabilities
	case !t.isOwnedBy(theirs.Users.Effective):
		c.Code = profile.NotDumpable
	case scope == 2:
		c.Code = profile.YamaAdmin
	case scope == 1:
		c.Code = profile.YamaDescendants
	default:
		c = profile.Cause{Code: profile.DeniedByModule, Names: securityModules()}
	}
	return c, nil
}

// isInUserNamespace reports whether this process is in a user namespace of its own, so that its capabilities are for what is in that one.
func isInUserNamespace() bool {
	text, err := os.ReadFile(procfs.SelfIDs)
	fields := strings.Fields(string(text))
	const all = "4294967295"
	return err == nil && !(len(fields) == 3 && fields[0] == fields[1] && fields[2] == all)
}

// securityModules returns the names of those of the kernel's that may deny more than the rules do that all systems have.
func securityModules() (names []string) {
	text, _ := os.ReadFile("/sys/kernel/security/lsm")
	for _, name := range strings.Split(strings.TrimSpace(string(text)), ",") {
		if name != "" && name != "capability" && name != "yama" {
			names = append(names, name)
		}
	}
	return names
}

// detailOf returns what the system has said.
func detailOf(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// isOwnedBy reports whether the process's files in /proc are a user's: they are root's of one that is not dumpable.
func (t *Target) isOwnedBy(user int) bool {
	var st unix.Stat_t
	return unix.Stat(t.Proc.Path("maps"), &st) != nil || int(st.Uid) == user
}

// ptraceScope returns what Yama has been told of who may trace whom; 0: everything that others allow.
func ptraceScope() int {
	text, err := os.ReadFile(procfs.Root + "/sys/kernel/yama/ptrace_scope")
	if err != nil || len(text) == 0 || text[0] < '0' || text[0] > '9' {
		return 0
	}
	return int(text[0] - '0')
}

// isOfThisMachine says if the process runs code of another kind of processor.
func (t *Target) isOfThisMachine(procfs.Process) (c profile.Cause, err error) {
	err = object.ReadHeaders(t.Proc.Alive().Exe(), func(h *object.Headers) error {
		name := strings.TrimPrefix(h.Machine.String(), "EM_")
		switch {
		case h.Class == elf.ELFCLASS64 && h.Machine == elf.EM_X86_64:
			return nil
		case h.Class == elf.ELFCLASS32 && h.Machine == elf.EM_X86_64:
			name = "x32"
		case h.Machine == elf.EM_386:
			name = "i386"
		}
		c = profile.Cause{Code: profile.OtherMachine, Names: []string{name, "x86-64"}}
		return nil
	})
	if errors.Is(err, os.ErrPermission) {
		return profile.Cause{Code: profile.CannotRead, Detail: detailOf(err)}, nil
	}
	return c, err
}

// isClean makes the process what it was, where a recorder that was killed has left something in it.
func (t *Target) isClean(procfs.Process) (c profile.Cause, err error) {
	_, err = CleanLeft(t.Proc)
	return c, err
}

// isRecorded says if a recorder has the process already, or has had it and left its library there.
func (t *Target) isRecorded(procfs.Process) (c profile.Cause, err error) {
	r, err := process.FindRecording(t.Proc.Alive())
	if err == nil {
		defer r.Memory.Close()
		if r.Image < 0 {
			return profile.Cause{Code: profile.IsHeapprof, Number: int64(t.Proc)}, nil
		}
		return profile.Cause{Code: profile.RecordedAlready, Number: int64(r.Memory.Recorder())}, nil
	}
	if errors.Is(err, process.ErrNotYetRecorded) {
		return profile.Cause{Code: profile.RecordedAlready}, nil
	}
	// What the recorder of an attached process has left is made good; the library of run stays.
	maps, err := t.Proc.Alive().Maps()
	if err != nil {
		return c, err
	}
	for _, m := range maps {
		if name := filepath.Base(procfs.WithoutDeleted(m.Path)); strings.HasPrefix(name, "libheapprof-") && strings.HasSuffix(name, ".so") {
			return profile.Cause{Code: profile.RecordedBefore}, nil
		}
	}
	return c, nil
}
