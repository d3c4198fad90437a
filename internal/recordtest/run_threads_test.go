//go:build linux && amd64

package recordtest

import (
	"strconv"
	"testing"

	"heapprof/internal/testkit"
)

// TestThreadsLoseNothing runs programs whose threads are many, short, alive all
// at once, or end in unusual ways, and that hand their blocks to each other.
func TestThreadsLoseNothing(t *testing.T) {
	optimised := []string{"-O2", "-g", "-fno-builtin"}
	for _, c := range []struct {
		name, source string
		args         []string
		blocks       uint64 // at least so many
	}{
		{"10,000 short ones", "threads.c", []string{"10000", "5"}, 50_000},
		{"1,000 at once", "crowd.c", []string{"1000"}, 20_000},
		{"destructors that allocate and free", "endings.c", []string{"destructor", "400"}, 2000},
		{"pthread_exit", "endings.c", []string{"exit", "400"}, 4000},
		{"cancelled while waiting", "endings.c", []string{"cancel", "400"}, 400},
		{"cancelled at any instruction", "endings.c", []string{"asynchronous", "400"}, 400},
		{"a storm of 2 threads", "storm.c", []string{"2", "1000000"}, 2_000_000},
		{"a storm of 8 threads", "storm.c", []string{"8", "250000"}, 2_000_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(t, nil, testkit.Build(t, c.source, optimised...), c.args...)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, c.source)
			if n := testkit.Counts(r.Stdout)["total_blocks"]; n < c.blocks {
				t.Errorf("the program counted %d blocks, want %d or more", n, c.blocks)
			}
			if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
		})
	}
}

func TestThreadsAfterAnUnloadedLibraryTakeNoMoreMemory(t *testing.T) {
	const threads, slack = 200, 16 // KiB a thread; to forget an empty call tree took 180
	program := testkit.Build(t, "latecomers.c")
	anonymous := func(args ...string) uint64 {
		r := record(t, nil, program, args...)
		kib := testkit.Counts(r.Stdout)["anonymous"]
		if r.Status != 0 || kib == 0 {
			t.Fatalf("status %d, standard output %q", r.Status, r.Stdout)
		}
		return kib
	}
	n := strconv.Itoa(threads)
	before, after := anonymous(n), anonymous(n, buildGuest(t))
	if after > before+threads*slack {
		t.Errorf("%d threads take %d KiB, and after a library was unloaded %d KiB", threads, before, after)
	}
}
