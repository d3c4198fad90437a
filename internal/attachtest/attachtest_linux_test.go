package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

func TestMain(m *testing.M) {
	if is, err := helps(os.Args[1:], os.Stdin, os.Stdout); is {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// few are the options of tests, which only see whether the rest works at all.
func few(t *testing.T) *options {
	o := defaults()
	o.cycles, o.progress = 2, t.Output()
	return o
}

// tortured attaches to the subjects whose names match, and fails the test for whatever is not as it should be.
func tortured(t *testing.T, a attacher, o *options, names ...string) []*result {
	t.Helper()
	chosen, err := choose(names)
	if err != nil {
		t.Fatal(err)
	}
	var results []*result
	for _, s := range chosen {
		t.Run(s.name, func(t *testing.T) {
			r := torture(t.Context(), s, a, testkit.Root(t), o)
			if r.skipped != "" {
				testkit.Skip(t, "%s", r.skipped)
			}
			if r.failed() {
				var text strings.Builder
				printTable(&text, []*result{r})
				t.Errorf("\n%s", text.String())
			}
			results = append(results, r)
		})
	}
	return results
}

// TestWhatIsSeenOfProgramsThatNobodyAttachesToIsNoFault: else what is seen of the others tells nothing.
func TestWhatIsSeenOfProgramsThatNobodyAttachesToIsNoFault(t *testing.T) {
	tortured(t, nobody{}, few(t), "malloc", "forking")
}

// TestCodeThatWasChangedIsSeen: a byte that is written into a program's code, and put back.
func TestCodeThatWasChangedIsSeen(t *testing.T) {
	program, err := fixture.Build("hammered.c", "-O2", "-g", "-pthread")
	if fixture.Missing(err) {
		testkit.Skip(t, "%v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	a := &answers{}
	one, err := startTeller(exec.Command(program, "1000"), t.TempDir(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer one.end()
	pid := one.process.pid()
	c, err := readCode(pid)
	if err != nil {
		t.Fatal(err)
	}
	before, err := look(pid)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.OpenFile(living(pid).Path("mem"), os.O_RDWR, 0)
	if err != nil {
		testkit.Skip(t, "%v", err)
	}
	defer memory.Close()
	at := int64(0)
	for _, m := range before.maps {
		if m.Protection[2] == 'x' && m.Path == program {
			at = int64(m.End - 1) // behind its code
		}
	}
	for _, test := range []struct {
		write byte
		want  int
	}{{1, 1}, {0, 0}} {
		if _, err := memory.WriteAt([]byte{test.write}, at); err != nil {
			t.Fatal(err)
		}
		for _, all := range []bool{false, true} {
			if places, compared, err := c.differing(all); err != nil || len(places) != test.want || compared == 0 {
				t.Errorf("of %d pages %v differ, want %d: %v", compared, places, test.want, err)
			}
		}
	}
}
