//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os/exec"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestOwnCountsEqualTheProfile runs the programs that do what profilers find
// hard. Each must behave as it does natively, and the profile must have exactly
// the blocks that the program counted itself.
func TestOwnCountsEqualTheProfile(t *testing.T) {
	for _, program := range []countedProgram{
		{name: "one thread", source: "threads.c", args: []string{"1"}},
		{name: "four threads", source: "threads.c", varies: true},
		{name: "thousands of short threads", source: "threads.c", args: []string{"3000", "20"}, varies: true},
		{name: "blocks freed by another thread", source: "queue.c", varies: true},
		{name: "signal handlers", source: "signals.c", varies: true},
		{name: "signal handlers, optimised", source: "signals.c", build: optimised, varies: true},
		{name: "exceptions", source: "exceptions.cc"},
		{name: "exceptions, optimised", source: "exceptions.cc", build: optimised},
		{name: "longjmp", source: "longjmp.c"},
		{name: "longjmp, optimised", source: "longjmp.c", build: optimised},
		{name: "coroutines", source: "coroutines.c"},
		{name: "a stack whose outer part is unmapped", source: "neighbours.c"},
		{name: "deep recursion", source: "deep.c", args: []string{"20000"}},
		{name: "realigned frames", source: "realign.c", build: optimised},
		{name: "no frame pointers", source: "omitfp.c", build: optimised},
		{name: "inlined calls", source: "inlined.c", build: optimised},
		{name: "not position-independent", source: "tree.c", build: []string{"-O0", "-g", "-no-pie", "-fno-pie"}},
		{name: "DWARF 4", source: "tree.c", build: []string{"-O0", "-gdwarf-4"}},
		{name: "compressed debug information", source: "tree.c", build: []string{"-O0", "-g", "-gz"}},
		{name: "sized deallocation", source: "sized.c", varies: true},
		{name: "fork", source: "children.c", args: []string{"fork"}},
		{name: "vfork", source: "children.c", args: []string{"vfork"}},
		{name: "posix_spawn", source: "children.c", args: []string{"spawn"}},
		{name: "return", source: "exits.c", args: []string{"return"}, status: 7},
		{name: "exit", source: "exits.c", args: []string{"exit", "200"}, status: 200},
		{name: "_exit", source: "exits.c", args: []string{"_exit"}, status: 7},
		{name: "quick_exit", source: "exits.c", args: []string{"quick_exit"}, status: 7},
		{name: "abort", source: "exits.c", args: []string{"abort"}, status: 128 + 6},
		{name: "segmentation fault", source: "exits.c", args: []string{"segv"}, status: 128 + 11},
		{name: "SIGKILL", source: "exits.c", args: []string{"kill"}, status: 128 + 9},
		{name: "SIGTERM", source: "exits.c", args: []string{"term"}, status: 128 + 15},
		{name: "the main thread ends first", source: "exits.c", args: []string{"thread"}, status: 7},
	} {
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			program.check(t, testkit.Build(t, program.source, program.build...))
		})
	}
}

func TestBlocksOfEveryMallocFunctionAreCounted(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "sized.c"))
	if n := testkit.Counts(r.Stdout)["sized"]; n != 2 {
		t.Errorf("the program found %d of free_sized and free_aligned_sized, want both", n)
	}
	wantOwnCounts(t, r, "sized.c")
}

