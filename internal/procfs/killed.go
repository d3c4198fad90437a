package procfs

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
)

// KernelLog is the kernel's log from some moment on (Linux: Documentation/ABI/testing/dev-kmsg).
type KernelLog struct{ file *os.File }

// OpenKernelLog opens the log for what is written to it from now on. Many users may not read it.
func OpenKernelLog() (*KernelLog, error) {
	file, err := openKernelLog("/dev/kmsg")
	if err != nil {
		return nil, err
	}
	return &KernelLog{file}, nil
}

// Close closes it.
func (l *KernelLog) Close() { l.file.Close() }

// Killed is a process that the out-of-memory killer has ended.
type Killed struct {
	PID       int    // in the machine's first PID namespace
	Anonymous uint64 // what it had in RAM and in no file, in bytes
	Group     bool   // a control group had no memory left, not the machine
}

// Killed returns the processes that the out-of-memory killer has ended since it was called last.
func (l *KernelLog) Killed() (all []Killed) {
	const longest = 8192 // a record
	record := make([]byte, longest)
	for {
		n, err := readRecord(l.file, record)
		if err != nil {
			return all
		}
		if k, ok := parseKilled(record[:n]); ok {
			all = append(all, k)
		}
	}
}

// killedWords are what stands before the process that was ended: nothing before Linux 5.3.
var killedWords = [...]string{"", "Out of memory: ", "Out of memory (oom_kill_allocating_task): ", "Memory cgroup out of memory: "}

// parseKilled reads a record of the log, where it says that a process was ended.
func parseKilled(record []byte) (k Killed, ok bool) {
	head, text, _ := bytes.Cut(record, []byte(";"))
	priority, _, _ := bytes.Cut(head, []byte(","))
	const ofKernel = 8 // below it; who else writes into the log has a facility of its own (syslog(2))
	if n, err := strconv.ParseUint(string(priority), 10, 32); err != nil || n >= ofKernel {
		return k, false
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	before, after, _ := strings.Cut(string(line), "Killed process ")
	if !slices.Contains(killedWords[:], before) {
		return k, false
	}
	number, _, _ := strings.Cut(after, " ")
	pid, err := strconv.Atoi(strings.TrimSuffix(number, ","))
	if err != nil || pid <= 0 {
		return k, false
	}
	k = Killed{PID: pid, Group: strings.HasPrefix(before, "Memory cgroup")}
	// Its name comes first, which may be anything.
	after = after[strings.LastIndexByte(after, ')')+1:]
	if _, rest, found := strings.Cut(after, "anon-rss:"); found {
		digits, _, _ := strings.Cut(rest, "kB")
		n, _ := strconv.ParseUint(digits, 10, 48)
		k.Anonymous = n << 10
	}
	return k, true
}

// IsFirstNamespace reports whether this process is in the machine's first PID namespace, so that the kernel's log has the numbers
// that /proc has here.
func IsFirstNamespace() bool {
	const first = "pid:[4026531836]" // PROC_PID_INIT_INO
	name, _ := os.Readlink(Root + "/self/ns/pid")
	return name == first
}
