//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// A heldProgram is held.cc as it is built and run.
type heldProgram struct {
	flags     []string // of the compiler, besides -g -pthread
	preloaded string   // a library with an allocator
	own       uint64   // bytes that the allocator makes itself and holds in its data, where nobody looks
}

// record records the program, and returns what it says that it holds.
func (p heldProgram) record(t *testing.T) (recording, map[string]uint64) {
	t.Helper()
	plugin := testkit.Build(t, "held_plugin.c", "-g", "-shared", "-fPIC")
	counted := testkit.Run(t, exec.Command(testkit.Build(t, "held.cc", "-g", "-pthread", "-DCOUNT"), plugin))
	file := filepath.Join(t.TempDir(), "profile.json")
	cmd := heapprofRun([]string{"-q", "--retained", "-o", file}, testkit.Build(t, "held.cc", append([]string{"-g", "-pthread"}, p.flags...)...), plugin)
	if p.preloaded != "" {
		cmd.Env = append(os.Environ(), "LD_PRELOAD="+findLibrary(t, p.preloaded))
	}
	r := recordCommand(t, cmd, file)
	if r.Status != 0 || r.Stderr != "" || r.Stdout != "" {
		t.Errorf("status %d, output %q, standard error %q", r.Status, r.Stdout, r.Stderr)
	}
	return r, testkit.Counts(counted.Stdout)
}

var heldFunction = madeBy(`^(leak|hold|fill)_[a-z_]+`)

// TestEachPlantedLeakIsFoundAndNoOtherBlockIsLost is of a program that loses blocks in 16 ways, has some that only look lost, and
// holds others in containers, each of which retains what the program counts for it.
func TestEachPlantedLeakIsFoundAndNoOtherBlockIsLost(t *testing.T) {
	for name, program := range map[string]heldProgram{
		"glibc":            {},
		"glibc, optimised": {flags: []string{"-O2"}},
		"jemalloc":         {preloaded: "libjemalloc.so.2"},
		"tcmalloc":         {preloaded: "libtcmalloc_minimal.so.4", own: 16},
		"mimalloc":         {preloaded: "libmimalloc.so.2"},
		"not relocatable":  {flags: []string{"-no-pie"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, counts := program.record(t)
			h := holdingsOf(t, r.Profile, profile.ExitSnapshot, heldFunction) // and nearly of the peak
			wantNoneFalselyLost(t, h, program.own)
			wantPlantedLeaks(t, h, counts)
			wantContainers(t, h, counts, program.flags == nil)
			wantOwned(t, h)
			if program.preloaded != "libtcmalloc_minimal.so.4" { // which has an mmap of its own
				wantMapped(t, h)
			}
			if t.Failed() {
				t.Log(h)
			}
		})
	}
}

// TestNoBlockIsLostThatOnlyItsEndHolds has an allocator linked in: its blocks are not padded, so that another one
// begins where one ends. What is held by its end only is not lost, and hardly a leak is missed for that.
func TestNoBlockIsLostThatOnlyItsEndHolds(t *testing.T) {
	r, _ := heldProgram{flags: []string{findLibrary(t, "libjemalloc_pic.a"), "-lm", "-ldl"}}.record(t)
	h := holdingsOf(t, r.Profile, profile.ExitSnapshot, heldFunction)
	wantNoneFalselyLost(t, h, 0)
	if h.Padded || h.Unreached.Blocks < 6000 {
		t.Errorf("padded is %t, %v are lost", h.Padded, h.Unreached)
	}
}

// wantNoneFalselyLost wants unreached blocks to be those of functions leak_….
func wantNoneFalselyLost(t *testing.T, h holdings, own uint64) {
	t.Helper()
	for function, by := range h.made {
		if lost := by[noOwner]; lost.Blocks != 0 && (function != "" || lost.Bytes != own) && !strings.HasPrefix(function, "leak_") {
			t.Errorf("the %s: %v of %q are said to be lost", h.Kind, lost, function)
		}
	}
}