func TestFramesLeftByLongjmpAreForgotten(t *testing.T) {
	for _, build := range [][]string{nil, {"-O2", "-g", "-fno-inline", "-fno-optimize-sibling-calls", "-fno-builtin"}} {
		r := record(t, nil, testkit.Build(t, "longjmp.c", build...))
		stacks := functionStacks(r.Profile, "longjmp.c")
		for key := range stacks {
			if strings.Contains(key, "left") && strings.Contains(key, "right") {
				t.Errorf("a stack holds both paths: %s", key)
			}
			if key != "" && !strings.HasSuffix(key, " < main") {
				t.Errorf("a stack does not reach main: %s", key)
			}
		}
		// Level n of either path is reached by those of the 200 rounds whose
		// i%30 is at least n: once on the left, at each level, and once on the
		// right, which is where the recursion comes back to.
		for level := range 30 {
			want := uint64(0)
			for i := range 200 {
				if i%30 >= level {
					want++
				}
			}
			for _, side := range []string{"left", "right"} {
				key := "take" + strings.Repeat(" < "+side+"_deep", level+1) + " < " + side + " < main"
				if got := stacks[key].TotalBlocks; got != want {
					t.Errorf("%d blocks, want %d: %s", got, want, key)
				}
			}
		}
	}
}

func TestFramesLeftByExceptionsAreForgotten(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "exceptions.cc"))
	stacks := functionStacks(r.Profile, "exceptions.cc")
	wantStacks(t, stacks, map[string]uint64{
		"Block::Block(unsigned long) < after_catch() < main":                              1000,
		"Block::Block(unsigned long) < rethrow(int) < main":                               2000,
		"Block::Block(unsigned long) < descend(int) < rethrow(int) < main":                1000,
		"Block::Block(unsigned long) < descend(int) < descend(int) < rethrow(int) < main": 975,
	})
}

func TestStacksOfCoroutinesAreKeptApart(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "coroutines.c"))
	stacks := functionStacks(r.Profile, "coroutines.c")
	want := map[string]uint64{"main": 3, "take < main": 51}
	for _, colour := range []string{"red", "green", "blue"} {
		for level := range 5 {
			// Two blocks a visit, ten of the fifty rounds go to each level.
			want["take"+strings.Repeat(" < "+colour+"_deep", level+1)+" < "+colour] = 20
		}
	}
	wantStacks(t, stacks, want)
}

func TestStacksGoThroughSignalFrames(t *testing.T) {
	for _, build := range [][]string{nil, {"-O2", "-g", "-fomit-frame-pointer", "-fno-inline", "-fno-optimize-sibling-calls", "-fno-builtin"}} {
		r := record(t, nil, testkit.Build(t, "signals.c", build...))
		stacks := functionStacks(r.Profile, "signals.c")
		wantStacks(t, stacks, map[string]uint64{
			"churn < on_usr1 < ask < main":    20,
			"churn < on_fault < fault < main": 10,
			"churn < ask < main":              20,
			"churn < main":                    10,
		})
		for key := range stacks {
			if strings.Contains(key, "on_timer") && !strings.HasSuffix(key, "interrupted < main") {
				t.Errorf("the frames that the timer interrupted are missing: %s", key)
			}
		}
	}
}

func TestSignalsInsideTheHooksLoseNothing(t *testing.T) {
	bump := testkit.Build(t, "bump.c", "-O2", "-g", "-shared", "-fPIC")
	t.Setenv("LD_PRELOAD", bump)
	bin := testkit.Build(t, "reentry.c")
	r := record(t, nil, bin, "100")
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	counts, got := testkit.Counts(r.Stdout), ownSums(r.Profile, "reentry.c")
	// A signal that arrives inside a hook may find it busy; what was skipped then
	// must have been counted.
	lost := r.Profile.Recording.Counts.LostEvents
	if got.TotalBlocks > counts["total_blocks"] || got.TotalBlocks+lost < counts["total_blocks"] {
		t.Errorf("the profile has %d blocks and %d lost events, the program counted %d blocks",
			got.TotalBlocks, lost, counts["total_blocks"])
	}
	if lost > 10*100 {
		t.Errorf("%d events lost in 100 signals", lost)
	}
}

func TestHooksThatASignalHandlerLeavesForGoodLoseNothingAfterwards(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "abandoned.c"))
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "abandoned.c")
	counts := r.Profile.Recording.Counts
	if counts.LostEvents != 0 || counts.UnknownFrees != 10 {
		t.Errorf("%d events lost and %d frees of unknown blocks, want none and 10", counts.LostEvents, counts.UnknownFrees)
	}
}

