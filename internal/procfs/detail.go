package procfs

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// Detail is what of a process is asked before anything is done with it.
type Detail struct {
	State        byte    // as ThreadStatus.State, of its first thread
	Group        Process // the process that it is a thread of: itself, if it is one; 0: not known
	Threads      int
	KernelThread bool
	ShadowStack  bool // its processor keeps return addresses a second time, where no program writes
}

// Detail reads it.
func (p Process) Detail() (Detail, error) {
	status, err := os.ReadFile(p.Path("status"))
	if err != nil {
		return Detail{}, err
	}
	stat, err := os.ReadFile(p.Path("stat"))
	if err != nil {
		return Detail{}, err
	}
	return parseDetail(status, stat), nil
}

// parseDetail reads status and stat.
func parseDetail(status, stat []byte) (d Detail) {
	if state := bytes.TrimSpace(field(status, "State:")); len(state) > 0 {
		d.State = state[0]
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(string(bytes.TrimSpace(field(status, name))))
		return n
	}
	d.Group, d.Threads = Process(number("Tgid:")), number("Threads:")
	const flags, kernelThread = 9 - 3, 0x00200000 // counted from the third field; PF_KTHREAD of linux/sched.h
	if fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(fields) > flags {
		n, _ := strconv.ParseUint(string(fields[flags]), 10, 64)
		d.KernelThread = n&kernelThread != 0
	}
	d.ShadowStack = slices.ContainsFunc(bytes.Fields(field(status, "x86_Thread_features:")), func(f []byte) bool { return string(f) == "shstk" })
	return d
}

// Alive returns the process by the number of a thread that there is: one whose first thread has ended has neither memory nor
// mappings nor a program by its own. Where that is not known it is p.
func (p Process) Alive() Process {
	ids, err := p.Threads()
	if err != nil {
		return p
	}
	// The first one before all others, which may end the next moment.
	for _, id := range append([]int{int(p)}, ids...) {
		if s, err := p.ThreadStatus(id); err == nil && s.State != 'Z' && s.State != 'X' && s.State != 0 {
			return Process(id)
		}
	}
	return p
}

// IDs are the numbers of a process's user or group.
type IDs struct{ Real, Effective, Saved int }

// IsOne reports whether all are one.
func (i IDs) IsOne() bool { return i.Real == i.Effective && i.Effective == i.Saved }

// Credentials are whose rights a process has.
type Credentials struct {
	Users, Groups        IDs
	Effective, Permitted uint64 // capabilities, 1 << their number (capabilities(7))
}

// Credentials reads them.
func (p Process) Credentials() (Credentials, error) {
	text, err := os.ReadFile(p.Path("status"))
	return parseCredentials(text), err
}

// parseCredentials reads status.
func parseCredentials(text []byte) (c Credentials) {
	for name, ids := range map[string]*IDs{"Uid:": &c.Users, "Gid:": &c.Groups} {
		fields := bytes.Fields(field(text, name))
		for i, to := range []*int{&ids.Real, &ids.Effective, &ids.Saved} {
			if *to = -1; i < len(fields) {
				*to, _ = strconv.Atoi(string(fields[i]))
			}
		}
	}
	for name, set := range map[string]*uint64{"CapEff:": &c.Effective, "CapPrm:": &c.Permitted} {
		*set, _ = strconv.ParseUint(string(bytes.TrimSpace(field(text, name))), 16, 64)
	}
	return c
}
