package procfs

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"time"
)

// Memory is how much memory a process has, in bytes.
type Memory struct {
	Addresses uint64 // of address space
	Resident  uint64 // in RAM
	Shared    uint64 // of that, in files or shared with others
}

// Anonymous returns what is in RAM, in no file and not shared: heap, stacks, data that was
// written.
func (m Memory) Anonymous() uint64 { return m.Resident - min(m.Shared, m.Resident) }

// Memory reads how much memory the process has. Once it has ended it has none.
func (p Process) Memory() (Memory, error) {
	text, err := os.ReadFile(p.Path("statm"))
	if err != nil {
		return Memory{}, err
	}
	return parseMemory(text, uint64(os.Getpagesize()))
}

// parseMemory reads statm.
func parseMemory(text []byte, page uint64) (Memory, error) {
	var pages [3]uint64
	i := 0
	for field := range bytes.FieldsSeq(text) {
		n, err := strconv.ParseUint(string(field), 10, 48)
		if err != nil {
			break
		}
		pages[i] = n * page
		if i++; i == len(pages) {
			return Memory{pages[0], pages[1], pages[2]}, nil
		}
	}
	return Memory{}, errors.New("statm is of an unknown form")
}

// Status is what of a process's status is used here.
type Status struct {
	// User is the effective user; -1 if that is not known.
	User int

	// Parent is the process's parent; 0 if that is not known, or not in /proc's PID namespace.
	Parent Process

	// Numbers are the process's numbers in its PID namespaces, from that of /proc on inwards:
	// none where the kernel does not tell.
	Numbers []int

	// PeakResident is the most memory that its present program had in RAM, in bytes; 0 once
	// it has ended.
	PeakResident uint64
}

// Status reads the status of the process, which may have ended if nobody has waited for it
// yet.
func (p Process) Status() (Status, error) {
	text, err := os.ReadFile(p.Path("status"))
	s := parseStatus(text)
	if err == nil && s.Numbers == nil {
		s.Numbers = []int{int(p)} // Linux before 4.1
	}
	return s, err
}

// parseStatus reads status.
func parseStatus(text []byte) Status {
	s := Status{User: -1}
	if users := bytes.Fields(field(text, "Uid:")); len(users) > 1 {
		if n, err := strconv.Atoi(string(users[1])); err == nil {
			s.User = n
		}
	}
	if n, err := strconv.Atoi(string(bytes.TrimSpace(field(text, "PPid:")))); err == nil {
		s.Parent = Process(n)
	}
	for text := range bytes.FieldsSeq(field(text, "NSpid:")) {
		if n, err := strconv.Atoi(string(text)); err == nil {
			s.Numbers = append(s.Numbers, n)
		}
	}
	s.PeakResident, _ = parseKiB(string(field(text, "VmHWM:")))
	return s
}

// field returns the rest of the line that begins with a name, or nil if there is none.
func field(text []byte, name string) []byte {
	for line := range bytes.Lines(text) {
		if len(line) >= len(name) && string(line[:len(name)]) == name {
			return line[len(name):]
		}
	}
	return nil
}

// Stat is what of a process's stat is used here.
type Stat struct {
	UserTime, SystemTime time.Duration // of all its threads, without its children's, rounded down to a tick of 10 ms
	Start                uint64        // when it was made, in ticks since the machine was started
}

// Stat reads the times of the process, which may have ended if nobody has waited for it yet.
func (p Process) Stat() (Stat, error) {
	text, err := os.ReadFile(p.Path("stat"))
	if err != nil {
		return Stat{}, err
	}
	return parseStat(text)
}

// tick is the unit of times in stat: 1/100 s on every architecture that Go runs on
// (proc_pid_stat(5), sysconf(_SC_CLK_TCK)).
const tick = 10 * time.Millisecond

// parseStat reads stat. Its second field, the program's name, is in parentheses and may hold
// anything.
func parseStat(text []byte) (Stat, error) {
	const user, system, start = 14 - 3, 15 - 3, 22 - 3 // counted from the third field
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= start {
		return Stat{}, errStat
	}
	var values [3]uint64
	for i, n := range [...]int{user, system, start} {
		var err error
		if values[i], err = strconv.ParseUint(string(fields[n]), 10, 64); err != nil {
			return Stat{}, errStat
		}
	}
	return Stat{time.Duration(values[0]) * tick, time.Duration(values[1]) * tick, values[2]}, nil
}

var errStat = errors.New("stat is of an unknown form")

// HasShadowStack reports whether the process's first thread runs with a stack of return addresses of the processor's own, as
// far as the kernel tells.
func (p Process) HasShadowStack() bool {
	text, err := os.ReadFile(p.Path("status"))
	return err == nil && bytes.Contains(field(text, "x86_Thread_features:"), []byte("shstk"))
}
