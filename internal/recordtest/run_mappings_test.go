//go:build linux && amd64

package recordtest

import (
	"cmp"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// mappingSums adds up the mappings that one of the functions made.
func mappingSums(t *testing.T, p *profile.Profile, functions ...string) sums {
	t.Helper()
	m := p.OfMappings()
	if m == nil {
		t.Fatal("the profile has no mappings")
	}
	var s sums
	for i := range m.Points {
		if slices.ContainsFunc(stack(m, &m.Points[i]), func(f profile.Frame) bool { return slices.Contains(functions, f.Function) }) {
			s.add(&m.Points[i])
		}
	}
	return s
}

// wantOwnMappings holds what mappings.c's functions mapped against what the program
// counted and printed under names with the given prefix.
func wantOwnMappings(t *testing.T, p *profile.Profile, stdout, prefix string) {
	t.Helper()
	counts := testkit.Counts(stdout)
	got := mappingSums(t, p, "map", "remap", "work", "move_break")
	for name, bytes := range map[string]uint64{"mapped": got.TotalBytes, "mappings": got.TotalBlocks, "live": got.EndBytes} {
		if want, ok := counts[prefix+name]; !ok || bytes != want {
			t.Errorf("%s: the profile has %d, the program counted %d", prefix+name, bytes, want)
		}
	}
	if n := p.Recording.Counts.LostEvents; n != 0 {
		t.Errorf("%d events were lost", n)
	}
}

func TestMappingsAreWhatTheProgramCounted(t *testing.T) {
	for _, program := range []struct {
		name   string
		args   []string
		varies bool
	}{
		{name: "one thread"},
		{name: "four threads", args: []string{"threads"}},
		{name: "fork", args: []string{"fork"}},
		{name: "signal handlers", args: []string{"signals"}, varies: true},
	} {
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			bin := testkit.Build(t, "mappings.c")
			r := record(t, []string{"--mmap"}, bin, program.args...)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error: %q", r.Status, r.Stderr)
			}
			if !program.varies {
				if native := testkit.Run(t, exec.Command(bin, program.args...)); native.Stdout != r.Stdout {
					t.Errorf("output %q, natively %q", r.Stdout, native.Stdout)
				}
			}
			wantOwnMappings(t, r.Profile, r.Stdout, "")
		})
	}
}

func TestMappingsOfMuslProgramsAreWhatTheyCounted(t *testing.T) {
	for _, args := range [][]string{nil, {"threads"}, {"fork"}} {
		r := record(t, []string{"--mmap"}, buildForMusl(t, "mappings.c", "-O0", "-g", "-Wl,--eh-frame-hdr"), args...)
		if r.Status != 0 || r.Stderr != "" {
			t.Errorf("%q: status %d, standard error: %q", args, r.Status, r.Stderr)
		}
		wantOwnMappings(t, r.Profile, r.Stdout, "")
	}
	// musl's malloc cannot be unwound through.
	r := record(t, []string{"--mmap"}, buildForMusl(t, "mapped_blocks.c"))
	blocks := ownSums(r.Profile, "mapped_blocks.c")
	if got := mappingSums(t, r.Profile, "large"); got.EndBytes < blocks.EndBytes {
		t.Errorf("blocks of %d bytes lie in %d that were mapped", blocks.EndBytes, got.EndBytes)
	}
}

func TestAForkedChildsMappingsBeginWithItsParents(t *testing.T) {
	dir := t.TempDir()
	r := testkit.Run(t, heapprofRun([]string{"-q", "--mmap", "--children", "-o", filepath.Join(dir, "p.json")}, testkit.Build(t, "mappings.c"), "fork"))
	for _, file := range filesBelow(t, dir) {
		if filepath.Base(file) == "p.json" {
			wantOwnMappings(t, readRecording(t, file), r.Stdout, "")
		} else {
			wantOwnMappings(t, readRecording(t, file), r.Stdout, "child_")
		}
	}
	if n := len(filesBelow(t, dir)); n != 2 {
		t.Errorf("%d profiles were written, want 2", n)
	}
}

func TestMappingsAreNoPartOfTheHeap(t *testing.T) {
	bin := testkit.Build(t, "tree.c")
	with, without := record(t, []string{"--mmap"}, bin), record(t, nil, bin)
	if without.Profile.OfMappings() != nil {
		t.Error("mappings were recorded unasked")
	}
	got, want := ownSums(with.Profile, "tree.c"), ownSums(without.Profile, "tree.c")
	if got != want {
		t.Errorf("with mappings the heap is %+v, without %+v", got, want)
	}
	view := testkit.DHATView(t, with.File)
	if sum := with.Profile.Totals(); view.TotalBytes != sum.TotalBytes || view.PeakBytes != sum.PeakBytes {
		t.Errorf("DHAT's viewer has %+v, the profile %+v", view, sum)
	}
}

// The hooks of mappings are entered at any point of an allocator's work, by any thread
// and in signal handlers. That must not show in the heap's account.
func TestTheHeapIsCountedExactlyBesideMappings(t *testing.T) {
	for _, program := range [][]string{
		{"threads.c"}, {"threads.c", "1000", "20"}, {"queue.c"}, {"signals.c"}, {"exceptions.cc"}, {"longjmp.c"},
		{"deep.c", "20000"}, {"coroutines.c"}, {"children.c", "fork"}, {"children.c", "vfork"}, {"children.c", "spawn"}, {"exits.c", "kill"},
	} {
		t.Run(strings.Join(program, " "), func(t *testing.T) {
			t.Parallel()
			r := record(t, []string{"--mmap", "--no-children"}, testkit.Build(t, program[0]), program[1:]...)
			if r.Stderr != "" {
				t.Errorf("standard error: %q", r.Stderr)
			}
			wantOwnCounts(t, r, program[0])
			if m := r.Profile.OfMappings(); m == nil || len(m.Points) == 0 {
				t.Error("nothing was mapped")
			}
		})
	}
}

// Where a stack within malloc is looked at, the loader must not be asked for anything.
func TestMappingsNeverWaitForTheLoadersLock(t *testing.T) {
	bin := testkit.Build(t, "loader_lock.c", "-O0", "-g", "-fno-builtin")
	plugin := testkit.Build(t, "plugin.c", "-shared", "-fPIC", "-g")
	r := record(t, []string{"--mmap"}, bin, plugin)
	if r.Stdout != "done\n" || r.Status != 0 {
		t.Errorf("status %d, output %q", r.Status, r.Stdout)
	}
}

func TestMappingsWithinMallocHaveTheStackOfItsCaller(t *testing.T) {
	for _, allocator := range append([]string{""}, allocators...) {
		t.Run(cmp.Or(allocator, "libc"), func(t *testing.T) {
			bin := testkit.Build(t, "mapped_blocks.c")
			if allocator != "" {
				t.Setenv("LD_PRELOAD", findLibrary(t, allocator))
			}
			r := record(t, []string{"--mmap"}, bin)
			if native := testkit.Run(t, exec.Command(bin)); native.Stdout != r.Stdout || r.Status != 0 {
				t.Errorf("status %d and output %q, natively %q", r.Status, r.Stdout, native.Stdout)
			}
			wantOwnCounts(t, r, "mapped_blocks.c")
			blocks := ownSums(r.Profile, "mapped_blocks.c")
			if got := mappingSums(t, r.Profile, "large"); got.EndBytes < blocks.EndBytes {
				t.Errorf("blocks of %d bytes lie in %d that were mapped", blocks.EndBytes, got.EndBytes)
			}
		})
	}
}