func TestLibrariesAtTheSameAddressesAreToldApart(t *testing.T) {
	names := []string{"alpha", "beta", "gamma"}
	// At -O2 these sizes of frames leave every instruction at its address, so that
	// a rule for the wrong library finds the wrong caller.
	for _, optimise := range []string{"-O0", "-O2"} {
		r := record(t, nil, testkit.Build(t, "reload.c"),
			buildPlugin(t, names[0], 240, optimise), buildPlugin(t, names[1], 480, optimise), buildPlugin(t, names[2], 960, optimise))
		if testkit.Counts(r.Stdout)["reused"] != 1 {
			testkit.Skip(t, "the dynamic loader used no address twice")
		}
		stacks := functionStacks(r.Profile, "plugin.c", "reload.c")
		for _, name := range names {
			wantStacks(t, stacks, map[string]uint64{
				strings.ReplaceAll("N_inner < N_outer < plugin_allocate < call < main", "N", name): 20,
				name + "_load < main":   20,
				name + "_unload < main": 20,
			})
		}
		wantOwnCounts(t, withoutLifecycle(r), "plugin.c")
	}
}

// withoutLifecycle leaves out what the plugins' constructors and destructors
// allocate, which their host does not count.
func withoutLifecycle(r recording) recording {
	p := *r.Profile
	p.Points = nil
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		c := callers(stack(r.Profile, pt))
		if len(c) > 0 && (strings.HasSuffix(c[0].Function, "_load") || strings.HasSuffix(c[0].Function, "_unload")) {
			continue
		}
		p.Points = append(p.Points, *pt)
	}
	r.Profile = &p
	return r
}

func TestAllocationsBeforeAndAfterMainAreRecorded(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "lifecycle.c"))
	wantOwnCounts(t, r, "lifecycle.c")
	stacks := functionStacks(r.Profile, "lifecycle.c")
	wantStacks(t, stacks, map[string]uint64{
		"take < preinit": 1, "take < early": 1, "take < late": 1, "take < main": 1,
		"take < first_handler": 1, "take < second_handler": 1, "take < last_end": 1,
	})
}

func TestRustProgram(t *testing.T) {
	for _, mangling := range []string{"default", "v0"} {
		flags := []string{"-g"}
		if mangling == "v0" { // the only one that every stable compiler can be asked for
			flags = append(flags, "-Csymbol-mangling-version=v0")
		}
		t.Run(mangling+" mangling", func(t *testing.T) {
			wantRustyCounts(t, testkit.Build(t, "rusty.rs", flags...))
		})
	}
}

// wantRustyCounts runs rusty.rs, built as bin, and holds the profile against what it
// counted itself.
func wantRustyCounts(t *testing.T, bin string) {
	t.Helper()
	r := record(t, nil, bin)
	native := testkit.Run(t, exec.Command(bin))
	if r.Status != 0 || r.Stdout != native.Stdout {
		t.Errorf("status %d and output %q, natively %d and %q", r.Status, r.Stdout, native.Status, native.Stdout)
	}
	counts := testkit.Counts(r.Stdout)
	var boxes sums
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		for _, f := range stack(r.Profile, pt) {
			if f.Function == "rusty::boxes" && isIn(f, "rusty.rs") {
				boxes.add(pt)
				break
			}
		}
	}
	if boxes.TotalBlocks != counts["own_blocks"] || boxes.TotalBytes != counts["own_bytes"] {
		t.Errorf("rusty::boxes has %d bytes in %d blocks, counted were %d in %d",
			boxes.TotalBytes, boxes.TotalBlocks, counts["own_bytes"], counts["own_blocks"])
	}
	for _, want := range []string{"rusty::shapes", "rusty::words", "rusty::hand_over::", "rusty::main"} {
		if !hasFunction(r.Profile, want) {
			t.Errorf("no frame is named %s", want)
		}
	}
}
