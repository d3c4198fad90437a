package procfs

import (
	"bytes"
	"os"
	"strings"
)

// CPU returns the model of the machine's first processor, or "" where that is not told.
func CPU() string {
	text, _ := os.ReadFile(Root + "/cpuinfo")
	_, rest, _ := bytes.Cut(text, []byte("model name"))
	model, _, _ := bytes.Cut(rest, []byte("\n"))
	return strings.TrimLeft(string(model), "\t :")
}

// Kernel returns the release of the kernel, such as "6.12.1", or "" on another system than
// Linux.
func Kernel() string {
	text, _ := os.ReadFile(Root + "/sys/kernel/osrelease")
	return strings.TrimSpace(string(text))
}

// Load returns the machine's load average of a minute, such as "0.52", or "" where that is
// not told.
func Load() string {
	text, _ := os.ReadFile(Root + "/loadavg")
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}
