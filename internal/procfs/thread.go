package procfs

import (
	"bytes"
	"os"
	"strconv"
)

// Threads returns the numbers of the process's threads, of which that of the first one is its own.
func (p Process) Threads() ([]int, error) {
	threads, err := numbers(p.Path("task"))
	all := make([]int, len(threads))
	for i, t := range threads {
		all[i] = int(t)
	}
	return all, err
}

// ThreadStatus is what of a thread's status is used here.
type ThreadStatus struct {
	State   byte    // as S for one that sleeps, D for one that no signal wakes, Z for one that has ended; 0: not known
	Tracer  Process // 0: nobody traces it
	Seccomp int     // 0: it may make all system calls; 1: hardly any; 2: filters say which
	Filters int     // how many filters; -1: the kernel does not tell

	// Signals, 1 << (number - 1) each: those that wait for the thread or for any of the process's,
	// those of which it wants none now, and those for which the process has a handler.
	Pending, Blocked, Caught uint64

	Shared uint64 // those of Pending that wait for any
}

// ThreadStatus reads the status of a thread of the process.
func (p Process) ThreadStatus(thread int) (ThreadStatus, error) {
	text, err := os.ReadFile(p.Path("task/" + strconv.Itoa(thread) + "/status"))
	return parseThreadStatus(text), err
}

// ThreadNumbers returns a thread's numbers in its PID namespaces, from that of /proc on inwards: none if it has ended.
func (p Process) ThreadNumbers(thread int) []int {
	text, err := os.ReadFile(p.Path("task/" + strconv.Itoa(thread) + "/status"))
	if err != nil {
		return nil
	}
	if s := parseStatus(text); s.Numbers != nil {
		return s.Numbers
	}
	return []int{thread} // Linux before 4.1
}

// parseThreadStatus reads a thread's status.
func parseThreadStatus(text []byte) ThreadStatus {
	number := func(name string, base int) (n uint64, ok bool) {
		n, err := strconv.ParseUint(string(bytes.TrimSpace(field(text, name))), base, 64)
		return n, err == nil
	}
	var s ThreadStatus
	if state := bytes.TrimSpace(field(text, "State:")); len(state) > 0 {
		s.State = state[0]
	}
	tracer, _ := number("TracerPid:", 10)
	seccomp, _ := number("Seccomp:", 10)
	s.Tracer, s.Seccomp = Process(tracer), int(seccomp)
	s.Filters = -1
	if filters, ok := number("Seccomp_filters:", 10); ok {
		s.Filters = int(filters)
	}
	own, _ := number("SigPnd:", 16)
	shared, _ := number("ShdPnd:", 16)
	s.Pending, s.Shared = own|shared, shared
	s.Blocked, _ = number("SigBlk:", 16)
	s.Caught, _ = number("SigCgt:", 16)
	return s
}
