//go:build linux && (amd64 || arm64)

package halt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"

	"golang.org/x/sys/unix"
)

// Caller returns a thread that can be made to make a system call without harm. filters is how many filters of
// system calls this process has itself.
func (s *Stopped) Caller(filters int) (*Thread, error) {
	cause := profile.Cause{Code: profile.ThreadNotStopped}
	for _, t := range s.threads {
		switch {
		case IsFiltered(s.process, t.ID, filters):
			cause = profile.Cause{Code: profile.CallsFiltered}
		case !HasChildrenHere(s.process, t.ID):
			cause = profile.Cause{Code: profile.OtherNamespace}
		case s.MayCall(t):
			return t, nil
		default:
			cause.Number = int64(t.ID)
		}
	}
	return nil, &Error{cause}
}

// MayCall reports whether a thread that no filter keeps from it can make a system call.
func (s *Stopped) MayCall(t *Thread) bool {
	return t.regs.canCall() && !t.hasCallsCaught() && !s.IsInSequence(t)
}

// IsFiltered reports whether filters say which system calls the thread may make. Those that this process has too do not count:
// the program has inherited them, as everything does in a container, and what they forbid fails.
func IsFiltered(p procfs.Process, thread, own int) bool {
	const byFilters = 2 // SECCOMP_MODE_FILTER
	status, err := p.ThreadStatus(thread)
	if err != nil {
		return true
	}
	return status.Seccomp != 0 && (status.Seccomp != byFilters || status.Filters < 0 || status.Filters != own)
}

// HasChildrenHere reports whether the thread's children come into this process's pid namespace. Where they begin another
// one (unshare(2)), the first would be all that keeps that one alive.
func HasChildrenHere(p procfs.Process, thread int) bool {
	theirs, err := os.Readlink(p.Path("task/" + strconv.Itoa(thread) + "/ns/pid_for_children"))
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // there is none in the other namespace yet; or this is not to be known
	}
	ours, err := os.Readlink(procfs.Process(os.Getpid()).Path("ns/pid"))
	return err == nil && theirs == ours
}

// hasCallsCaught reports whether the program has the thread's system calls handed to a handler of its own
// (PR_SET_SYSCALL_USER_DISPATCH), as emulators do.
func (t *Thread) hasCallsCaught() bool {
	var config struct{ mode, selector, offset, length uint64 }
	err := ptracePointer(unix.PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, t.ID, unsafe.Sizeof(config), unsafe.Pointer(&config))
	return err == nil && config.mode != 0
}

// IsInSequence reports whether the thread is in a sequence of instructions that the kernel begins anew if it is
// broken off (rseq(2)): it would no longer, once the thread had been elsewhere.
func (s *Stopped) IsInSequence(t *Thread) bool {
	var config struct {
		pointer                 uint64
		size, signature, flags_ uint32
		_                       uint32
	}
	err := ptracePointer(unix.PTRACE_GET_RSEQ_CONFIGURATION, t.ID, unsafe.Sizeof(config), unsafe.Pointer(&config))
	if err != nil || config.pointer == 0 {
		return false
	}
	const sequenceAt = 8 // struct rseq: rseq_cs
	at, err := s.word(config.pointer + sequenceAt)
	if err != nil || at == 0 {
		return false
	}
	const startAt, lengthAt = 8, 16 // struct rseq_cs: start_ip, post_commit_offset
	start, err := s.word(at + startAt)
	if err != nil {
		return true
	}
	length, err := s.word(at + lengthAt)
	return err != nil || t.regs.pc()-start < length
}

// word reads a word of the process's memory.
func (s *Stopped) word(addr uint64) (uint64, error) {
	var b [8]byte
	_, err := ReadMemory(int(s.Memory()), b[:], addr)
	return binary.LittleEndian.Uint64(b[:]), err
}

// Instruction returns the address of an instruction that makes a system call: of the code that the kernel maps into each
// process, or else of any.
func (s *Stopped) Instruction() (uint64, error) {
	const vdsoBytes = 16 << 10
	if base := s.vdso(); base != 0 {
		if at, ok := s.find(base, base+vdsoBytes); ok {
			return at, nil
		}
	}
	maps, err := s.Memory().Maps()
	if err != nil {
		return 0, err
	}
	for _, m := range maps {
		if strings.HasPrefix(m.Protection, "r") && m.Protection[2] == 'x' {
			if at, ok := s.find(m.Start, m.End); ok {
				return at, nil
			}
		}
	}
	return 0, &Error{profile.Cause{Code: profile.NotCopied, Detail: "its code has no system call"}}
}

// find returns the address of the first instruction from start up to end that makes a system call.
func (s *Stopped) find(start, end uint64) (uint64, bool) {
	buffer := make([]byte, min(end-start, 64<<10))
	for ; start < end; start += uint64(len(buffer)) {
		n, err := ReadMemory(int(s.Memory()), buffer[:min(uint64(len(buffer)), end-start)], start)
		for at := 0; ; at++ {
			i := bytes.Index(buffer[at:n], []byte(callBytes))
			if i < 0 {
				break
			}
			if at += i; at%callAlign == 0 {
				return start + uint64(at), true
			}
		}
		if err != nil {
			break
		}
	}
	return 0, false
}

// vdso returns where the kernel has mapped its code into the process; 0 if that is not known.
func (s *Stopped) vdso() uint64 {
	const atSysinfoEHDR = 33 // AT_SYSINFO_EHDR
	auxv, err := os.ReadFile(s.Memory().Path("auxv"))
	if err != nil {
		return 0
	}
	for ; len(auxv) >= 16; auxv = auxv[16:] {
		if binary.LittleEndian.Uint64(auxv) == atSysinfoEHDR {
			return binary.LittleEndian.Uint64(auxv[8:])
		}
	}
	return 0
}

// OwnFilters returns how many filters of system calls this process has; -1: not known.
func OwnFilters() int {
	self, err := procfs.Self()
	if err != nil {
		return -1
	}
	status, err := self.ThreadStatus(int(self))
	if err != nil {
		return -1
	}
	return status.Filters
}
