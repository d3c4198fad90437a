//go:build linux && amd64

package tracker

import (
	"debug/elf"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/preload"
)

// arm64Root is where Debian's cross compiler keeps arm64's libraries.
const arm64Root = "/usr/aarch64-linux-gnu"

// arm64Stamp is the recorder's stamp as clock's stamp_arm64.s has it, for a program in
// qemu, whose counter has ticks of 16 ns and moves with the host's time of day,
// microsecond by microsecond.
func arm64Stamp() uint64 { return uint64(time.Now().UnixMicro())*1000/16*2 - 1 }

// runArm64 runs an arm64 program in qemu's user mode under the arm64 library, and
// records it here: the rings are in memory that qemu passes through.
func runArm64(t *testing.T, program string, args ...string) (*Result, string) {
	t.Helper()
	return runArm64With(t, installArm64(t), program, args...)
}

// installArm64 returns the path of the arm64 library.
func installArm64(t *testing.T) string {
	t.Helper()
	library := filepath.Join(t.TempDir(), "libheapprof-arm64.so")
	content, err := preload.Library("arm64")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(library, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return library
}

// runArm64With is runArm64 with another library.
func runArm64With(t *testing.T, library, program string, args ...string) (*Result, string) {
	t.Helper()
	return runArm64Asked(t, Options{}, library, program, args...)
}

// runArm64Asked is runArm64With with options: what is asked for beside blocks.
func runArm64Asked(t *testing.T, o Options, library, program string, args ...string) (*Result, string) {
	t.Helper()
	o.Args, o.Depth = append([]string{program}, args...), 128
	qemu := testkit.Tool(t, "qemu-aarch64")
	return withOutput(t, func() (*Result, error) {
		return record(o, target{
			Program: launch.Program{
				Name: program,
				Path: qemu,
				// qemu's own loader must not see LD_PRELOAD.
				Args: append([]string{qemu, "-L", arm64Root, "-E", "LD_PRELOAD=" + library, program}, args...),
			},
			library:  library,
			machine:  elf.EM_AARCH64,
			emulated: true,
			stamp:    arm64Stamp,
		})
	})
}

// ownStacks adds points up by the functions of source in their stacks, innermost
// first, and sums up those whose innermost frame of all is in source.
func ownStacks(p *profile.Profile, source string) (stacks map[string]uint64, own profile.Point) {
	stacks = make(map[string]uint64)
	for i := range p.Points {
		pt := &p.Points[i]
		var names []string
		for j, f := range pt.Stack.All() {
			frame := p.Frames[f]
			if filepath.Base(frame.File) != source {
				continue
			}
			if j == 0 {
				own.TotalBytes += pt.TotalBytes
				own.TotalBlocks += pt.TotalBlocks
				own.EndBytes += pt.EndBytes
				own.EndBlocks += pt.EndBlocks
			}
			names = append(names, frame.Function)
		}
		if len(names) > 0 {
			stacks[strings.Join(names, " < ")] += pt.TotalBlocks
		}
	}
	return stacks, own
}

// TestArm64ProgramsAreRecordedExactly runs programs of arm64 and holds totals
// against their own counts, and stacks against those that the same program has
// on the processor that the test runs on.
func TestArm64ProgramsAreRecordedExactly(t *testing.T) {
	// Frames that save the return address and no frame pointer, and where they like.
	optimized := []string{"-O2", "-g", "-fomit-frame-pointer", "-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls"}
	for _, test := range []struct {
		source string
		flags  []string
		signed bool // with pointer authentication, which qemu's processor has
		args   []string
		varies bool // the stacks differ from run to run
	}{
		{source: "tree.c"},
		{source: "tree.c", flags: optimized, signed: true},
		{source: "hash.c"},
		{source: "vector.c", flags: optimized},
		{source: "recursion.c", signed: true},
		{source: "recursion.c", flags: optimized, signed: true},
		{source: "zero.c"},
		{source: "aligned.c"},
		{source: "sawtooth.c", flags: optimized},
		{source: "longjmp.c", flags: optimized, signed: true},
		{source: "lifecycle.c"},
		{source: "deep.c", args: []string{"3000"}},
		{source: "signals.c", varies: true},
		{source: "signals.c", flags: optimized, varies: true},
		{source: "threads.c"},
		{source: "threads.c", args: []string{"300", "20"}},
		{source: "queue.c", flags: optimized},
	} {
		name := strings.Join(slices.Concat([]string{test.source}, test.args, test.flags), " ")
		t.Run(name, func(t *testing.T) {
			flags := test.flags
			if flags == nil {
				flags = []string{"-O0", "-g"}
			}
			here := testkit.Build(t, test.source, flags...)
			if test.signed {
				flags = append(slices.Clone(flags), "-mbranch-protection=standard")
			}
			result, output := runArm64(t, testkit.BuildWith(t, "aarch64-linux-gnu-gcc", test.source, flags...), test.args...)
			if result.ExitCode != 0 || result.Signal != 0 || !result.Loaded {
				t.Fatalf("status %d, signal %d, library loaded: %v\n%s", result.ExitCode, result.Signal, result.Loaded, output)
			}
			counts := testkit.Counts(output)
			stacks, own := ownStacks(result.Profile, test.source)
			for name, got := range map[string]uint64{
				"total_bytes": own.TotalBytes, "total_blocks": own.TotalBlocks,
				"end_bytes": own.EndBytes, "end_blocks": own.EndBlocks,
			} {
				if want, ok := counts[name]; !ok || got != want {
					t.Errorf("%s: the profile has %d, the program counted %d", name, got, want)
				}
			}
			if c := result.Profile.Recording.Counts; c.LostEvents != 0 || c.IncompleteStacks != 0 {
				t.Errorf("%+v, want nothing lost and every stack whole", c)
			}
			if test.varies {
				return
			}
			result, _ = withOutput(t, func() (*Result, error) {
				return Run(Options{Args: append([]string{here}, test.args...), Depth: 128})
			})
			if want, _ := ownStacks(result.Profile, test.source); !maps.Equal(stacks, want) {
				t.Errorf("blocks by stack:\n%v\nwant\n%v", stacks, want)
			}
		})
	}
}

// TestArm64StacksGoThroughSignalFrames includes a function, fault, that is
// interrupted while its return address is in its register only.
func TestArm64StacksGoThroughSignalFrames(t *testing.T) {
	program := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", "signals.c", "-O2", "-g", "-fomit-frame-pointer",
		"-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls", "-mbranch-protection=standard")
	result, _ := runArm64(t, program)
	stacks, _ := ownStacks(result.Profile, "signals.c")
	for key, blocks := range map[string]uint64{
		"churn < on_usr1 < ask < main":    20,
		"churn < on_fault < fault < main": 10,
		"churn < ask < main":              20,
		"churn < main":                    10,
	} {
		if stacks[key] != blocks {
			t.Errorf("%d blocks, want %d: %s", stacks[key], blocks, key)
		}
	}
	for key := range stacks {
		if strings.Contains(key, "on_timer") && !strings.HasSuffix(key, "interrupted < main") {
			t.Errorf("the frames that the timer interrupted are missing: %s", key)
		}
	}
	if t.Failed() {
		t.Logf("stacks: %v", stacks)
	}
}

