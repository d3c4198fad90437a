//go:build linux && amd64

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

// TestAProgramMayChangeItsSurroundings holds the tracker to what a guest may
// rely on once it runs: no descriptor, no directory, no user, no signal, and of
// the kernel's calls only those that malloc makes too.
func TestAProgramMayChangeItsSurroundings(t *testing.T) {
	bin := testkit.Build(t, "company.c", "-O0", "-g", "-pthread")
	for _, c := range []struct {
		way  string
		root bool // only root may
	}{
		{way: "close"},
		{way: "directory"},
		{way: "root", root: true},
		{way: "user", root: true},
		{way: "signals"},
		{way: "descriptors"},
		{way: "traced"},
		{way: "filter"},
		{way: "strict"},
		{way: "cold"},
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			if c.root && os.Geteuid() != 0 {
				testkit.Skip(t, "only root may do this")
			}
			out := filepath.Join(t.TempDir(), "counts")
			r := record(t, nil, bin, c.way, out)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			if c.way == "close" {
				text, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				r.Stdout = string(text)
			}
			wantOwnCounts(t, r, "company.c")
		})
	}
}

// allocators are Debian's. One is preloaded before the program starts, as their
// users do, or linked to it.
var allocators = []string{"libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2"}

func TestOtherAllocatorsAreWrapped(t *testing.T) {
	for _, allocator := range allocators {
		library := findLibrary(t, allocator)
		for _, source := range []string{"threads.c", "queue.c", "aligned.c", "vector.c", "operators.cc"} {
			if allocator == "libmimalloc.so.2" && (source == "aligned.c" || source == "vector.c") {
				continue // its answers at the edges are not those that these programs expect
			}
			build := []string{"-O0", "-g", "-pthread"}
			t.Run(allocator+" preloaded, "+source, func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "profile.json")
				cmd := heapprofRun([]string{"-q", "-o", file}, testkit.Build(t, source, build...))
				cmd.Env = append(os.Environ(), "LD_PRELOAD="+library)
				wantAllocator(t, recordCommand(t, cmd, file), source)
			})
			t.Run(allocator+" linked, "+source, func(t *testing.T) {
				t.Parallel()
				bin := testkit.Build(t, source, append(build, "-Wl,--no-as-needed", "-l:"+allocator)...)
				wantAllocator(t, record(t, nil, bin), source)
			})
		}
	}
}

func wantAllocator(t *testing.T, r recording, source string) {
	t.Helper()
	if r.Status != 0 {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, source)
}

// TestTheLoadersAndLibcsSettingsHold runs under settings that change when and
// how the loader binds and malloc works.
func TestTheLoadersAndLibcsSettingsHold(t *testing.T) {
	bin := testkit.Build(t, "threads.c")
	for _, env := range [][]string{
		{"LD_BIND_NOW=1"},
		{"MALLOC_ARENA_MAX=1"},
		{"MALLOC_PERTURB_=85", "MALLOC_MMAP_THRESHOLD_=64", "MALLOC_TOP_PAD_=0"},
		{"GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.hugetlb=1"},
		{"LANG=tr_TR.UTF-8", "LC_ALL=C"},
		{"HOME="},
		{"HOME=/nonexistent", "XDG_CACHE_HOME=/nonexistent"},
		{"HOME=/proc", "XDG_CACHE_HOME=", "XDG_RUNTIME_DIR=/proc"},
		{"PATH=/nonexistent"},
	} {
		t.Run(strings.Join(env, " "), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "profile.json")
			cmd := heapprofRun([]string{"-q", "-o", file}, bin)
			cmd.Env = append(os.Environ(), env...)
			r := recordCommand(t, cmd, file)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "threads.c")
		})
	}
}

func TestWhatThePreloadedLibrariesSeeIsKept(t *testing.T) {
	bump := testkit.Build(t, "bump.c", "-O2", "-g", "-shared", "-fPIC")
	other := findLibrary(t, "libdl.so.2")
	cmd := heapprofRun([]string{"-q", "-o", filepath.Join(t.TempDir(), "p.json")}, "sh", "-c", "echo $LD_PRELOAD")
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+other+" "+bump)
	r := testkit.Run(t, cmd)
	ours, theirs, _ := strings.Cut(strings.TrimSpace(r.Stdout), ":")
	if !strings.Contains(ours, "libheapprof") || theirs != other+" "+bump {
		t.Errorf("LD_PRELOAD is %q, want ours and then %q", r.Stdout, other+" "+bump)
	}
}

