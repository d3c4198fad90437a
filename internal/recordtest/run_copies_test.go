//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// copiesBy returns what each function by_NAME of a program has copied, by its profile, and what else has.
func copiesBy(p *profile.Profile) map[string]sums {
	all := make(map[string]sums)
	for i := range p.Points {
		by := "others"
		for _, f := range stack(p, &p.Points[i]) {
			if name, ok := strings.CutPrefix(f.Function, "by_"); ok {
				by = name
				break // a handler may have interrupted another
			}
		}
		s := all[by]
		s.add(&p.Points[i])
		all[by] = s
	}
	delete(all, "others") // of main, which prints, and of what starts it
	return all
}

// wantCopies holds what was recorded against what the program says, or says of valgrind.
func wantCopies(t *testing.T, what string, got map[string]sums, said string, valgrind bool) {
	t.Helper()
	for line := range strings.Lines(said) {
		var name string
		var copies, bytes, theirs, theirBytes uint64
		n, _ := fmt.Sscanf(line, "copied %s %d %d valgrind %d %d", &name, &copies, &bytes, &theirs, &theirBytes)
		if n < 3 {
			continue
		}
		if valgrind && n == 5 {
			copies, bytes = theirs, theirBytes
		}
		if s := got[name]; s.TotalBlocks != copies || s.TotalBytes != bytes {
			t.Errorf("%s: %s copies %d times, %d bytes; recorded are %d and %d", what, name, copies, bytes, s.TotalBlocks, s.TotalBytes)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("%s: also recorded: %v", what, got)
	}
}

// recordCopies records a program and returns the profile of its copies as well.
func recordCopies(t *testing.T, flags []string, program string) (recording, *profile.Profile) {
	t.Helper()
	r := record(t, append([]string{"--copies"}, flags...), program)
	return r, readRecording(t, opening.BeforeSuffix(r.File, ".copies"))
}

// copyingProgram is copying.c, of which every call is one.
func copyingProgram(t *testing.T, more ...string) string {
	t.Helper()
	return testkit.BuildWith(t, "gcc", "copying.c", append([]string{"-g", "-O1", "-fno-builtin"}, more...)...)
}

func TestEachFunctionThatCopiesIsCountedOnceWithItsBytes(t *testing.T) {
	t.Parallel()
	for _, build := range [][]string{nil, {"-static"}} {
		program := copyingProgram(t, build...)
		native := testkit.Run(t, exec.Command(program))
		for _, flags := range [][]string{nil, {"--sample=1KiB"}, {"--frees"}} {
			r, copies := recordCopies(t, flags, program)
			if r.Status != 0 || r.Stdout != native.Stdout {
				t.Fatalf("%q: %s\nnatively: %s", build, shorten(r.Result), shorten(native))
			}
			if copies.Measure() != profile.CopiedBytes || copies.Verb != "Copied" || copies.Columns != 0 || copies.Units.Blocks != "copies" {
				t.Errorf("mode %s, %s, columns %v, units %+v", copies.Mode, copies.Verb, copies.Columns, copies.Units)
			}
			wantCopies(t, fmt.Sprintf("%q %q", build, flags), copiesBy(copies), native.Stdout, false)
		}
	}
}

// TestEachWayInWhichGlibcCopiesIsCounted has glibc choose others of its functions than those for this processor.
func TestEachWayInWhichGlibcCopiesIsCounted(t *testing.T) {
	t.Parallel()
	program := copyingProgram(t)
	for _, lacks := range []string{"-AVX512F,-AVX512VL", "-AVX512F,-AVX512VL,-ERMS", "-AVX512F,-AVX512VL,-AVX2", "-AVX512F,-AVX512VL,-AVX2,-AVX,-ERMS", "Prefer_ERMS"} {
		file := filepath.Join(t.TempDir(), "p.json")
		run := heapprofRun([]string{"-o", file, "--copies"}, program)
		run.Env = append(run.Environ(), "GLIBC_TUNABLES=glibc.cpu.hwcaps="+lacks)
		r := testkit.Run(t, run)
		wantCopies(t, lacks, copiesBy(readRecording(t, opening.BeforeSuffix(file, ".copies"))), r.Stdout, false)
	}
}

func TestCopiesAreThoseThatValgrindCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("valgrind takes its time")
	}
	t.Parallel()
	valgrind := testkit.Tool(t, "valgrind")
	file := filepath.Join(t.TempDir(), "v.json")
	r := testkit.Run(t, exec.Command(valgrind, "--tool=dhat", "--mode=copy", "--num-callers=500", "--dhat-out-file="+file, copyingProgram(t)))
	p, err := format.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, shorten(r))
	}
	wantCopies(t, "valgrind", copiesBy(p), r.Stdout, true)
}

func TestCopiesOfThreadsAndHandlersAreExact(t *testing.T) {
	t.Parallel()
	program := testkit.BuildWith(t, "gcc", "copying_busy.c", "-g", "-O1", "-fno-builtin", "-pthread")
	r, copies := recordCopies(t, []string{"--no-children"}, program)
	if r.Status != 0 {
		t.Fatal(shorten(r.Result))
	}
	wantCopies(t, "busy", copiesBy(copies), r.Stdout, false)
}

// TestTheInnermostFrameOfACopyIsTheFunction: most have no symbol, or another's.
func TestTheInnermostFrameOfACopyIsTheFunction(t *testing.T) {
	t.Parallel()
	_, copies := recordCopies(t, nil, copyingProgram(t))
	var got []string
	for i := range copies.Points {
		got = append(got, stack(copies, &copies.Points[i])[0].Function)
	}
	slices.Sort(got)
	want := []string{"__strcat_chk", "__strncat_chk", "memcpy", "mempcpy", "stpcpy", "stpncpy", "strcat", "strcpy", "strncat", "strncpy", "wcscpy"}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("functions that copy: %q, want %q", got, want)
	}
}

func TestNoProfileOfCopiesIsWrittenWhereNoneCanBeRecorded(t *testing.T) {
	t.Parallel()
	musl := testkit.Tool(t, "musl-gcc")
	program := testkit.BuildWith(t, musl, "copying_busy.c", "-g", "-O1", "-fno-builtin", "-pthread")
	file := filepath.Join(t.TempDir(), "p.json")
	r := testkit.Run(t, heapprofRun([]string{"-o", file, "--copies"}, program))
	for _, want := range []string{wording.NoCopies, "no copy of this program could be recorded, so that there is no profile of them"} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("not said: %s\n%s", want, r.Stderr)
		}
	}
	if _, err := format.ReadFile(opening.BeforeSuffix(file, ".copies")); err == nil {
		t.Error("there is a profile")
	}
}
