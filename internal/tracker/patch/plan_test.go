package patch

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

func entries(t *testing.T, flags ...string) string {
	t.Helper()
	testkit.Tool(t, "gcc")
	return testkit.Build(t, "entries.c", append([]string{"-O1"}, flags...)...)
}

func read(t *testing.T, path string, o Options) *Plan {
	t.Helper()
	p, err := Read(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// summary says what became of each name.
func summary(p *Plan) map[string]string {
	names := make(map[string]string)
	for _, q := range p.Patches {
		for _, name := range append([]string{q.Name}, q.Aliases...) {
			names[name] = "hooked: " + q.Family
		}
	}
	for _, r := range slices.Concat(p.Refused, p.Left) {
		for _, name := range append([]string{r.Name}, r.Aliases...) {
			names[name] = r.Reason.String()
		}
	}
	return names
}

func TestEachFunctionOfAProgramIsHookedOrNotForAReason(t *testing.T) {
	const system = "calls-malloc"
	want := map[string]string{
		"free": "hooked: malloc", "calloc.lto_priv.0": "hooked: malloc",
		"mi_malloc": "hooked: mimalloc", "je_malloc": "hooked: mimalloc",
		"mi_free":    "jumps-to free",
		"mi_cfree":   "jumps-to free",
		"mi_realloc": "hooked: mimalloc", // what it jumps to frees nothing
		"mi_calloc":  "hooked: mimalloc", "mi_zalloc_small": "hooked: mimalloc",
		"mi_zalloc":         "label-inside mi_next_function",
		"mi_new_n":          "ends-early 1",
		"mi_malloc_small":   "branch-inside",
		"mi_mallocn":        "loop",
		"mi_zalloc_aligned": "branch-inside",
		"mi_heap_malloc":    "arguments-not-taken 2",
		"mi_heap_zalloc":    "hooked: mimalloc",
		"mi_new":            "chosen-at-start",
		"_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc":   "jumps-to _RNvCsfLfy6EI15iL_7___rustc11___rdl_alloc",
		"_RNvCsfLfy6EI15iL_7___rustc11___rdl_alloc":    system,
		"_RNvCsfLfy6EI15iL_7___rustc14___rust_dealloc": "hooked: rust-allocator",
		"__rust_alloc_zeroed":                          "hooked: rust-allocator",
		"__rust_realloc":                               "hooked: rust-allocator",
		"rpmalloc":                                     "family-broken rpfree",
		"sn_malloc":                                    "family-broken sn_free",
		"sn_free":                                      "shares-code on_event",
		"rpfree":                                       "ends-early 1",
		"dlmalloc":                                     "hooked: dlmalloc",
	}
	p := read(t, entries(t), Options{})
	got := summary(p)
	for name, reason := range got {
		switch {
		case want[name] == "":
			t.Errorf("%s: %s, want nothing of it", name, reason)
		case !strings.HasPrefix(reason, want[name]):
			t.Errorf("%s: %s, want %s", name, reason, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] == "" {
			t.Errorf("%s is missing, want %s", name, want[name])
		}
	}
	if len(p.Unseen) != 2 || p.Unseen[0].Allocators[0] != "snmalloc" || fmt.Sprint(p.Unseen[1].Note().Allocators, p.Unseen[1].Note().Functions) != "[rpmalloc] [{[rpfree] ends-early 1}]" {
		t.Errorf("unseen: %v, want snmalloc and rpmalloc", p.Unseen)
	}
	if !slices.IsSortedFunc(p.Patches, func(a, b Patch) int { return int(a.Entry) - int(b.Entry) }) {
		t.Error("the patches are not in the order of addresses")
	}
}

// TestWhatALibraryExportsIsHookedBehindThePreloadedOne: most calls arrive there, but not
// those of who was bound to the library itself.
func TestWhatALibraryExportsIsHookedBehindThePreloadedOne(t *testing.T) {
	behind := func(o Options, flags ...string) map[string]bool {
		names := make(map[string]bool)
		for _, q := range read(t, entries(t, append(flags, "-shared", "-fPIC", "-Wl,-soname,libentries.so")...), o).Patches {
			names[q.Name] = q.Behind
		}
		return names
	}
	got := behind(Options{})
	if isBehind, isHooked := got["free"]; !isHooked || !isBehind {
		t.Errorf("free is hooked %t, behind the preloaded one %t; want both", isHooked, isBehind)
	}
	if isBehind, isHooked := got["mi_malloc"]; !isHooked || isBehind {
		t.Errorf("mi_malloc is hooked %t, behind %t; nothing of that name is preloaded", isHooked, isBehind)
	}
	for what, got := range map[string]map[string]bool{
		"that prefers its own": behind(Options{}, "-Wl,-Bsymbolic"),
		"that comes later":     behind(Options{Late: true}),
		"that was there first": behind(Options{Attached: true}),
	} {
		if isBehind, isHooked := got["free"]; !isHooked || isBehind {
			t.Errorf("free of a library %s: hooked %t, behind %t; want only the first", what, isHooked, isBehind)
		}
	}
}

// TestWhatOnlyResizesIsLeftToWhatItCalls, as libbsd's reallocarray.
func TestWhatOnlyResizesIsLeftToWhatItCalls(t *testing.T) {
	for _, o := range []Options{{}, {Late: true}, {Attached: true}} {
		p := read(t, testkit.Build(t, "resizes.c", "-O1", "-shared", "-fPIC"), o)
		if len(p.Patches) != 0 || len(p.Left) == 0 || len(p.Refused) != 0 {
			t.Errorf("%+v: %v are hooked and %v refused, want all left: %v", o, p.Patches, p.Refused, p.Left)
		}
	}
}

// callOf returns what a call of a function means that the table knows.
func callOf(name string) allocator.Call {
	k, _ := allocator.NewFinder(nil).Find([]byte(name))
	return k.Call
}

func wantLibc(t *testing.T, path string, o Options) {
	p := read(t, path, o)
	got := make(map[string]allocator.Call)
	for _, q := range p.Patches {
		for _, name := range append([]string{q.Name}, q.Aliases...) {
			got[name] = q.Call
		}
		if q.Family == allocator.MallocFamily && (!q.IsLibc || q.Behind == (o.Late || o.Attached)) {
			t.Errorf("%s, %+v: %s is libc's: %t, behind the preloaded one: %t", path, o, q.Name, q.IsLibc, q.Behind)
		}
	}
	delete(got, allocator.LoaderState) // musl's is the loader as well
	names := strings.Fields("malloc calloc realloc reallocarray free free_sized free_aligned_sized posix_memalign aligned_alloc memalign valloc pvalloc cfree reallocf")
	if o.Mappings {
		names = append(names, "mmap", "mmap64", "munmap", "mremap", "brk")
	}
	if !o.Late {
		names = append(names, "execve")
	}
	if o.Attached {
		names = append(names, "fork", "__fork", "__libc_fork", "prctl", "syscall")
	}
	for _, name := range names {
		call := callOf(name)
		switch {
		case got[name] == call:
		case got[name] != allocator.Call{}:
			t.Errorf("%s, %+v: %s is %+v, want %+v", path, o, name, got[name], call)
		// What not every C library has.
		case slices.Contains([]string{"mmap64", "cfree", "reallocf", "free_sized", "free_aligned_sized", "pvalloc", "__fork", "__libc_fork"}, name):
		default:
			t.Errorf("%s, %+v: %s is missing", path, o, name)
		}
		delete(got, name)
	}
	if len(got) > 0 || len(p.Refused) > 0 || len(p.Left) > 0 {
		t.Errorf("%s, %+v: %v besides, refused %v, left %v", path, o, got, p.Refused, p.Left)
	}
}

// TestAllocatorsThatAreLibrariesAreHookedWhereNothingIsPreloaded has those that are here.
func TestAllocatorsThatAreLibrariesAreHookedWhereNothingIsPreloaded(t *testing.T) {
	for _, path := range []string{
		"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4", "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4",
		"/usr/lib/x86_64-linux-gnu/libmimalloc.so.2",
	} {
		if !exists(path) {
			continue
		}
		p := read(t, path, Options{Attached: true})
		got := summary(p)
		for _, name := range []string{"malloc", "free", "realloc", "calloc", "posix_memalign"} {
			if !strings.HasPrefix(got[name], "hooked") {
				t.Errorf("%s: %s is %q, want hooked", path, name, got[name])
			}
		}
		for _, q := range p.Patches {
			if q.Behind {
				t.Errorf("%s: %s is behind a preloaded library, which there is not", path, q.Name)
			}
		}
	}
}

// TestForksOfStaticProgramsAreHooked: the C library announces a dynamic program's.
func TestForksOfStaticProgramsAreHooked(t *testing.T) {
	for _, linking := range []string{"-static", "-static-pie", "-pie"} {
		got := summary(read(t, testkit.Build(t, "forks.c", "-O0", "-g", linking), Options{}))["fork"]
		want := "hooked: " + allocator.ForkFamily
		if linking == "-pie" {
			want = ""
		}
		if got != want {
			t.Errorf("%s: %q, want %q", linking, got, want)
		}
	}
}

// TestOfTheCLibraryTheAllocatorIsHookedAndMappings has the C libraries that are here:
// glibc's for each machine, and musl's.
func TestOfTheCLibraryTheAllocatorIsHookedAndMappings(t *testing.T) {
	libraries := 0
	for _, path := range []string{
		"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/usr/aarch64-linux-gnu/lib/libc.so.6",
		"/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1",
	} {
		if !exists(path) {
			continue
		}
		libraries++
		for _, o := range []Options{{}, {Mappings: true}, {Late: true}, {Attached: true}, {Attached: true, Mappings: true}} {
			wantLibc(t, path, o)
		}
	}
	if libraries == 0 {
		testkit.Skip(t, "no C library is where it is looked for")
	}
}

func TestTheUsersFunctionsAreFoundByTheirNames(t *testing.T) {
	path := entries(t)
	functions := func(specs ...string) (all []allocator.Function) {
		for _, spec := range specs {
			f, err := allocator.ParseAlloc(spec)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
		return all
	}
	for spec, want := range map[string][]string{
		"pool_free(size=1)":                 {"pool_free"},
		"_ZN4Pool3getEm(size=2)":            {"_ZN4Pool3getEm"},
		"Pool::get(size=2)":                 {"_ZN4Pool3getEm", "_ZN4Pool3getEmm"},
		"Pool::get(unsigned long)(size=2)":  {"_ZN4Pool3getEm"},
		"mi_malloc(count=1,size=2,align=3)": {"mi_malloc"}, // a family's
		"je_malloc(count=1,size=2)":         {"mi_malloc"}, // the same by its other name
	} {
		p := read(t, path, Options{Functions: functions(spec)})
		var got []string
		for _, q := range p.Patches {
			if q.Family == allocator.UsersFamily {
				got = append(got, q.Name)
				if q.Call != functions(spec)[0].Call {
					t.Errorf("%s: a call means %+v", spec, q.Call)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}

func TestFunctionsOfTheUserThatNoFileHasAreNamed(t *testing.T) {
	functions := []allocator.Function{{Name: "no_such"}, {Name: "pool_free"}, {Name: "nor_this"}}
	p := read(t, entries(t), Options{Functions: functions})
	if got, want := Missing(functions, &Plan{}, p), []string{"no_such", "nor_this"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Missing(functions, p, &Plan{Found: []string{"no_such"}}, &Plan{Found: []string{"nor_this"}}); got != nil {
		t.Errorf("%q, but each is in one of the files", got)
	}
}

func TestAPlanKnowsItsFile(t *testing.T) {
	first, second := read(t, entries(t, "-Wl,--build-id=0x1234abcd"), Options{}), read(t, entries(t, "-Wl,--build-id=none"), Options{})
	if first.File.BuildID != "1234abcd" || second.File.BuildID != "" {
		t.Errorf("the build-ids are %q and %q", first.File.BuildID, second.File.BuildID)
	}
	info, err := os.Stat(entries(t, "-Wl,--build-id=none"))
	if err != nil {
		t.Fatal(err)
	}
	if f := second.File; f.Size != info.Size() || f.ModTime != info.ModTime().UnixNano() {
		t.Errorf("%+v, but the file has %d bytes of %v", f, info.Size(), info.ModTime())
	}
}

func TestNamesComeFromASeparateDebugFileToo(t *testing.T) {
	objcopy := testkit.Tool(t, "objcopy")
	whole := entries(t)
	dir := t.TempDir()
	stripped, debug := filepath.Join(dir, "stripped"), filepath.Join(dir, "stripped.debug")
	for _, args := range [][]string{{"--strip-all", whole, stripped}, {"--only-keep-debug", whole, debug}} {
		if out, err := exec.Command(objcopy, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if got := summary(read(t, stripped, Options{})); got["mi_malloc"] != "" {
		t.Errorf("in a program without symbols mi_malloc is %s", got["mi_malloc"])
	}
	got, want := read(t, stripped, Options{DebugFile: debug}), read(t, whole, Options{})
	got.File, want.File = codefile.Identity{}, codefile.Identity{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("with its debug file:\n%v, want\n%v", summary(got), summary(want))
	}
	if _, err := Read(stripped, Options{DebugFile: entries(t, "-Wl,--build-id=0x1234abcd")}); err == nil || !strings.Contains(err.Error(), "it is not its debug file") {
		t.Errorf("with another's debug file: %v", err)
	}
}

func TestOtherFilesAreErrors(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(text, Options{}); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("a script: %v", err)
	}
	if _, err := Read(text+"2", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	image, err := os.ReadFile(entries(t))
	if err != nil {
		t.Fatal(err)
	}
	image[18], image[19] = 243, 0 // e_machine: EM_RISCV
	if err := os.WriteFile(text, image, 0o755); err != nil {
		t.Fatal(err)
	}
	var machine *isa.MachineError
	if _, err := Read(text, Options{}); !errors.As(err, &machine) || !strings.Contains(err.Error(), "code for EM_RISCV cannot be patched") {
		t.Errorf("another machine's program: %v", err)
	}
}
