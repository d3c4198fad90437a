//go:build linux && amd64

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// buildLoaded builds loaded.c, and buildPoolPlugin pool_plugin.c with an allocator's names.
func buildLoaded(t *testing.T) string {
	t.Helper()
	return testkit.Build(t, "loaded.c", "-O2", "-g", "-pthread", "-rdynamic", "-fno-builtin")
}

func buildPoolPlugin(t *testing.T, names string, flags ...string) string {
	t.Helper()
	return testkit.Build(t, "pool_plugin.c", append([]string{"-O2", "-g", "-shared", "-fPIC", "-fno-builtin", "-DNAMED(name)=" + names}, flags...)...)
}

// TestAllocatorsInLibrariesThatAreLoadedLateAreSeen loads libraries with allocators of
// their own, while other threads run, again and again at the same places. Their
// constructors allocate before dlopen returns.
func TestAllocatorsInLibrariesThatAreLoadedLateAreSeen(t *testing.T) {
	host := buildLoaded(t)
	plugins := []string{
		buildPoolPlugin(t, "je_##name"),
		buildPoolPlugin(t, "mi_##name", "-DHIDDEN"),
		buildPoolPlugin(t, "name"),
		buildPoolPlugin(t, "name", "-Wl,-Bsymbolic"),
	}
	for way, rounds := range map[string]string{"lazy": "15", "now": "15", "global": "15", "deepbind": "15", "apart": "100"} {
		t.Run(way, func(t *testing.T) {
			r := record(t, nil, host, append([]string{way, rounds}, plugins...)...)
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "loaded.c", "pool_plugin.c")
			if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
			// That of the loader's own hook.
			if n := testkit.Counts(r.Stdout)["code"]; n != 0 {
				t.Errorf("%d bytes of code are left of the libraries' hooks", n)
			}
		})
	}
}

// TestAllocatorsOfOthersInLibrariesThatAreLoadedLateAreSeen has mimalloc come as a library
// that the loaded one needs, and jemalloc linked into it.
func TestAllocatorsOfOthersInLibrariesThatAreLoadedLateAreSeen(t *testing.T) {
	findLibrary(t, "libmimalloc.so.2")
	for _, plugin := range []string{
		buildPoolPlugin(t, "mi_##name", "-DELSEWHERE", "-l:libmimalloc.so.2"),
		buildPoolPlugin(t, "name", "-DELSEWHERE", findLibrary(t, "libjemalloc_pic.a"), "-Wl,-Bsymbolic", "-lstdc++", "-lm"),
	} {
		file := filepath.Join(t.TempDir(), "profile.json")
		cmd := heapprofRun([]string{"-q", "-o", file}, buildLoaded(t), "now", "3", plugin)
		// jemalloc's variables of each thread take more than the loader keeps free.
		cmd.Env = append(os.Environ(), "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384")
		r := recordCommand(t, cmd, file)
		if r.Status != 0 || r.Stderr != "" {
			t.Fatalf("status %d\n%s", r.Status, r.Stderr)
		}
		wantOwnCounts(t, r, "loaded.c", "pool_plugin.c")
	}
}

// TestAForkedChildLoadsLibrariesForItself unloads in a child what its parent had loaded,
// and loads it again, and another one.
func TestAForkedChildLoadsLibrariesForItself(t *testing.T) {
	r := recordFamily(t, buildLoaded(t), "fork", "2", buildPoolPlugin(t, "je_##name"), buildPoolPlugin(t, "mi_##name", "-DHIDDEN"))
	if r.Status != 0 || len(r.Children) != 1 {
		t.Fatalf("status %d, %d children\n%s", r.Status, len(r.Children), r.Stderr)
	}
	counts := testkit.Counts(r.Stdout)
	for _, child := range r.Children {
		if got := ownSums(child, "pool_plugin.c"); got.EndBytes != counts["end_bytes"] || got.EndBlocks != counts["end_blocks"] {
			t.Errorf("the child's profile has %d bytes in %d blocks at its end, the child counted %v", got.EndBytes, got.EndBlocks, counts)
		}
	}
	if counts["code"] != 0 {
		t.Errorf("%d bytes of code are left of the libraries' hooks", counts["code"])
	}
}

// TestLibrariesThatFailToLoadLeaveNothingBehind has the loader find out that one cannot
// be loaded when its functions have been patched.
func TestLibrariesThatFailToLoadLeaveNothingBehind(t *testing.T) {
	r := record(t, nil, buildLoaded(t), "fails", "50", buildPoolPlugin(t, "je_##name", "-DUNRESOLVED"))
	if r.Status != 0 || testkit.Counts(r.Stdout)["code"] != 0 {
		t.Errorf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	wantOwnCounts(t, r, "loaded.c", "pool_plugin.c")
}

func TestAllocatorsInLibrariesAreNotPatchedWithNoPatch(t *testing.T) {
	r := record(t, []string{"--no-patch"}, buildLoaded(t), "now", "1", buildPoolPlugin(t, "je_##name"))
	if r.Status != 0 || testkit.Counts(r.Stdout)["code"] != 0 {
		t.Errorf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	if got := ownSums(r.Profile, "pool_plugin.c"); got != (sums{}) {
		t.Errorf("the library's allocator was recorded: %+v", got)
	}
}

// TestRunSaysWhatItHooksInLibrariesThatAreLoadedLate has one that can be hooked and
// one that cannot: its code is changed by relocations after it was mapped.
func TestRunSaysWhatItHooksInLibrariesThatAreLoadedLate(t *testing.T) {
	relocated := buildPoolPlugin(t, "mi_##name", "-DTEXTREL", "-Wl,-z,notext")
	r := testkit.Run(t, exec.Command("heapprof", "run", "-o", "/dev/null", buildLoaded(t), "now", "1", buildPoolPlugin(t, "je_##name"), relocated))
	for _, want := range []string{
		"recorded by patching, too: jemalloc in libpool_plugin.so (4 functions)\n",
		"mimalloc in libpool_plugin.so is not recorded: the loader changes its code after it is mapped\n",
	} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("status %d: run does not say %q:\n%s", r.Status, want, r.Stderr)
		}
	}
}

// TestADebuggerStopsAtLibrariesBesideHeapprof has a debugger break where the loader
// calls it, which is where heapprof hooks the loader too.
func TestADebuggerStopsAtLibrariesBesideHeapprof(t *testing.T) {
	gdb := testkit.Tool(t, "gdb")
	host, plugin := buildLoaded(t), buildPoolPlugin(t, "je_##name")
	script := []string{"-nx", "-batch", "-ex", "set breakpoint pending on", "-ex", "break plugin_work", "-ex", "run", "-ex", "backtrace 1", "-ex", "delete", "-ex", "continue"}
	run := []string{host, "now", "1", plugin}
	native := testkit.Run(t, exec.Command(gdb, slices.Concat(script, []string{"--args"}, run)...))
	if !strings.Contains(native.Stdout, "hit Breakpoint 1, plugin_work (") {
		testkit.Skip(t, "gdb stops at no library here: %s%s", native.Stdout, native.Stderr)
	}
	inside := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", t.TempDir() + "/%p.json"}, gdb, slices.Concat(script, []string{"--args"}, run)...))
	if !strings.Contains(inside.Stdout, "hit Breakpoint 1, plugin_work (") || !strings.Contains(inside.Stdout, "total_blocks=") {
		t.Errorf("under heapprof gdb says\n%s%s", inside.Stdout, inside.Stderr)
	}
}