func TestSanitizersFindWhatTheyFind(t *testing.T) {
	address := testkit.Build(t, "tree.c", "-O0", "-g", "-fsanitize=address")
	t.Run("address", func(t *testing.T) {
		r := record(t, nil, address)
		if r.Status != 0 {
			t.Errorf("status %d\n%s", r.Status, r.Stderr)
		}
		wantOwnCounts(t, r, "tree.c")
	})
	t.Run("address, with options", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "p.json")
		cmd := heapprofRun([]string{"-q", "-o", file}, address)
		cmd.Env = append(os.Environ(), "ASAN_OPTIONS=max_allocation_size_mb=100:verify_asan_link_order=1")
		wantOwnCounts(t, recordCommand(t, cmd, file), "tree.c")
	})
	t.Run("address, as a child", func(t *testing.T) {
		if r := record(t, nil, "sh", "-c", address+"; exit $?"); r.Status != 0 {
			t.Errorf("status %d\n%s", r.Status, r.Stderr)
		}
	})
	t.Run("an error", func(t *testing.T) {
		r := record(t, nil, testkit.Build(t, "stale.c", "-O0", "-g", "-fsanitize=address"))
		if r.Status != 1 || !strings.Contains(r.Stderr, "heap-use-after-free") {
			t.Errorf("status %d, want 1 and the error found:\n%s", r.Status, r.Stderr)
		}
	})
	for _, kind := range []string{"leak", "undefined"} {
		t.Run(kind, func(t *testing.T) {
			wantOwnCounts(t, record(t, nil, testkit.Build(t, "tree.c", "-O0", "-g", "-fsanitize="+kind)), "tree.c")
		})
	}
	clang := filepath.Join(t.TempDir(), "clang-tsan")
	for name, build := range map[string]func(t *testing.T) string{
		"thread": func(t *testing.T) string { return testkit.Build(t, "tree.c", "-O0", "-g", "-fsanitize=thread") },
		"thread, clang's": func(t *testing.T) string {
			if _, err := exec.LookPath("clang"); err != nil {
				testkit.Skip(t, "clang is missing: apt install clang libclang-rt-dev")
			}
			testkit.Run(t, exec.Command("clang", "-s", "-fsanitize=thread", "-o", clang, filepath.Join("..", "..", "testdata", "programs", "tree.c")))
			return clang
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := testkit.Run(t, heapprofRun(nil, build(t)))
			if r.Status != console.ExitNotExecutable || !strings.Contains(r.Stderr, "ThreadSanitizer") {
				t.Errorf("status %d, want %d and a reason: %q", r.Status, console.ExitNotExecutable, r.Stderr)
			}
		})
	}
}

func TestDebuggersWorkOnBothSides(t *testing.T) {
	bin := testkit.Build(t, "threads.c")
	for _, c := range []struct {
		name, tool string
		args       []string
	}{
		{"strace", "strace", []string{"-f", "-o", "/dev/null"}},
		{"gdb", "gdb", []string{"-nx", "-batch", "-ex", "set print thread-events off", "-ex", "run", "--args"}},
	} {
		t.Run(c.name+" inside", func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := append(slices.Clone(c.args), bin)
			r := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "%n.json")}, testkit.Tool(t, c.tool), args...))
			files, _ := filepath.Glob(filepath.Join(dir, "threads*.json"))
			if r.Status != 0 || len(files) != 1 {
				t.Fatalf("status %d, profiles %q\n%s", r.Status, files, r.Stderr)
			}
			wantOwnCounts(t, recording{r, readRecording(t, files[0]), files[0]}, "threads.c")
		})
	}
	t.Run("strace outside", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "p.json")
		run := heapprofRun([]string{"-q", "-o", file}, bin)
		cmd := exec.Command(testkit.Tool(t, "strace"), append([]string{"-f", "-o", "/dev/null"}, run.Args...)...)
		wantOwnCounts(t, recordCommand(t, cmd, file), "threads.c")
	})
}

func TestProgramsOfOtherRuntimes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	t.Run("Go with C", func(t *testing.T) {
		source := write("cgo.go", "package main\n\n// #include <stdlib.h>\nimport \"C\"\n\n"+
			"func main() {\n\tfor range 100 {\n\t\tC.free(C.malloc(1000))\n\t}\n\tC.malloc(77)\n}\n")
		bin := filepath.Join(dir, "cgo")
		build := exec.Command(testkit.Tool(t, "go"), "build", "-o", bin, source)
		testkit.Tool(t, "gcc")
		build.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		r := record(t, nil, bin)
		// Go's own frames above C's cannot be followed, so all have one stack.
		var own sums
		for i := range r.Profile.Points {
			pt := &r.Profile.Points[i]
			if c := callers(stack(r.Profile, pt)); len(c) > 0 && strings.HasSuffix(c[0].Function, "Cfunc__Cmalloc") {
				own.add(pt)
			}
		}
		if r.Status != 0 || own.TotalBlocks != 101 || own.TotalBytes != 100077 || own.EndBytes != 77 {
			t.Errorf("status %d, want 101 blocks of 100077 bytes, 77 of them left: %+v", r.Status, own)
		}
	})
	t.Run("Go", func(t *testing.T) {
		bin := filepath.Join(dir, "pure")
		build := exec.Command(testkit.Tool(t, "go"), "build", "-o", bin, write("pure.go", "package main\n\nfunc main() {}\n"))
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if r := testkit.Run(t, heapprofRun(nil, bin)); r.Status != console.ExitNotExecutable || !strings.Contains(r.Stderr, "statically linked") {
			t.Errorf("status %d, want %d and the reason: %q", r.Status, console.ExitNotExecutable, r.Stderr)
		}
	})
	t.Run("Java", func(t *testing.T) {
		java, err := exec.LookPath("java")
		if err != nil {
			t.Skip("java is not installed") // and need not be: it is large
		}
		source := write("Count.java", "class Count { public static void main(String[] a) { "+
			"java.nio.ByteBuffer b = java.nio.ByteBuffer.allocateDirect(3333333); System.out.println(b.capacity()); } }\n")
		r := record(t, nil, java, source)
		if r.Status != 0 || r.Stdout != "3333333\n" || r.Profile.Totals().TotalBytes < 3333333 {
			t.Errorf("status %d, output %q, %d bytes", r.Status, r.Stdout, r.Profile.Totals().TotalBytes)
		}
	})
}
