//go:build linux && amd64

package recordtest

import (
	"maps"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

func TestRecursionOfAHundredThousandCalls(t *testing.T) {
	const levels = 100_000
	r := record(t, nil, testkit.Build(t, "deep.c"), strconv.Itoa(levels))
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "deep.c")
	// Ten blocks at the bottom, one at each thousandth level.
	if c := r.Profile.Recording.Counts; c.TruncatedBlocks < 10+levels/1000-1 {
		t.Errorf("%+v: want the stacks cut of at least %d blocks", c, 10+levels/1000-1)
	}
}

// TestFramesWithoutUnwindInformation runs programs of which nothing says how to
// unwind them. With frame pointers the stacks are still whole.
func TestFramesWithoutUnwindInformation(t *testing.T) {
	without := []string{"-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}
	for _, c := range []struct {
		name  string
		build []string
		same  []string // the build that has the same stacks; nil: none has
	}{
		{"frame pointers", append(without, "-O0"), []string{"-O0", "-g"}},
		{
			"frame pointers, optimised",
			append(without, "-O2", "-fno-builtin", "-fno-omit-frame-pointer"),
			[]string{"-g", "-O2", "-fno-builtin", "-fno-omit-frame-pointer"},
		},
		{"none", append(without, "-O2", "-fno-builtin", "-fomit-frame-pointer"), nil},
	} {
		for _, source := range []string{"tree.c", "recursion.c", "omitfp.c", "longjmp.c"} {
			t.Run(c.name+"/"+source, func(t *testing.T) {
				if c.same != nil && source == "omitfp.c" {
					t.Skip("it uses the frame pointer's register for numbers")
				}
				bin := testkit.Build(t, source, c.build...)
				native := testkit.Run(t, exec.Command(bin))
				r := record(t, nil, bin)
				if r.Result != native {
					t.Errorf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
				}
				wantOwnCounts(t, r, source)
				if c.same == nil {
					if r.Profile.Recording.Counts.IncompleteBlocks == 0 {
						t.Error("no stack is said to be incomplete")
					}
					return
				}
				got := functionStacks(r.Profile, source)
				want := functionStacks(record(t, nil, testkit.Build(t, source, c.same...)).Profile, source)
				delete(got, "") // the start-up code's
				delete(want, "")
				if !maps.Equal(got, want) {
					t.Errorf("stacks: %s\nwith unwind information: %s", listStacks(got), listStacks(want))
				}
			})
		}
	}
}

// TestFramesWithoutUnwindInformationAreRemembered bounds, with room to spare, what a
// block costs below thirty frames that only their frame pointers tell: 0.3 µs where
// they are remembered, 300 to 500 µs where each is told anew.
func TestFramesWithoutUnwindInformationAreRemembered(t *testing.T) {
	for _, optimise := range []string{"-O1", "-Os"} { // -Os puts other instructions between those that make a frame
		t.Run(optimise, func(t *testing.T) {
			bin := testkit.Build(t, "framed.c", "-g", optimise, "-fno-omit-frame-pointer", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables")
			r := record(t, []string{"--depth", "40"}, bin)
			if r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "framed.c")
			wantStacks(t, functionStacks(r.Profile, "framed.c"), map[string]uint64{strings.Repeat("deep < ", 31) + "main": 20_000})
			const most = 20_000 // nanoseconds
			if took, err := strconv.Atoi(strings.TrimSpace(r.Stderr)); err != nil || took > most {
				t.Errorf("a malloc and free took %q ns (%v), want at most %d", r.Stderr, err, most)
			}
		})
	}
}

func TestCodeMadeAtRunTime(t *testing.T) {
	r := recordCounted(t, "jit.c")
	wantStacks(t, functionStacks(r.Profile, "jit.c"), map[string]uint64{
		"take < framed < main":    200,
		"framed < main":           100, // the code has called malloc itself
		"take < frameless < main": 100, // the instructions behind its call tell how large its frame is
	})
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
		t.Errorf("%+v: want no stack that is said to be incomplete", c)
	}
}

