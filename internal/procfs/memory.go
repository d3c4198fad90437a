package procfs

import (
	"bufio"
	"bytes"
	"math"
	"os"
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
	if text, err := os.ReadFile(groupsRoot + "/memory.max"); err == nil {
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
		available = min(available, availableInGroups(groupsRoot, string(text)))
	}
	return available
}

// availableInGroups returns how many more bytes the limits of control groups leave. root is where they are mounted, and
// text what /proc says of the groups that a process is in.
func availableInGroups(root, text string) uint64 {
	available := uint64(math.MaxUint64)
	for _, g := range memoryGroups(root, text) {
		available = min(available, g.available())
	}
	return available
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
