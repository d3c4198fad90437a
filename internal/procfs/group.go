package procfs

import (
	"bytes"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// groupsRoot is where control groups are mounted: those of the second version, and below "memory" those of the
// first that count memory.
const groupsRoot = "/sys/fs/cgroup"

// Group is a control group that counts memory, and may limit it (Linux: Documentation/admin-guide/cgroup-v2.rst,
// cgroup-v1/memory.rst).
type Group struct {
	Dir   string // of its files
	first bool   // it is of the first version of control groups
}

// GroupNames returns the names of the control groups that the process is in: see MemoryGroups.
func (p Process) GroupNames() (string, error) {
	text, err := os.ReadFile(p.Path("cgroup"))
	return string(text), err
}

// MemoryGroups returns those control groups of the names that count memory: the process's own first, and those that it is in. What
// of them cannot be seen from here, as from inside of a container, is left out.
func MemoryGroups(names string) []Group { return memoryGroups(groupsRoot, names) }

// memoryGroups returns the groups that a text of /proc/PID/cgroup names, of which there are files below root.
func memoryGroups(root, text string) (groups []Group) {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		g := Group{Dir: root}
		if slices.Contains(strings.Split(parts[1], ","), "memory") {
			g = Group{root + "/memory", true}
		} else if parts[1] != "" {
			continue
		}
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			here := Group{path.Clean(g.Dir + at), g.first}
			if _, err := here.number(here.files().used); err == nil {
				groups = append(groups, here)
			}
			if at == "/" {
				break
			}
		}
	}
	return groups
}

// groupFiles are the names of a group's files.
type groupFiles struct{ limit, used, events string }

func (g Group) files() groupFiles {
	if g.first {
		return groupFiles{"memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control"}
	}
	return groupFiles{"memory.max", "memory.current", "memory.events"}
}

// number returns the number that is all that a file of the group has; an error also where that is "max".
func (g Group) number(name string) (uint64, error) {
	text, err := os.ReadFile(g.Dir + "/" + name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
}

// unlimited is what the first version has as a limit where there is none, or more.
const unlimited = math.MaxInt64 &^ (1<<16 - 1)

// limitOf returns a limit; math.MaxUint64 where there is none.
func (g Group) limitOf(name string) uint64 {
	if n, err := g.number(name); err == nil && n < unlimited {
		return n
	}
	return math.MaxUint64
}

// available returns how many more bytes the limit of the group leaves, without swapping.
func (g Group) available() uint64 {
	files := g.files()
	limit := g.limitOf(files.limit)
	now, err := g.number(files.used)
	if limit == math.MaxUint64 || err != nil {
		return math.MaxUint64
	}
	return limit - min(now-min(g.cached(), now), limit)
}

// cached returns how many bytes of files are cached in the group: they give way.
func (g Group) cached() (cached uint64) {
	text, _ := os.ReadFile(g.Dir + "/memory.stat")
	names := []string{"inactive_file", "active_file"}
	if g.first && bytes.Contains(text, []byte("total_inactive_file ")) {
		names = []string{"total_inactive_file", "total_active_file"} // with the groups in it, which the others are without
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && slices.Contains(names, fields[0]) {
			n, _ := strconv.ParseUint(fields[1], 10, 64)
			cached += min(n, math.MaxUint64-cached)
		}
	}
	return cached
}

// Memory returns how many bytes of memory the group may have, with what may be swapped out, and how many it has, without what
// is cached of files. It reports false where nothing limits it. swap is how much can be swapped out on the machine.
func (g Group) Memory(swap uint64) (limit, used uint64, ok bool) {
	files := g.files()
	limit = g.limitOf(files.limit)
	used, err := g.number(files.used)
	if limit == math.MaxUint64 || err != nil {
		return 0, 0, false
	}
	if g.first {
		// Its counts of both together are there only where it has been told to keep them.
		if both, err := g.number("memory.memsw.usage_in_bytes"); err == nil {
			limit, used = min(limit+swap, g.limitOf("memory.memsw.limit_in_bytes")), both
		}
	} else if swapped, err := g.number("memory.swap.current"); err == nil {
		limit, used = limit+min(swap, g.limitOf("memory.swap.max")), used+swapped
	}
	return limit, used - min(g.cached(), used), true
}

// Killed returns how many of the processes in the group the out-of-memory killer has ended so far; of the second version also
// those in groups in it. It reports false where that is not told.
func (g Group) Killed() (n uint64, ok bool) {
	text, err := os.ReadFile(g.Dir + "/" + g.files().events)
	if err != nil {
		return 0, false
	}
	n, err = strconv.ParseUint(string(bytes.TrimSpace(field(text, "oom_kill "))), 10, 64)
	return n, err == nil
}

// Swap returns how many bytes of memory can be swapped out on this machine.
func Swap() uint64 {
	text, _ := os.ReadFile(Root + "/meminfo")
	return parseMeminfo(text, "SwapTotal:")
}

// MachineMemory returns how many bytes of memory this machine has, with what can be swapped out, and how many are used, without
// what is cached of files; ok is false where /proc does not tell.
func MachineMemory() (all, used uint64, ok bool) {
	text, err := os.ReadFile(Root + "/meminfo")
	if err != nil {
		return 0, 0, false
	}
	total, available := parseMeminfo(text, "MemTotal:"), parseMeminfo(text, "MemAvailable:")
	all = total + parseMeminfo(text, "SwapTotal:")
	return all, all - min(available+parseMeminfo(text, "SwapFree:"), all), total != 0 && available != 0
}

// AddressLimit returns how many bytes of address space the process may have (RLIMIT_AS); ok is false where that is not
// limited, or not known.
func (p Process) AddressLimit() (limit uint64, ok bool) {
	text, err := os.ReadFile(p.Path("limits"))
	if err != nil {
		return 0, false
	}
	return parseAddressLimit(text)
}

// parseAddressLimit reads it from limits.
func parseAddressLimit(text []byte) (limit uint64, ok bool) {
	fields := bytes.Fields(field(text, "Max address space "))
	if len(fields) == 0 {
		return 0, false
	}
	limit, err := strconv.ParseUint(string(fields[0]), 10, 64)
	return limit, err == nil // "unlimited"
}
