//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"heapprof/internal/testkit"
)

// TestLibrariesLoadedInUnusualWays has a library allocate on its own account and
// by a call back into the program. The library's own malloc is the preloaded one, or,
// where the loader was asked for that, the C library's.
func TestLibrariesLoadedInUnusualWays(t *testing.T) {
	host := testkit.Build(t, "modules.c")
	guest := buildGuest(t)
	inner := filepath.Base(guest)
	for _, c := range []struct {
		name    string
		preload string
		args    []string
		loads   uint64 // constructors of the library
	}{
		{name: "dlopen", args: []string{"plain", guest}, loads: 1},
		{name: "preloaded", args: []string{"none"}, preload: guest, loads: 1},
		{name: "RPATH of a library", args: []string{"path", buildGuest(t, "-Wl,--disable-new-dtags,-rpath,"+filepath.Dir(guest)), inner}, loads: 2},
		{name: "RUNPATH of a library", args: []string{"path", buildGuest(t, "-Wl,--enable-new-dtags,-rpath,"+filepath.Dir(guest)), inner}, loads: 2},
		// It looks into the library's own dependencies first: the C library.
		{name: "RTLD_DEEPBIND", args: []string{"deepbind", guest}, loads: 1},
		// Another C library, into whose namespace nothing is preloaded.
		{name: "dlmopen", args: []string{"namespace", guest}, loads: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "p.json")
			cmd := heapprofRun([]string{"-q", "-o", file}, host, c.args...)
			cmd.Env = append(os.Environ(), "LD_PRELOAD="+c.preload)
			r := recordCommand(t, cmd, file)
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "modules.c")
			stacks := functionStacks(r.Profile, "modules.c", "guest.c")
			wantStacks(t, stacks, map[string]uint64{"back < guest_call < use < main": 21})
			counts := testkit.Counts(r.Stdout)
			made, loads := stacks["guest_make < use < main"], uint64(0)
			for i := range r.Profile.Points {
				pt := &r.Profile.Points[i]
				if f := callers(stack(r.Profile, pt)); len(f) > 0 && f[0].Function == "guest_load" {
					loads += pt.TotalBlocks
				}
			}
			want := sums{TotalBytes: counts["guest_bytes"], TotalBlocks: counts["guest_blocks"], EndBytes: counts["guest_end_bytes"], EndBlocks: counts["guest_end_bytes"] / 500}
			made.PeakBytes, made.PeakBlocks = 0, 0
			if made != want || loads != c.loads {
				t.Errorf("the library's blocks are %+v, %d of its constructor; want %+v, %d", made, loads, want, c.loads)
			}
			if x := r.Profile.Recording.Counts; x.UnknownFrees != 0 {
				t.Errorf("%d frees of unknown blocks", x.UnknownFrees)
			}
		})
	}
}

// buildGuest builds the library; each set of flags gives another file.
func buildGuest(t *testing.T, flags ...string) string {
	t.Helper()
	return testkit.Build(t, "guest.c", append([]string{"-O0", "-g", "-shared", "-fPIC"}, flags...)...)
}

// TestManyCyclesOfDlopenAndDlclose loads a library at a thousand places, one
// after the other.
func TestManyCyclesOfDlopenAndDlclose(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "modules.c"), "cycles", buildGuest(t), "1000")
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantStacks(t, functionStacks(r.Profile, "modules.c", "guest.c"), map[string]uint64{
		"guest_make < cycles < main": 1000,
		"guest_load < cycles < main": 1000,
	})
	wantOwnCounts(t, withoutLifecycle(r), "guest.c")
	// The loader itself takes some 200 KiB for page tables and its lists.
	if grown := testkit.Counts(r.Stdout)["grown"]; grown > 1024 {
		t.Errorf("the program grew by %d KiB in 900 cycles", grown)
	}
}

// TestPlacesOfUnloadedLibrariesAreUsedAgain loads more libraries than there are places
// for, one after the other.
func TestPlacesOfUnloadedLibrariesAreUsedAgain(t *testing.T) {
	t.Parallel()
	const libraries = 4150 // and there are places for 4,096
	library := testkit.Build(t, "kernel.c", "-O0", "-g", "-shared", "-fPIC")
	directory, err := os.MkdirTemp(filepath.Dir(library), "kernels") // where hard links can be made
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	r := record(t, nil, testkit.Build(t, "kernels.c", "-O0", "-g"), library, strconv.Itoa(libraries), directory)
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantStacks(t, functionStacks(r.Profile, "kernel.c", "kernels.c"), map[string]uint64{"kernel_alloc < kernel_run < one < main": libraries})
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 || c.UnplacedModules != 0 {
		t.Errorf("%+v: want whole stacks, and a place for each library", c)
	}
}
