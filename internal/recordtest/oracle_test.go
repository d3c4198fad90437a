//go:build linux && (amd64 || arm64)

package recordtest

import (
	"debug/dwarf"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestTotalsPeakAndEndEqualValgrindPerStack holds deterministic programs
// against valgrind's DHAT, which counts the same things in a way that shares
// nothing with ours. Per call stack, total bytes and blocks and those live at
// the global peak and at the end must be equal. What is made equal before the
// comparison, and why, stands at comparable.
func TestTotalsPeakAndEndEqualValgrindPerStack(t *testing.T) {
	if testing.Short() {
		t.Skip("valgrind takes its time")
	}
	valgrind := testkit.Tool(t, "valgrind")
	for _, program := range []struct {
		source string
		args   []string
	}{
		{source: "tree.c"},
		{source: "hash.c"},
		{source: "vector.c"},
		{source: "strings.c"},
		{source: "recursion.c"},
		{source: "aligned.c", args: []string{"nopvalloc"}},
		{source: "containers.cc"},
		{source: "plugin_host.c", args: []string{
			buildPlugin(t, "alpha", 24, "-O0"), buildPlugin(t, "beta", 240, "-O0"), buildPlugin(t, "gamma", 72, "-O0"),
		}},
		{source: "zero.c"},
		{source: "lifecycle.c"},
		{source: "sawtooth.c"},
		{source: "longjmp.c"},
	} {
		t.Run(program.source, func(t *testing.T) {
			bin := testkit.Build(t, program.source)
			ours := record(t, nil, bin, program.args...)
			theirs := recordWithValgrind(t, valgrind, bin, program.args...)
			if ours.Status != theirs.Status || ours.Stdout != theirs.Stdout {
				t.Errorf("status %d and output %q under heapprof, %d and %q under valgrind",
					ours.Status, ours.Stdout, theirs.Status, theirs.Stdout)
			}
			sources := sourceFiles(t, append([]string{bin}, program.args...)...)
			got, want := comparable(ours.Profile, sources), comparable(theirs.Profile, sources)
			emptyBlocksAsAsked(got, want)
			diffStacks(t, got, want)
			if len(want) < 2 {
				t.Errorf("only %d stacks were compared", len(want))
			}
		})
	}
}

// TestPeakAndEndEqualWhatTheProgramCounted needs no valgrind: the fixtures that
// know all of their blocks are held against their own word, in bytes and
// blocks, at the peak as well.
func TestPeakAndEndEqualWhatTheProgramCounted(t *testing.T) {
	for _, source := range []string{
		"tree.c", "hash.c", "vector.c", "recursion.c", "aligned.c", "zero.c", "lifecycle.c", "sawtooth.c",
	} {
		t.Run(source, func(t *testing.T) {
			r := record(t, nil, testkit.Build(t, source))
			wantOwnCounts(t, r, source)
			counts, got := testkit.Counts(r.Stdout), ownSums(r.Profile, source)
			if got.PeakBytes != counts["peak_bytes"] || got.PeakBlocks != counts["peak_blocks"] {
				t.Errorf("the profile's peak is %d bytes in %d blocks, the program counted %d in %d",
					got.PeakBytes, got.PeakBlocks, counts["peak_bytes"], counts["peak_blocks"])
			}
		})
	}
}

// buildPlugin builds plugin.c with its functions named after name and frames of
// the given size.
func buildPlugin(t *testing.T, name string, pad int, optimise string) string {
	t.Helper()
	// Without no-builtin, gcc leaves out blocks that nothing looks into.
	return testkit.Build(t, "plugin.c", optimise, "-g", "-shared", "-fPIC", "-fno-builtin",
		"-DNAME="+name, fmt.Sprintf("-DPAD=%d", pad))
}

// recordWithValgrind profiles a program with valgrind's DHAT.
func recordWithValgrind(t *testing.T, valgrind, program string, args ...string) recording {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dhat.json")
	cmd := exec.Command(valgrind, append([]string{
		"--tool=dhat", "--num-callers=100", "--dhat-out-file=" + file,
		// Or the frames of a library that was unloaded have no names.
		"--keep-debuginfo=yes",
		// Or valgrind has the C and C++ libraries free what they hold before it
		// counts what is live at the end.
		"--run-libc-freeres=no", "--run-cxx-freeres=no",
		program,
	}, args...)...)
	result := testkit.Run(t, cmd)
	p, err := format.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, result.Stderr)
	}
	return recording{result, p, file}
}