func TestCodeMadeAtRunTimeThatCallsItsLike(t *testing.T) {
	r := recordCounted(t, "jit_calls.c")
	wantStacks(t, functionStacks(r.Profile, "jit_calls.c"), map[string]uint64{
		"take < framed < main":  100,
		"take < bounced < main": 100,
		"take":                  100,
	})
	// What calls code that keeps no frame pointer cannot be known, unless it is a trampoline: nothing
	// may stand there, and it must be said.
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 100 {
		t.Errorf("%+v: want 100 blocks whose stacks are said to be incomplete", c)
	}
	made := map[int]uint64{} // blocks by the frames of no file in their stacks
	for _, p := range r.Profile.Points {
		n := 0
		for _, f := range p.Stack.All() {
			if frame := &r.Profile.Frames[f]; frame.Module == nil && !frame.IsMarker() {
				n++
			}
		}
		made[n] += p.TotalBlocks
	}
	if made[3] != 200 || made[1] != 100 {
		t.Errorf("blocks by their stacks' frames of code made at run time: %v, want 200 with 3 and 100 with 1", made)
	}
}

func TestCodeMadeAtRunTimeWhereReadableMemoryBegins(t *testing.T) {
	r := recordCounted(t, "jit_edge.c")
	wantStacks(t, functionStacks(r.Profile, "jit_edge.c"), map[string]uint64{
		"take < framed < main":    100,
		"take < frameless < main": 100,
	})
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
		t.Errorf("%+v: want no stack that is said to be incomplete", c)
	}
}

func TestCodeMadeAtRunTimeThatHasAStackOfItsOwn(t *testing.T) {
	r := recordCounted(t, "jit_stack.c")
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
		t.Errorf("%+v: want no stack that is said to be incomplete", c)
	}
	var whole uint64
	for _, p := range r.Profile.Points {
		made := 0
		for _, f := range p.Stack.Frames() {
			if frame := &r.Profile.Frames[f]; frame.Module == nil && !frame.IsMarker() {
				made++
			}
		}
		if made == 2 {
			whole += p.TotalBlocks
		}
	}
	if whole != 100 {
		t.Errorf("%d blocks have stacks that lead through both made functions, want 100", whole)
	}
}

func TestStacksThatAreUnmappedAgain(t *testing.T) {
	for name, build := range map[string][]string{
		"plain":              {"-O0", "-g"},
		"optimised":          {"-O2", "-g", "-fno-builtin", "-fno-optimize-sibling-calls", "-fno-omit-frame-pointer"},
		"no frame pointers":  {"-O2", "-g", "-fno-builtin", "-fno-optimize-sibling-calls", "-fomit-frame-pointer"},
		"no unwind tables":   {"-O0", "-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"},
		"no clue whatsoever": {"-O2", "-g", "-fno-builtin", "-fomit-frame-pointer", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := testkit.Build(t, "stacks.c", build...)
			native := testkit.Run(t, exec.Command(bin))
			r := record(t, nil, bin)
			if r.Result != native {
				t.Fatalf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
			}
			wantOwnCounts(t, r, "stacks.c")
			if strings.HasPrefix(name, "no ") && strings.Contains(name, "tables") || name == "no clue whatsoever" {
				return
			}
			stacks := functionStacks(r.Profile, "stacks.c")
			for key := range stacks {
				// A coroutine's stack ends where it began, the main program's in main.
				if strings.Contains(key, "in_turn") && !strings.HasSuffix(key, "< in_turn") {
					t.Errorf("a coroutine's stack goes on behind its first function: %s", key)
				}
			}
		})
	}
}

// TestStacksLeadToStacksThatCallOnOtherStacks records what calls as OCaml 5 does.
func TestStacksLeadToStacksThatCallOnOtherStacks(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "across.c", "-g", "-O0"))
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "across.c")
	got := make(map[string]uint64)
	for key, s := range functionStacks(r.Profile, "across.c") {
		got[key] += s.TotalBytes
	}
	delete(got, "") // the start-up code's
	want := map[string]uint64{
		"leaf < upwards < main": 10*10 + 10*11, "leaf < downwards < main": 10*20 + 10*21, "leaf < main": 10*30 + 10*40 + 50,
	}
	if !maps.Equal(got, want) || r.Profile.Recording.Counts.IncompleteBlocks != 0 {
		t.Errorf("got %v, want %v; %d blocks are said to be incomplete", got, want, r.Profile.Recording.Counts.IncompleteBlocks)
	}
}

// recordCounted records a fixture, which must end well and say nothing, and holds it to the counts that it printed.
func recordCounted(t *testing.T, source string) recording {
	t.Helper()
	r := record(t, nil, testkit.Build(t, source))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, source)
	return r
}
