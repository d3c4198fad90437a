package main

import (
	"fmt"
	"runtime"

	"heapprof/internal/procfs"
	"heapprof/internal/report/human"
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
	// What is not told, as on other systems, the line leaves out.
	if model := procfs.CPU(); model != "" {
		h.CPU = model
	}
	if release := procfs.Kernel(); release != "" {
		h.System = "Linux " + release
	}
	h.note()
	return h
}

// note adds the present load.
func (h *host) note() {
	if load := procfs.Load(); load != "" {
		h.Loads = append(h.Loads, load)
	}
}

func (h *host) String() string {
	s := fmt.Sprintf("%s, %s, %s", h.CPU, human.Counted(uint64(h.Cores), "core"), h.System)
	if len(h.Loads) == 2 {
		s += fmt.Sprintf("; load average %s before, %s after", h.Loads[0], h.Loads[1])
	}
	return s
}
