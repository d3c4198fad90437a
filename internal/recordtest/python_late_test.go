//go:build linux && amd64

package recordtest

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// pythonLibrary is a CPython that a program may bring by dlopen.
type pythonLibrary struct{ name, path, home string }

// everyPythonLibrary returns those of the versions whose functions are followed: Debian's, and pyenv's.
func everyPythonLibrary(t *testing.T) []pythonLibrary {
	t.Helper()
	paths, _ := filepath.Glob("/usr/lib/x86_64-linux-gnu/libpython3.*.so.1.0")
	if home, err := os.UserHomeDir(); err == nil {
		for _, version := range []string{"3.9", "3.10", "3.11", "3.12", "3.13", "3.14"} {
			found, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions", version+".*", "lib", "libpython"+version+".so.1.0"))
			paths = append(paths, found...)
		}
	}
	if len(paths) == 0 {
		testkit.Skip(t, "there is no library of CPython's; Debian's package libpython3.11 has one")
	}
	var all []pythonLibrary
	for _, path := range paths {
		l := pythonLibrary{name: strings.ReplaceAll(strings.Trim(path, "/"), "/", "_"), path: path}
		if home := filepath.Dir(filepath.Dir(path)); strings.Contains(path, ".pyenv") {
			l.home = home
		}
		all = append(all, l)
	}
	return all
}

// embedding returns the command line of a program that brings the library by dlopen, and runs a script so many times.
func (l pythonLibrary) embedding(t *testing.T, script, times string) []string {
	t.Helper()
	program := testkit.Build(t, "python_embedded.c", "-O1", "-pthread")
	return []string{"env", "PYTHONHOME=" + l.home, "PYTHONMALLOC=malloc", program, l.path, filepath.Join(testkit.Root(t), "testdata/programs", script), times}
}

func TestStacksHaveTheFunctionsOfAPythonThatComesByDlopen(t *testing.T) {
	for _, library := range everyPythonLibrary(t) {
		t.Run(library.name, func(t *testing.T) {
			t.Parallel()
			line := library.embedding(t, "python_stacks.py", "1")
			r := record(t, []string{"--no-children", "--depth=256"}, line[0], line[1:]...)
			if r.Status != 0 {
				t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantStacksOfPython(t, r.Profile, r.Stdout)
			wantNoneBeside(t, r.Profile)
		})
	}
}

// wantNoneBeside checks that the blocks of the embedding program's other thread, which runs no Python, are what they are.
func wantNoneBeside(t *testing.T, p *profile.Profile) {
	t.Helper()
	beside := 0
	for i := range p.Points {
		frames := stack(p, &p.Points[i])
		if !slices.ContainsFunc(frames, func(f profile.Frame) bool { return f.Function == "beside" }) {
			continue
		}
		beside++
		if slices.ContainsFunc(frames, func(f profile.Frame) bool { return f.Language == profile.Python }) {
			t.Errorf("a block of another thread's comes of Python: %v", frames)
		}
	}
	if beside == 0 {
		t.Error("no block of the other thread's was recorded")
	}
}

func TestAPythonThatIsUnloadedAndComesAgainIsFollowedEachTime(t *testing.T) {
	for _, library := range everyPythonLibrary(t) {
		t.Run(library.name, func(t *testing.T) {
			t.Parallel()
			line := library.embedding(t, "python_unloaded.py", "4")
			r := record(t, []string{"--no-children"}, line[0], line[1:]...)
			if r.Status != 0 {
				t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
			}
			got := uint64(0)
			for _, point := range r.Profile.Points {
				if frames := pythonStack(r.Profile, point.Stack.Frames()); point.TotalBytes == point.TotalBlocks*2001 && len(frames) > 1 && frames[1] == (pythonFrame{"<module>", 8}) {
					got += point.TotalBlocks
				}
			}
			if got != 4*1000 {
				t.Errorf("%d blocks of the script's, want 4 times 1000; it says %s", got, r.Stdout)
			}
			wantNoneBeside(t, r.Profile)
		})
	}
}

// attachToPython attaches to a program that says "ready", and returns what was recorded of it from then to its end, with what it said.
func attachToPython(t *testing.T, line ...string) (p *profile.Profile, said string) {
	t.Helper()
	program := testkit.StartReady(t, line...)
	a := attachTo(t, program.Process.Pid, "--depth=256")
	program.In.Close()
	rest, err := io.ReadAll(program.Out)
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Wait(); err != nil {
		t.Fatal(err)
	}
	return a.end(0), string(rest)
}

func TestStacksHaveTheFunctionsOfAPythonThatIsAttachedTo(t *testing.T) {
	for _, interpreter := range everyPython(t) {
		t.Run(strings.ReplaceAll(strings.Trim(interpreter, "/"), "/", "_"), func(t *testing.T) {
			t.Parallel()
			const program = `if 1:
				import sys
				print("ready", flush=True)
				sys.stdin.readline()
				exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"))`
			p, said := attachToPython(t, "env", "PYTHONMALLOC=malloc", interpreter, "-c", program, testkit.Root(t)+"/testdata/programs/python_stacks.py")
			wantStacksOfPython(t, p, said)
		})
	}
}

func TestStacksHaveTheFunctionsOfAPythonThatComesAfterAnAttach(t *testing.T) {
	for _, library := range everyPythonLibrary(t) {
		t.Run(library.name, func(t *testing.T) {
			t.Parallel()
			p, said := attachToPython(t, append(library.embedding(t, "python_stacks.py", "1"), "wait")...)
			wantStacksOfPython(t, p, said)
			wantNoneBeside(t, p)
		})
	}
}
