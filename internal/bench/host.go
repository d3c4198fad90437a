package main

import (
	"fmt"
	"runtime"

	"heapprof/internal/procfs"
	"heapprof/internal/report/human"
)

// host is the machine that measures, and how busy it was.
type host struct {
	CPU    string
	Cores  int
	System string
	Loads  []string // the load average of a minute, before and after
}

// machine returns a description of this machine.
func machine() *host {
	h := &host{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS}
	// What other systems do not tell is left out.
	if model := procfs.CPU(); model != "" {
		h.CPU = model
	}
	if release := procfs.Kernel(); release != "" {
		h.System = "Linux " + release
	}
	h.note()
	return h
}

// note adds the load average of the last minute.
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
