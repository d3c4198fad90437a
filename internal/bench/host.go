package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// host is the machine and how busy it was.
type host struct {
	CPU    string
	Cores  int
	System string
	Loads  []string // the load average of a minute, before and after
}

func machine() *host {
	h := &host{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS}
	// Where a file is missing, as on other systems, the line says less.
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := bytes.Cut(text, []byte("model name")); ok {
			model, _, _ := bytes.Cut(rest, []byte("\n"))
			h.CPU = strings.TrimLeft(string(model), "\t :")
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		h.System = "Linux " + strings.TrimSpace(string(text))
	}
	h.note()
	return h
}

// note adds the present load.
func (h *host) note() {
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		minute, _, _ := strings.Cut(string(text), " ")
		h.Loads = append(h.Loads, minute)
	}
}

func (h *host) String() string {
	s := fmt.Sprintf("%s, %s, %s", h.CPU, plural(h.Cores, "core"), h.System)
	if len(h.Loads) == 2 {
		s += fmt.Sprintf("; load average %s before, %s after", h.Loads[0], h.Loads[1])
	}
	return s
}
