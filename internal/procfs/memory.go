package procfs

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
)

// HostMemory returns how many bytes of memory this process may have at most: the machine's, or its
// container's. Where /proc does not tell, it is taken for 4 GiB.
func HostMemory() uint64 {
	total := uint64(4 << 30)
	if text, err := os.ReadFile(Root + "/meminfo"); err == nil {
		total = max(parseMemTotal(text), 1<<20)
	}
	// What a container sees of its own group (Linux: Documentation/admin-guide/cgroup-v2.rst, "memory.max").
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64); err == nil {
			total = min(total, limit)
		}
	}
	return total
}

// parseMemTotal returns the machine's memory in bytes that a text of /proc/meminfo tells; 0 if it tells none.
func parseMemTotal(text []byte) uint64 {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == "MemTotal:" {
			kib, _ := strconv.ParseUint(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}