// sourceFiles returns the base names of the source files that the line tables
// of the given executables and libraries know; arguments that are no ELF files
// are passed over.
func sourceFiles(t *testing.T, paths ...string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, path := range paths {
		f, err := elf.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		data, err := f.DWARF()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		units := data.Reader()
		for {
			unit, err := units.Next()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if unit == nil {
				break
			}
			units.SkipChildren()
			lines, err := data.LineReader(unit)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if lines == nil {
				continue
			}
			if err := lines.Next(new(dwarf.LineEntry)); err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("%s: %v", path, err)
			}
			for _, file := range lines.Files() {
				if file != nil && !strings.HasSuffix(file.Name, ".S") { // the C library's start-up code
					names[filepath.Base(file.Name)] = true
				}
			}
		}
	}
	return names
}

// comparable adds a profile's points up by the part of the stack on which two
// profilers can agree: the frames of the program's own source files and of the
// headers that it includes, by function, file and line, innermost first.
//
//   - Frames of the C library, the dynamic loader and libstdc++ are left out, as
//     their names depend on the debug information that is installed, and
//     valgrind stops at main. Left out, not cut off: a callback from qsort keeps
//     its callers.
//   - So are the allocator's own functions: valgrind shows its replacements of
//     malloc and operator new as frames, we show the caller.
//   - Blocks that the dynamic loader takes for itself are left out: how large
//     they are depends on the number of libraries loaded, and each profiler
//     preloads another one. What constructors in libraries allocate stays.
//   - The demanglers differ in one space: "> >" and ">>".
func comparable(p *profile.Profile, sources map[string]bool) map[string]sums {
	stacks := make(map[string]sums)
	for i := range p.Points {
		frames := stack(p, &p.Points[i])
		if isLoaders(frames, sources) {
			continue
		}
		var key strings.Builder
		for _, f := range frames {
			if f.File == "" || !sources[filepath.Base(f.File)] {
				continue
			}
			fmt.Fprintf(&key, "\n    %s (%s:%d)", strings.ReplaceAll(f.Function, "> >", ">>"), filepath.Base(f.File), f.Line)
		}
		s := stacks[key.String()]
		s.add(&p.Points[i])
		stacks[key.String()] = s
	}
	return stacks
}

// isLoaders reports whether the dynamic loader itself allocates: whether dlopen or
// another of its functions stands above the program's innermost frame.
func isLoaders(frames []profile.Frame, sources map[string]bool) bool {
	for _, f := range frames {
		if sources[filepath.Base(f.File)] {
			return false
		}
		for _, prefix := range []string{"dlopen", "dlclose", "dlsym", "dlerror", "_dl_open", "_dl_close"} {
			if strings.HasPrefix(f.Function, prefix) {
				return true
			}
		}
	}
	return false
}

// emptyBlocksAsAsked takes back that valgrind counts a block of zero bytes as
// one byte: where all blocks of a stack have zero bytes by our count, valgrind
// must have as many bytes as blocks, and then has none.
func emptyBlocksAsAsked(got, want map[string]sums) {
	for key, w := range want {
		g, ok := got[key]
		if ok && g.TotalBytes == 0 && w.TotalBytes == w.TotalBlocks && w.PeakBytes == w.PeakBlocks && w.EndBytes == w.EndBlocks {
			w.TotalBytes, w.PeakBytes, w.EndBytes = 0, 0, 0
			want[key] = w
		}
	}
}

func diffStacks(t *testing.T, got, want map[string]sums) {
	t.Helper()
	all := maps.Clone(want)
	maps.Copy(all, got)
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if got[key] == want[key] {
			continue
		}
		// The first few say what is wrong, and the rest would hide it.
		if wrong++; wrong <= 5 {
			t.Errorf("%+v\nwant %+v\n%s", got[key], want[key], key)
		}
	}
	if wrong > 5 {
		t.Errorf("and %d more stacks of %d", wrong-5, len(all))
	}
}
