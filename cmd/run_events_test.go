//go:build linux && amd64

package cmd

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// countedFlags count the functions of counted.cc.
var countedFlags = []string{
	"--events", "wide(weight=4)", "--events", "vectors", "--events", "various", "--events", "throws(weight=1)", "--events", "leaves(weight=1)",
	"--events", "small", "--events", "outer::overloaded(weight=1)", "--events", "with_sign(weight=1:int)", "--events", "in_handler",
	"--events", "at_the_end(weight=1)", "--events", "ping(weight=1)", "--events", "nothing",
}

// recordEvents records a program and returns the profile of its counted calls as well.
func recordEvents(t *testing.T, flags []string, program string, args ...string) (recording, *profile.Profile) {
	t.Helper()
	r := record(t, flags, program, args...)
	return r, readRecording(t, beforeSuffix(r.File, ".events"))
}

// calledFunctions returns how often each function was called, and the weights of that, by the innermost frames of the
// stacks without arguments.
func calledFunctions(p *profile.Profile) map[string]sums {
	all := make(map[string]sums)
	for i := range p.Points {
		name, _, _ := strings.Cut(stack(p, &p.Points[i])[0].Function, "(")
		name, _, _ = strings.Cut(name[strings.LastIndexAny(name, ": ")+1:], "<")
		s := all[name]
		s.add(&p.Points[i])
		all[name] = s
	}
	return all
}

// TestCountedCallsAreThoseThatTheProgramCounts has functions of all kinds counted: with arguments and results in
// all places, in threads and handlers, left by exceptions and by longjmp, entered by jumps.
func TestCountedCallsAreThoseThatTheProgramCounts(t *testing.T) {
	t.Parallel()
	for _, build := range [][]string{{"-O2", "-g", "-Wno-psabi"}, {"-O1", "-g", "-static", "-Wno-psabi"}} {
		program := testkit.BuildWith(t, "g++", "counted.cc", build...)
		native := testkit.Run(t, exec.Command(program))
		for _, more := range [][]string{nil, {"--sample=1KiB"}} {
			r, events := recordEvents(t, append(more, countedFlags...), program)
			if r.Status != 0 || r.Stdout != native.Stdout {
				t.Fatalf("%q: %s\nnatively: %s", build, shorten(r.Result), shorten(native))
			}
			if u := events.Units; events.Mode != "ad-hoc" || events.Verb != "Occurred" || events.Columns != 0 || u.Unit != "unit" || u.Units != "units" || u.Blocks != "events" {
				t.Errorf("%q: mode %s, %s, columns %v, units %+v", build, events.Mode, events.Verb, events.Columns, u)
			}
			got := calledFunctions(events)
			for line := range strings.Lines(native.Stdout) {
				var name string
				var calls, weight uint64
				if n, _ := fmt.Sscanf(line, "counted %s %d %d", &name, &calls, &weight); n != 3 {
					continue
				}
				if s := got[name]; s.TotalBlocks != calls || s.TotalBytes != weight {
					t.Errorf("%q %q: %s was called %d times with weights of %d in all, by the profile %d and %d", build, more, name, calls, weight, s.TotalBlocks, s.TotalBytes)
				}
				delete(got, name)
			}
			if len(got) > 0 {
				t.Errorf("%q: also counted: %v", build, got)
			}
		}
	}
}

// TestAFunctionThatCannotBeCountedIsNamedWithTheReason: a count of less than all calls would be wrong.
func TestAFunctionThatCannotBeCountedIsNamedWithTheReason(t *testing.T) {
	t.Parallel()
	program := testkit.BuildWith(t, "g++", "counted.cc", "-O2", "-g", "-Wno-psabi")
	file := filepath.Join(t.TempDir(), "p.json")
	r := testkit.Run(t, heapprofRun([]string{"-o", file, "--events", "malloc", "--events", "no_such", "--events", "nothing", "--events", "small<int>", "--events", "small", "--events", "qsort"}, program))
	for _, want := range []string{
		"--events malloc: it cannot be counted in libc.so.6 (it is patched already, for what it allocates, maps or frees)",
		"--events no_such: no function of that name is in what the program begins with",
		"nothing was called 4,000 times\n",
		"small<int> was called 1 time\n", "small was called 2 times\n",
		"it is patched already, as another name that was given means it, too",
		"--events qsort: it was never called",
		"the calls that were counted are in " + beforeSuffix(file, ".events"),
	} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("not said: %s\n%s", want, r.Stderr)
		}
	}
}
