package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// counting is hammered.c, which counts calls of functions that it goes over to when it is asked to.
type counting struct {
	t      *testing.T
	teller *teller
	counts map[string]uint64
}

// count has it count once, and waits for what it has counted.
func (c *counting) count() {
	c.counts = nil
	if err := c.teller.command("c"); err != nil {
		c.t.Error(err)
	}
	for deadline := time.Now().Add(answerPatience); c.counts == nil; time.Sleep(time.Millisecond) {
		if c.counts = c.teller.take("malloc_bytes"); c.counts == nil && time.Now().After(deadline) {
			c.t.Error("it does not count")
			return
		}
	}
}

// TestWhatIsRecordedFromTheWordOnIsWhatTheProgramCounts: all threads are in the middle of allocating when they are attached to, when they begin to
// count, when they have ended that, and when they are left.
func TestWhatIsRecordedFromTheWordOnIsWhatTheProgramCounts(t *testing.T) {
	by, err := newOwn()
	if err != nil {
		t.Fatal(err)
	}
	defer by.close()
	for i, s := range countingPrograms() {
		if testing.Short() && i > 0 {
			break
		}
		t.Run(s.name, func(t *testing.T) {
			line, err := s.line()
			if fixture.Missing(err) {
				testkit.Skip(t, "%v", err)
			} else if err != nil {
				t.Fatal(err)
			}
			a := &answers{}
			one, err := startTeller(withEnvironment(line), t.TempDir(), a)
			if err != nil {
				t.Fatal(err)
			}
			c := &counting{t: t, teller: one}
			for range countedTimes() {
				got, err := by.attach(t.Context(), one.process.pid(), c.count)
				if err != nil || got.refused != "" {
					t.Fatalf("%v %s", err, got.refused)
				}
				c.compare(&by.told)
			}
			if err := one.end(); err != nil || a.wrong.Load() > 0 {
				t.Errorf("%v, %d wrong: %v", err, a.wrong.Load(), a.faults())
			}
		})
	}
}

// compare holds what was recorded of the functions that count against what these have counted.
func (c *counting) compare(r *report) {
	c.t.Helper()
	if r.Lost != 0 {
		c.t.Errorf("%d events were lost", r.Lost)
	}
	want := counted{Reallocs: c.counts["realloc"]}
	for _, name := range []string{"malloc", "calloc", "aligned", "realloc"} {
		want.Blocks += c.counts[name]
		want.Bytes += c.counts[name+"_bytes"]
	}
	if r.Counted != want {
		c.t.Errorf("%+v is recorded, and the program has counted %+v", r.Counted, want)
	}
}

// TestProgramsSeeNothingOfBeingAttachedTo: few times here; a thousand are for who runs the command.
func TestProgramsSeeNothingOfBeingAttachedTo(t *testing.T) {
	by, err := newOwn()
	if err != nil {
		t.Fatal(err)
	}
	defer by.close()
	names := []string{"redis-server", "python3", "c[+][+]", "dlopen", "forking", "signals", "coroutines", "waiting"}
	if testing.Short() {
		names = []string{"c[+][+]", "forking"}
	}
	for _, r := range tortured(t, by, few(t), names...) {
		if r.refused > 0 {
			t.Errorf("%s: %v", r.name, r.refusals)
		}
	}
}

// program is hammered.c in one of the ways in which it can be built and started.
type program struct {
	name string
	line func() ([]string, error) // variables of the environment, and the command
}

// countingPrograms returns it with each allocator.
func countingPrograms() []program {
	build := func(flags ...string) func() ([]string, error) {
		return func() ([]string, error) {
			path, err := fixture.Build("hammered.c", append([]string{"-O2", "-g", "-pthread"}, flags...)...)
			return []string{path, "200"}, err
		}
	}
	all := []program{
		{"glibc", build()},
		{"static", build("-static")},
		{"musl", func() ([]string, error) {
			path, err := fixture.BuildWith("musl-gcc", "hammered.c", "-O2", "-g", "-pthread")
			return []string{path, "200"}, err
		}},
	}
	for _, l := range fixture.LinkedAllocators() {
		all = append(all, program{l.Name, func() ([]string, error) {
			path, err := l.Build("hammered.c")
			return []string{path, "200"}, err
		}})
	}
	return all
}

// withEnvironment returns a command before which there are variables of its environment.
func withEnvironment(line []string) *exec.Cmd {
	environment := 0
	for strings.Contains(line[environment], "=") {
		environment++
	}
	cmd := exec.Command(line[environment], line[environment+1:]...)
	cmd.Env = append(cmd.Environ(), line[:environment]...)
	return cmd
}

// countedTimes is how often a test attaches to a program.
func countedTimes() int {
	if testing.Short() {
		return 1
	}
	if n, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_ATTACHES")); err == nil {
		return n
	}
	return 2
}