// wantPlantedLeaks wants all blocks of functions leak_… to be unreached, as many as the program counted.
func wantPlantedLeaks(t *testing.T, h holdings, counts map[string]uint64) {
	t.Helper()
	leaks := 0
	for name, blocks := range counts {
		function, isLeak := strings.CutSuffix(name, "_blocks")
		if !isLeak || !strings.HasPrefix(function, "leak_") {
			continue
		}
		leaks++
		got, want := h.made[function], profile.Amount{Bytes: counts[function+"_bytes"], Blocks: blocks}
		if got[noOwner] != want || len(got) != 1 {
			t.Errorf("of %s, which lost %v, are: %v", function, want, got)
		}
	}
	if leaks < 16 {
		t.Errorf("the program told of %d ways to lose blocks", leaks)
	}
}

// wantContainers wants each variable to retain what the program counted for it. Locals have names only where the
// compiler kept them.
func wantContainers(t *testing.T, h holdings, counts map[string]uint64, locals bool) {
	t.Helper()
	for name, blocks := range counts {
		variable, ok := strings.CutSuffix(name, "_blocks")
		if !ok || !strings.HasPrefix(variable, "g_") && variable != "t_cache" && !(locals && strings.HasPrefix(variable, "l_")) {
			continue
		}
		if got, want := h.owner(t, variable).Retained, (profile.Amount{Bytes: counts[variable+"_bytes"], Blocks: blocks}); got != want {
			t.Errorf("%s retains %v, the program counted %v", variable, got, want)
		}
	}
	want := profile.Amount{Bytes: counts["shared_bytes"], Blocks: counts["shared_blocks"]}
	if got := h.made["fill_both"][manyOwners]; got != want {
		t.Errorf("two variables share %v, the program counted %v", got, want)
	}
}

// wantOwned wants owners with names for all blocks that are not lost, but for 1 KiB.
func wantOwned(t *testing.T, h holdings) {
	t.Helper()
	var none profile.Amount
	for function, by := range h.made {
		if strings.HasPrefix(function, "hold_") || function == "fill_both" {
			continue // what several hold, threads' frames or registers
		}
		for owner, a := range by {
			if owner == manyOwners || strings.HasPrefix(owner, string(profile.FrameOwner)) {
				none.Add(a)
			}
		}
	}
	if none.Bytes > 1<<10 {
		t.Errorf("%v have no owner", none)
	}
	for variable, owner := range map[string]struct {
		kind       profile.OwnerKind
		in, thread string
	}{
		"g_index":       {profile.GlobalOwner, "held", ""},
		"t_cache":       {profile.ThreadLocalOwner, "held", ""},
		"t_other":       {profile.ThreadLocalOwner, "held", "keeper"},
		"s_registry":    {profile.GlobalOwner, "held", ""},
		"plugin_block":  {profile.GlobalOwner, "libheld_plugin.so", ""},
		"g_inside":      {profile.GlobalOwner, "held", ""},
		"g_end":         {profile.GlobalOwner, "held", ""},
		"g_second_base": {profile.GlobalOwner, "held", ""},
	} {
		if o := h.owner(t, variable); o.Kind != owner.kind || o.In != owner.in || o.Thread != owner.thread {
			t.Errorf("%s is %s in %s, thread %q; want %v", variable, o.Kind, o.In, o.Thread, owner)
		}
	}
}

// wantMapped wants what one function has mapped, which is three mappings, to be one owner.
func wantMapped(t *testing.T, h holdings) {
	t.Helper()
	for i := range h.Owners {
		if o := &h.Owners[i]; o.Kind == profile.MappingOwner && o.In == "hold_mapped()" && o.Retained == (profile.Amount{Bytes: 30_000, Blocks: 300}) {
			return
		}
	}
	t.Error("what a function has mapped is not its own")
}
