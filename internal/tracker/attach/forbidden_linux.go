//go:build linux && (amd64 || arm64)

package attach

import (
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// Some constants of system calls as the library makes them.
const (
	setMemory   = 35  // PR_SET_MM
	memoryMap   = 14  // PR_SET_MM_MAP
	memoryBytes = 104 // struct prctl_mm_map
	wipeOnFork  = 18  // MADV_WIPEONFORK
	noSuchHow   = ^uint64(0)
	copyFlags   = 0x400 | 0x100000 | 0x800000 | 0x8000
	here        = ^uint64(99) // AT_FDCWD
	all         = 1<<32 - 1
	reaping     = 0x80000001 // __WCLONE | WNOHANG
)

// librarysCalls are the system calls that the library makes, in the order of enum sys_call (preload/csrc/sys.h), each as an example: see sys.c there.
var librarysCalls = []halt.SystemCall{
	{Name: "MAP", Number: unix.SYS_MMAP, Arguments: [6]uint64{0, 4096, 3, 0x22 | 0x4000, none, 0}},
	{Name: "MAP_SHARED", Number: unix.SYS_MMAP, Arguments: [6]uint64{0, 4096, 3, 1, 3, 0}},
	{Name: "MAP_AGAIN", Number: unix.SYS_MREMAP, Arguments: [6]uint64{0, 0, 4096, 1}},
	{Name: "BREAK", Number: unix.SYS_BRK},
	{Name: "SET_MEMORY", Number: unix.SYS_PRCTL, Arguments: [6]uint64{setMemory, memoryMap, 0, memoryBytes}},
	{Name: "PROTECT", Number: unix.SYS_MPROTECT, Arguments: [6]uint64{0, 4096, 7}},
	{Name: "UNMAP", Number: unix.SYS_MUNMAP, Arguments: [6]uint64{0, 4096}},
	{Name: "ADVISE", Number: unix.SYS_MADVISE, Arguments: [6]uint64{0, 4096, wipeOnFork}},
	{Name: "OPEN", Number: unix.SYS_OPENAT, Arguments: [6]uint64{here, 0, unix.O_CLOEXEC}},
	{Name: "READ", Number: unix.SYS_READ, Arguments: [6]uint64{3, 0, 512}},
	{Name: "CLOSE", Number: unix.SYS_CLOSE, Arguments: [6]uint64{3}},
	{Name: "READLINK", Number: unix.SYS_READLINKAT, Arguments: [6]uint64{here, 0, 0, 16}},
	{Name: "STAT", Number: unix.SYS_NEWFSTATAT, Arguments: [6]uint64{here}},
	{Name: "GETCWD", Number: unix.SYS_GETCWD, Arguments: [6]uint64{0, 4096}},
	{Name: "GETPID", Number: unix.SYS_GETPID},
	{Name: "GETPPID", Number: unix.SYS_GETPPID},
	{Name: "GETTID", Number: unix.SYS_GETTID},
	{Name: "KILL", Number: unix.SYS_KILL, Arguments: [6]uint64{1, 0}},
	{Name: "TGKILL", Number: unix.SYS_TGKILL, Arguments: [6]uint64{1, 1, 0}},
	{Name: "YIELD", Number: unix.SYS_SCHED_YIELD},
	{Name: "WAIT", Number: unix.SYS_FUTEX, Arguments: [6]uint64{0, 0}},
	{Name: "WAKE", Number: unix.SYS_FUTEX, Arguments: [6]uint64{0, 1, 1}},
	{Name: "SIGNALS", Number: unix.SYS_RT_SIGPROCMASK, Arguments: [6]uint64{2, 0, 0, 8}},
	{Name: "READABLE", Number: unix.SYS_RT_SIGPROCMASK, Arguments: [6]uint64{noSuchHow, 0, 0, 8}},
	{Name: "CLONE", Number: unix.SYS_CLONE, Arguments: [6]uint64{copyFlags}},
	{Name: "CLOSE_ALL", Number: unix.SYS_CLOSE_RANGE, Arguments: [6]uint64{0, all, 2}},
	{Name: "SESSION", Number: unix.SYS_SETSID},
	{Name: "REAP", Number: unix.SYS_WAIT4, Arguments: [6]uint64{0, 0, reaping}},
	{Name: "END", Number: unix.SYS_EXIT_GROUP},
}

// kinds are the kinds of filters that threads have: how they are filtered, and how many filters there are. The threads of one kind have the
// same, unless they have set up their own.
type kinds map[[2]int]bool

// kindsOf returns the kinds of a process's threads.
func kindsOf(p procfs.Process) (kinds, map[int]bool) {
	all, seen := make(kinds), make(map[int]bool)
	ids, _ := p.Threads()
	for _, id := range ids {
		if status, err := p.ThreadStatus(id); err == nil {
			all[[2]int{status.Seccomp, status.Filters}], seen[id] = true, true
		}
	}
	return all, seen
}

// forbidden returns which of the library's system calls the filters of the threads do not let through, as bits by their order. Filters that this
// process has too, as all in a container have them, are not looked at where they cannot be: what they forbid fails. seen are threads that have
// been looked at a moment ago, and had no filters: of very many not all are asked again, for which all would wait.
func forbidden(s *halt.Stopped, seen map[int]bool) (bits uint32) {
	const enough = 64
	own := halt.OwnFilters()
	done, asked := make(kinds), 0
	for _, t := range s.Threads() {
		if seen[t.ID] {
			if asked++; asked > enough {
				continue
			}
		}
		status, err := s.Process().ThreadStatus(t.ID)
		kind := [2]int{status.Seccomp, status.Filters}
		if err != nil || done[kind] {
			continue
		}
		done[kind] = true
		if !halt.IsFiltered(s.Process(), t.ID, own) {
			continue
		}
		filters, err := s.FiltersOf(t)
		for i, c := range librarysCalls {
			if err != nil || !filters.Allows(c) {
				bits |= 1 << i
			}
		}
	}
	return bits
}

// unfiltered returns the threads of a process that it need not be asked of again whether they have filters: none, if any has.
func unfiltered(p procfs.Process) map[int]bool {
	all, seen := kindsOf(p)
	for kind := range all {
		if kind[0] != 0 {
			return nil
		}
	}
	return seen
}
