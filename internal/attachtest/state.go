//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/procfs"
)

// state is what a process has that attaching must leave as it was.
type state struct {
	maps    []procfs.Mapping
	files   map[int]string // by descriptor: what it leads to
	threads []int
	// masks is the signals that each thread has blocked, in hexadecimal.
	masks map[int]string
	// handling is the signals that are ignored and those that have handlers.
	handling string
	tracer   string
	// stopped reports whether any thread is stopped, by a signal or a tracer.
	stopped bool
	filter  string // the state of system-call filters
	virtual uint64 // all mappings together, in bytes
	locked  string
}

// living returns a process by a thread of it that lives: where the first one has ended, the process's own directory has no memory any more.
func living(pid int) procfs.Process {
	if status, err := procfs.Process(pid).ThreadStatus(pid); err != nil || status.State != 'Z' {
		return procfs.Process(pid)
	}
	entries, _ := os.ReadDir(procfs.Process(pid).Path("task")) // of a process that has ended: none
	for _, e := range entries {
		if tid, _ := strconv.Atoi(e.Name()); tid != pid {
			return procfs.Process(tid)
		}
	}
	return procfs.Process(pid)
}

// look reads the state of a process. The error is that it has ended.
func look(pid int) (*state, error) {
	p := living(pid)
	s := &state{files: map[int]string{}, masks: map[int]string{}}
	var err error
	if s.maps, err = p.Maps(); err != nil {
		return nil, err
	}
	if len(s.maps) == 0 {
		return nil, fmt.Errorf("process %d has no memory any more", pid)
	}
	for _, m := range s.maps {
		s.virtual += m.End - m.Start
	}
	entries, err := os.ReadDir(p.Path("fd"))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		n, _ := strconv.Atoi(e.Name()) // the kernel's form
		if leads, err := os.Readlink(filepath.Join(p.Path("fd"), e.Name())); err == nil {
			s.files[n] = leads
		}
	}
	tasks, err := os.ReadDir(p.Path("task"))
	if err != nil {
		return nil, err
	}
	for _, e := range tasks {
		tid, _ := strconv.Atoi(e.Name()) // the kernel's form
		if err := s.lookAt(p, tid); err == nil {
			s.threads = append(s.threads, tid)
		} else if tid == int(p) {
			return nil, err
		}
	}
	slices.Sort(s.threads)
	return s, nil
}

// lookAt reads the state of a thread; the error is that it has ended.
func (s *state) lookAt(p procfs.Process, tid int) error {
	text, err := os.ReadFile(p.Path("task/" + strconv.Itoa(tid) + "/status"))
	if err != nil {
		return err
	}
	handling := ""
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch name {
		case "State":
			s.stopped = s.stopped || strings.HasPrefix(value, "T") || strings.HasPrefix(value, "t")
			if strings.HasPrefix(value, "Z") {
				return fmt.Errorf("thread %d has ended", tid)
			}
		case "TracerPid":
			if value != "0" {
				s.tracer = value
			}
		case "SigBlk":
			s.masks[tid] = value
		case "SigIgn", "SigCgt":
			handling += value + " "
		case "Seccomp", "Seccomp_filters":
			if int(p) == tid {
				s.filter += value + " "
			}
		case "VmLck":
			s.locked = value
		}
	}
	if int(p) == tid {
		s.handling = handling
	}
	return nil
}

// isOurs reports whether a mapping is of a file that only what has been attached has.
func isOurs(m procfs.Mapping) bool { return isOurFile(m.Path) }

// isOurFile reports whether a file is one that only what has been attached has: of no directory, and with its name.
func isOurFile(path string) bool {
	return strings.HasPrefix(path, "/memfd:") && strings.Contains(path, "heapprof")
}

// isCode reports whether a mapping is code that no file has.
func isCode(m procfs.Mapping) bool {
	return m.Protection[2] == 'x' && (m.Path == "" || strings.HasPrefix(m.Path, "[anon"))
}

// isPassing reports whether what a descriptor leads to may come and go with a child or a client, or as the program looks at itself.
func isPassing(leads string) bool {
	return strings.HasPrefix(leads, "pipe:") || strings.HasPrefix(leads, "socket:") || procfs.Contains(leads)
}

// overlaps reports whether two ranges of addresses have any in common.
func overlaps(a, b procfs.Mapping) bool { return a.Start < b.End && b.Start < a.End }

// came returns the mappings that have come between two states and that attaching may have brought: those with its name, and code
// that no file has.
func came(before, now *state) (all []procfs.Mapping) {
	for _, m := range now.maps {
		if isOurs(m) || isCode(m) && !slices.ContainsFunc(before.maps, func(b procfs.Mapping) bool { return isCode(b) && overlaps(b, m) }) {
			all = append(all, m)
		}
	}
	return all
}

// left returns how a process differs from what it was before it was attached to, during which it was as in with (nil: not known).
func left(s subject, before, with, now *state) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if now.tracer != "" {
		fault("it is traced by %s", now.tracer)
	}
	if now.stopped && !before.stopped {
		fault("it is stopped")
	}
	if now.filter != before.filter {
		fault("its filter of calls was %s and is %s", before.filter, now.filter)
	}
	if now.locked != before.locked {
		fault("it had locked %s, and now %s", before.locked, now.locked)
	}
	for _, m := range now.maps {
		if isOurs(m) {
			fault("it has a mapping of %s at %#x", m.Path, m.Start)
		}
	}
	if with != nil {
		for _, m := range came(before, with) {
			if s.jit && !isOurs(m) {
				continue // its own, perhaps
			}
			if i := slices.IndexFunc(now.maps, func(n procfs.Mapping) bool { return overlaps(m, n) && (isOurs(n) || isCode(n)) }); i >= 0 {
				fault("code that came is still mapped at %#x", m.Start)
			}
		}
	}
	for n, leads := range now.files {
		if isOurFile(leads) {
			fault("it has descriptor %d of %s", n, leads)
		}
	}
	if s.steady {
		faults = append(faults, changed(before, now)...)
	}
	return faults
}

// changed returns how the threads, descriptors and handlers of a steady program differ from what they were.
func changed(before, now *state) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for n, leads := range now.files {
		if !isPassing(leads) && before.files[n] != leads {
			fault("it has descriptor %d of %s, which was %q", n, leads, before.files[n])
		}
	}
	for n, leads := range before.files {
		if _, still := now.files[n]; !still && !isPassing(leads) {
			fault("it has no descriptor %d any more, of %s", n, leads)
		}
	}
	if !slices.Equal(now.threads, before.threads) {
		fault("its threads were %v and are %v", before.threads, now.threads)
	}
	if now.handling != before.handling {
		fault("its handlers were %s and are %s", before.handling, now.handling)
	}
	for tid, mask := range before.masks {
		if now.masks[tid] != mask {
			fault("thread %d blocked %s and blocks %s", tid, mask, now.masks[tid])
		}
	}
	return faults
}
