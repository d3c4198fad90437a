//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/opening"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
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
	return r, readRecording(t, opening.BeforeSuffix(r.File, ".events"))
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
		"the calls that were counted are in " + opening.BeforeSuffix(file, ".events"),
	} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("not said: %s\n%s", want, r.Stderr)
		}
	}
}

// TestWhatTheTrackerItselfCallsIsNotCounted: it asks the C library for the modules, and to hear of threads' ends.
func TestWhatTheTrackerItselfCallsIsNotCounted(t *testing.T) {
	t.Parallel()
	program := testkit.Build(t, "asked.c", "-O1", "-g")
	r, events := recordEvents(t, []string{"--events", "dl_iterate_phdr", "--events", "pthread_setspecific", "--events", "pthread_mutex_lock"}, program)
	if n := r.Profile.Recording.Counts.LostEvents; r.Status != 0 || n != 0 {
		t.Errorf("%d calls lost; %s", n, shorten(r.Result))
	}
	own := make(map[string]uint64)
	for i := range events.Points {
		if frames := stack(events, &events.Points[i]); isIn(frames[1], "asked.c") {
			name, _, _ := strings.Cut(frames[0].Function, "@")
			own[strings.TrimLeft(name, "_")] += events.Points[i].TotalBlocks
		}
	}
	if own["dl_iterate_phdr"] != 1 || own["pthread_setspecific"] != 4 || own["pthread_mutex_lock"] != 400 {
		t.Errorf("called by the program: %v", own)
	}
	if got := calledFunctions(events); got["dl_iterate_phdr"].TotalBlocks+got["__dl_iterate_phdr"].TotalBlocks > 1 {
		t.Errorf("called in all: %v", got)
	}
}

// TestEventsAreThoseOfDhatRS has a program tell dhat-rs of its events, in the same run.
func TestEventsAreThoseOfDhatRS(t *testing.T) {
	t.Parallel()
	bin, file := testkit.BuildCargo(t, fixture.Cargo{Program: "guarded"}), filepath.Join(t.TempDir(), "dhat.json")
	r, events := recordEvents(t, []string{"--events", "weigh(weight=2)"}, bin, "events", file)
	theirs, err := format.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	counts := testkit.Counts(r.Stdout)
	if total := events.Totals(); counts["events"] == 0 || total.TotalBlocks != counts["events"] || total.TotalBytes != counts["units"] {
		t.Errorf("%d events of %d units; dhat-rs: %v", total.TotalBlocks, total.TotalBytes, counts)
	}
	for _, caller := range []string{"light", "heavy"} {
		sum := func(p *profile.Profile) (s sums) {
			for i := range p.Points {
				if strings.Contains(stackText(p, &p.Points[i]), "guarded::"+caller) {
					s.add(&p.Points[i])
				}
			}
			return s
		}
		if a, b := sum(events), sum(theirs); a != b || a.TotalBlocks == 0 {
			t.Errorf("below %s: %+v, by dhat-rs %+v", caller, a, b)
		}
	}
}
