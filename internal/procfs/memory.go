package procfs

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// HostMemory returns how many bytes of memory this process may have at most: the machine's, or its
// container's. Where /proc does not tell, it is taken for 4 GiB.
func HostMemory() uint64 {
	total := uint64(4 << 30)
	if text, err := os.ReadFile(Root + "/meminfo"); err == nil {
		total = max(parseMeminfo(text, "MemTotal:"), 1<<20)
	}
	// What a container sees of its own group (Linux: Documentation/admin-guide/cgroup-v2.rst, "memory.max").
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64); err == nil {
			total = min(total, limit)
		}
	}
	return total
}

// AvailableMemory returns how many more bytes of memory this process and those beside it may use before any is killed for it:
// what the machine has, and what the limits of their control groups leave. What is not known limits nothing.
func AvailableMemory() uint64 {
	available := uint64(math.MaxUint64)
	if text, err := os.ReadFile(Root + "/meminfo"); err == nil {
		if n := parseMeminfo(text, "MemAvailable:"); n != 0 {
			available = n
		}
		// Strictly, what is promised counts as well as what is used.
		const strictly = "2"
		if mode, err := os.ReadFile(Root + "/sys/vm/overcommit_memory"); err == nil && string(bytes.TrimSpace(mode)) == strictly {
			limit, promised := parseMeminfo(text, "CommitLimit:"), parseMeminfo(text, "Committed_AS:")
			available = min(available, limit-min(promised, limit))
		}
	}
	if text, err := os.ReadFile(Root + "/self/cgroup"); err == nil {
		available = min(available, availableInGroups("/sys/fs/cgroup", string(text)))
	}
	return available
}

// availableInGroups returns how many more bytes the limits of control groups leave. root is where they are mounted, and
// text what /proc says of the groups that a process is in.
func availableInGroups(root, text string) uint64 {
	available := uint64(math.MaxUint64)
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		mounted, limit, used := root, "memory.max", "memory.current"
		if slices.Contains(strings.Split(parts[1], ","), "memory") {
			mounted, limit, used = root+"/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			available = min(available, availableInGroup(mounted+group, limit, used))
			if group == "/" {
				break
			}
		}
	}
	return available
}

// availableInGroup returns how many more bytes the limit of a control group leaves. What is cached of files gives way.
func availableInGroup(dir, limit, used string) uint64 {
	number := func(name string) (uint64, error) {
		text, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			return 0, err
		}
		return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	}
	most, err := number(limit) // "max": there is none
	if err != nil {
		return math.MaxUint64
	}
	now, err := number(used)
	if err != nil {
		return math.MaxUint64
	}
	text, _ := os.ReadFile(dir + "/memory.stat")
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && (fields[0] == "inactive_file" || fields[0] == "active_file") {
			n, _ := strconv.ParseUint(fields[1], 10, 64)
			now -= min(n, now)
		}
	}
	return most - min(now, most)
}

// parseMeminfo returns a number of bytes that a text of /proc/meminfo tells by a name; 0 if it tells none.
func parseMeminfo(text []byte, name string) uint64 {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == name {
			kib, _ := strconv.ParseUint(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}