// TestArm64StacksAreLibgccs compares each stack with the one that libgcc's unwinder
// finds at the same moment, as TestStacksAreLibgccs does for x86-64.
func TestArm64StacksAreLibgccs(t *testing.T) {
	testkit.Tool(t, "aarch64-linux-gnu-gcc")
	library := checkedLibrary(t, "arm64")
	optimized := []string{"-O2", "-g", "-fno-builtin"}
	signed := []string{"-O2", "-g", "-fno-builtin", "-fomit-frame-pointer", "-mbranch-protection=standard"}
	for _, test := range []struct {
		source string
		flags  []string
		args   []string
	}{
		{source: "tree.c"},
		{source: "tree.c", flags: signed},
		{source: "signals.c"},
		{source: "signals.c", flags: signed},
		{source: "coroutines.c"},
		{source: "coroutines.c", flags: signed},
		{source: "realign.c", flags: optimized},
		{source: "longjmp.c", flags: signed},
		{source: "deep.c", args: []string{"20000"}},
		{source: "recursion.c", flags: signed},
		{source: "again.c", flags: signed},
		{source: "strings.c", flags: optimized},
		{source: "threads.c", flags: signed},
		{source: "queue.c", flags: optimized},
		{source: "inlined.c", flags: optimized},
		{source: "exceptions.cc"},
		{source: "exceptions.cc", flags: signed},
		{source: "containers.cc", flags: signed},
	} {
		t.Run(strings.Join(slices.Concat([]string{test.source}, test.args, test.flags), " "), func(t *testing.T) {
			compiler := "aarch64-linux-gnu-gcc"
			if filepath.Ext(test.source) == ".cc" {
				compiler = "aarch64-linux-gnu-g++"
			}
			program := testkit.BuildWith(t, compiler, test.source, test.flags...)
			file := filepath.Join(t.TempDir(), "counts")
			t.Setenv("HEAPPROF_CHECK_STACKS", file)
			result, output := runArm64Asked(t, Options{Frees: true}, library, program, test.args...)
			if result.ExitCode != 0 || result.Signal != 0 {
				t.Errorf("status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
			}
			wantNoWrongStacks(t, file)
		})
	}
}

// TestArm64FreesHaveTheirStacksAndFamilies runs the program whose wrong frees a test in cmd finds on
// x86-64.
func TestArm64FreesHaveTheirStacksAndFamilies(t *testing.T) {
	want := map[string]uint64{
		"one_by_free": 7, "array_by_free": 2, "one_by_array": 4, "array_by_one": 5, "malloc_by_one": 3, "malloc_by_array": 6, "one_by_realloc": 8,
	}
	for _, flags := range [][]string{{"-O0", "-g", "-fno-builtin", "-w"}, {"-O1", "-g", "-fno-builtin", "-fno-inline", "-w", "-mbranch-protection=standard", "-fno-optimize-sibling-calls"}} {
		program := testkit.BuildWith(t, "aarch64-linux-gnu-g++", "wrong_frees.cc", flags...)
		result, output := runArm64Asked(t, Options{Frees: true}, installArm64(t), program)
		if result.ExitCode != 0 || result.Signal != 0 {
			t.Fatalf("status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
		}
		p := result.Profile
		got := make(map[string]uint64)
		for _, w := range p.Recording.Frees.Wrong {
			name, _, _ := strings.Cut(strings.TrimPrefix(p.Frames[w.Frames[0]].Function, "(anonymous namespace)::"), "(")
			got[name] += w.Blocks
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", flags, got, want)
		}
	}
}

// TestArm64FunctionsArePatched has layers of an allocator of the program's own, and one
// that is called with all registers in use.
func TestArm64FunctionsArePatched(t *testing.T) {
	for _, test := range []struct {
		source      string
		alloc, free []string
	}{
		{
			source: "layers.c",
			alloc:  []string{"outer_alloc(size=1)", "inner_alloc(size=1)", "abandon_alloc(size=1)"},
			free:   []string{"outer_free(ptr=1)", "inner_free(ptr=1)"},
		},
		{
			source: "registers.c",
			alloc:  []string{"bare_alloc(size=1)", "wide_alloc(size=3)"},
			free:   []string{"bare_free(ptr=1)"},
		},
	} {
		t.Run(test.source, func(t *testing.T) {
			program := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", test.source)
			var functions []allocator.Function
			for _, spec := range test.alloc {
				f, err := allocator.ParseAlloc(spec)
				if err != nil {
					t.Fatal(err)
				}
				functions = append(functions, f)
			}
			for _, spec := range test.free {
				f, err := allocator.ParseFree(spec)
				if err != nil {
					t.Fatal(err)
				}
				functions = append(functions, f)
			}
			result, output := runArm64Asked(t, Options{Functions: functions}, installArm64(t), program)
			counts, total := testkit.Counts(output), result.Profile.Totals()
			if total.TotalBlocks != counts["total_blocks"] || total.TotalBytes != counts["total_bytes"] || total.EndBlocks != counts["end_blocks"] {
				t.Errorf("the profile has %d blocks and %d bytes, %d blocks at the end; the program counted %v; unseen: %v",
					total.TotalBlocks, total.TotalBytes, total.EndBlocks, counts, result.Profile.Recording.Notes)
			}
			if registers, ok := counts["registers"]; ok && (registers != 1 || counts["arguments"] != 1) {
				t.Errorf("registers or arguments were changed: %s", output)
			}
			if n := result.Profile.Recording.Counts.LostEvents; n != 0 {
				t.Errorf("%d events were lost", n)
			}
		})
	}
}

// TestArm64LibrariesThatAreLoadedLateArePatched has libraries with allocators of their
// own come and go while other threads run.
func TestArm64LibrariesThatAreLoadedLateArePatched(t *testing.T) {
	const compiler = "aarch64-linux-gnu-gcc"
	flags := []string{"-O2", "-g", "-fno-builtin"}
	host := testkit.BuildWith(t, compiler, "loaded.c", append(flags, "-pthread", "-rdynamic")...)
	plugin := func(more ...string) string {
		return testkit.BuildWith(t, compiler, "pool_plugin.c", slices.Concat(flags, []string{"-shared", "-fPIC"}, more)...)
	}
	result, output := runArm64(t, host, "now", "3",
		plugin("-DNAMED(name)=je_##name"), plugin("-DNAMED(name)=mi_##name", "-DHIDDEN", "-mbranch-protection=standard"))
	if result.ExitCode != 0 || result.Signal != 0 {
		t.Fatalf("status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
	}
	counts := testkit.Counts(output)
	_, own := ownStacks(result.Profile, "pool_plugin.c")
	_, others := ownStacks(result.Profile, "loaded.c")
	if total := own.TotalBlocks + others.TotalBlocks; total != counts["total_blocks"] || own.TotalBytes+others.TotalBytes != counts["total_bytes"] || own.EndBlocks != counts["end_blocks"] {
		t.Errorf("the profile has %d blocks and %d bytes, %d blocks at the end; the program counted %v; unseen: %v",
			total, own.TotalBytes+others.TotalBytes, own.EndBlocks, counts, result.Profile.Recording.Notes)
	}
	if own.TotalBlocks == 0 || len(result.Allocators) != 2 {
		t.Errorf("patched: %v", result.Allocators)
	}
}

// TestArm64WhoeverBindsToTheCLibraryFirstIsRecorded by references that do not lead to the
// preloaded library.
func TestArm64WhoeverBindsToTheCLibraryFirstIsRecorded(t *testing.T) {
	const compiler = "aarch64-linux-gnu-gcc"
	flags := []string{"-O1", "-g", "-fno-builtin"}
	host := testkit.BuildWith(t, compiler, "bound.c", flags...)
	library := testkit.BuildWith(t, compiler, "bound_library.c", append(flags, "-shared", "-fPIC", "-pthread")...)
	for _, way := range []string{"plain", "deepbind", "names", "namespace"} {
		result, output := runArm64(t, host, way, library)
		if result.ExitCode != 0 || result.Signal != 0 {
			t.Fatalf("%s: status %d, signal %d\n%s", way, result.ExitCode, result.Signal, output)
		}
		counts := testkit.Counts(output)
		_, own := ownStacks(result.Profile, "bound_library.c")
		_, others := ownStacks(result.Profile, "bound.c")
		for name, got := range map[string]uint64{
			"total_bytes": own.TotalBytes + others.TotalBytes, "total_blocks": own.TotalBlocks + others.TotalBlocks,
			"end_bytes": own.EndBytes + others.EndBytes, "end_blocks": own.EndBlocks + others.EndBlocks,
		} {
			if got != counts[name] {
				t.Errorf("%s: %s: the profile has %d, the program counted %d", way, name, got, counts[name])
			}
		}
		if c := result.Profile.Recording.Counts; c.LostEvents != 0 || c.UnknownFrees != 0 {
			t.Errorf("%s: %+v, want nothing lost and no free of an unknown block", way, c)
		}
	}
}
