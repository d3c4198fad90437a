package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tool is a profiler that a program runs under, or none.
type tool struct {
	name string
	// wrap returns what stands before the program's command line for a profile
	// in the named file. Nil: nothing does.
	wrap func(file string) []string
	// recorder reports whether the tool is a process of which the program is a child.
	// Then the processor time and memory of the tool itself, and the time from the
	// program's end to its own, are measured too.
	recorder bool
	peer     bool          // somebody else's, which may fail
	limit    time.Duration // how long a run may take; 0: without limit
}

type tools struct {
	native, heapprof                                  *tool
	before, sampled, frees, retained, heaptrack, dhat *tool // nil: not there or not asked for
}

// patience is how long a peer may take for a program that takes a second.
const patience = 30 * time.Second

// findTools builds heapprof and looks for the other tools. The second result tells which of
// these are left out, and why.
func findTools(o *options, root, work string) (*tools, []string, error) {
	heapprof := filepath.Join(work, "heapprof")
	build := exec.Command("go", "build", "-o", heapprof, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("building heapprof: %w\n%s", err, text)
	}
	t := &tools{native: &tool{name: "native"}, heapprof: recorder("heapprof", heapprof)}
	if o.before != "" {
		before, err := filepath.Abs(o.before)
		if err != nil {
			return nil, nil, err
		}
		t.before = recorder("before", before)
	}
	var notes []string
	if o.sample != "" {
		if help, err := exec.Command(heapprof, "run", "--help").Output(); err == nil && strings.Contains(string(help), "--sample") {
			t.sampled = recorder("sampled", heapprof, "--sample="+o.sample)
		} else {
			notes = append(notes, "sampling is left out: this heapprof has no flag --sample")
		}
	}
	if o.frees {
		t.frees = recorder("--frees", heapprof, "--frees")
	}
	if o.retained {
		t.retained = recorder("--retained", heapprof, "--retained")
	}
	for _, peer := range o.peers {
		var err error
		switch peer {
		case "heaptrack":
			t.heaptrack, err = findHeaptrack()
		case "dhat":
			t.dhat, err = findDHAT()
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s is left out: %v", peer, err))
		}
	}
	return t, notes, nil
}

// recorder returns the tool that is the build of heapprof at path, run with flags.
func recorder(name, path string, flags ...string) *tool {
	return &tool{name: name, recorder: true, wrap: func(file string) []string {
		return slices.Concat([]string{path, "run", "-q", "-o", file}, flags)
	}}
}

func findHeaptrack() (*tool, error) {
	path, err := exec.LookPath("heaptrack")
	if err != nil {
		return nil, err
	}
	argv := []string{path}
	// Without this option, which came with 1.5, heaptrack ends by opening its
	// viewer where that is installed.
	if help, err := exec.Command(path, "--help").Output(); err == nil && strings.Contains(string(help), "--record-only") {
		argv = append(argv, "--record-only")
	} else if real, err := filepath.EvalSymlinks(path); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(real), "heaptrack_gui")); err == nil {
			return nil, fmt.Errorf("this version cannot record without opening heaptrack_gui")
		}
	}
	return &tool{name: "heaptrack", peer: true, limit: patience, wrap: func(file string) []string {
		return slices.Concat(argv, []string{"-o", file})
	}}, nil
}

func findDHAT() (*tool, error) {
	path, err := exec.LookPath("valgrind")
	if err != nil {
		return nil, err
	}
	return &tool{name: "dhat", peer: true, limit: patience, wrap: func(file string) []string {
		return []string{path, "--tool=dhat", "-q", "--dhat-out-file=" + file}
	}}, nil
}
