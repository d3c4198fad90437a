//go:build linux && (amd64 || arm64)

package recordtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// everyPython returns the interpreters here whose functions are followed: Debian's, and pyenv's of all versions.
func everyPython(t *testing.T) []string {
	t.Helper()
	all := []string{python(t)}
	home, err := os.UserHomeDir()
	if err != nil {
		return all
	}
	for _, version := range []string{"3.9", "3.10", "3.11", "3.12", "3.13", "3.14"} {
		found, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions", version+".*", "bin/python3"))
		all = append(all, found...)
	}
	return all
}

// pythonFrame is a function and a line of Python's.
type pythonFrame struct {
	Function string
	Line     int
}

// pythonStack returns the functions of Python's in a stack, innermost first.
func pythonStack(p *profile.Profile, stack []uint32) (frames []pythonFrame) {
	for _, i := range stack {
		if f := &p.Frames[i]; f.Language == profile.Python {
			frames = append(frames, pythonFrame{f.Function, f.Line})
		}
	}
	return frames
}

func TestStacksHaveTheFunctionsThatPythonHas(t *testing.T) {
	for _, interpreter := range everyPython(t) {
		t.Run(strings.ReplaceAll(strings.Trim(interpreter, "/"), "/", "_"), func(t *testing.T) {
			t.Parallel()
			r := record(t, []string{"--no-children", "--depth=256"}, interpreter, testkit.Root(t)+"/testdata/programs/python_stacks.py")
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantStacksOfPython(t, r.Profile, r.Stdout)
			wantNoCallInPlace(t, r.Profile)
		})
	}
}

// TestStacksAreTheSameWithPythonsTrampolines: with -X perf each function of Python's is run by code that is made for it.
func TestStacksAreTheSameWithPythonsTrampolines(t *testing.T) {
	all := everyPython(t)
	known := slices.IndexFunc(all, func(path string) bool { return strings.Contains(path, "/3.12.") || strings.Contains(path, "/3.13.") })
	if known < 0 {
		t.Skip("no CPython 3.12 or 3.13 here")
	}
	r := record(t, []string{"--no-children", "--depth=512"}, all[known], "-X", "perf", testkit.Root(t)+"/testdata/programs/python_stacks.py")
	defer os.Remove(fmt.Sprintf("/tmp/perf-%d.map", r.Profile.PID))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
	}
	wantStacksOfPython(t, r.Profile, r.Stdout)
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
		t.Errorf("%d blocks have stacks that could not be followed", c.IncompleteBlocks)
	}
}

// wantStacksOfPython checks that the blocks of python_stacks.py come of the functions and lines of which Python told it, as it said.
func wantStacksOfPython(t *testing.T, p *profile.Profile, said string) {
	t.Helper()
	want, got := make(map[string]uint64), make(map[string]uint64)
	for _, line := range strings.Split(said, "\n") {
		if !strings.HasPrefix(line, "{") {
			continue // it is of the program that runs the script
		}
		var told struct {
			Bytes  uint64
			Frames [][2]any
		}
		if err := json.Unmarshal([]byte(line), &told); err != nil {
			t.Fatal(err)
		}
		var frames []pythonFrame
		for _, f := range told.Frames {
			frames = append(frames, pythonFrame{fmt.Sprint(f[0]), int(f[1].(float64))})
		}
		want[fmt.Sprint(frames)] += told.Bytes
	}
	qualified := strings.Contains(said, ".<locals>.") // since 3.11
	for _, point := range p.Points {
		const leastTold = 90_000 // bytes: blocks of the program's are larger
		if point.TotalBytes/point.TotalBlocks >= leastTold {
			stack := pythonStack(p, point.Stack.Frames())
			for i := range stack {
				if f := &stack[i].Function; !qualified {
					*f = (*f)[strings.LastIndexByte(*f, '.')+1:]
				}
			}
			got[fmt.Sprint(stack)] += point.TotalBytes
		}
	}
	if len(want) < 90 {
		t.Errorf("the program has told of %d stacks", len(want))
	}
	for stack, bytes := range want {
		if got[stack] != bytes {
			t.Errorf("%d bytes, want %d, through %s", got[stack], bytes, stack)
		}
	}
}

// wantNoCallInPlace checks that the interpreter's function that runs Python's was found in each stack: in its place are these.
// What it does when a function of Python's has ended already is its own.
func wantNoCallInPlace(t *testing.T, p *profile.Profile) {
	t.Helper()
	var all, left uint64
	for _, point := range p.Points {
		all += point.TotalBlocks
		if slices.ContainsFunc(point.Stack.Frames(), func(i uint32) bool { return strings.HasPrefix(p.Frames[i].Function, "_PyEval_EvalFrameDefault") }) {
			left += point.TotalBlocks
		}
	}
	if left*100 > all {
		t.Errorf("of %d blocks %d have the interpreter's function in their stacks", all, left)
	}
}

func TestMostOfWhatAScriptAllocatesIsItsFunctions(t *testing.T) {
	r := record(t, []string{"--no-children"}, python(t), "-c", `if 1:
		def load():
			return [{"id": i, "name": "name %d" % i} for i in range(100000)]
		rows = load()`)
	var all, of uint64
	for _, point := range r.Profile.Points {
		all += point.PeakBytes
		if slices.ContainsFunc(pythonStack(r.Profile, point.Stack.Frames()), func(f pythonFrame) bool { return f == pythonFrame{"load", 3} }) {
			of += point.PeakBytes
		}
	}
	if of*100 < all*95 {
		t.Errorf("of %d bytes %d are the function's", all, of)
	}
}

func TestFunctionsOfPythonsThatAChildInheritsHaveNames(t *testing.T) {
	dir := t.TempDir()
	r := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "%p.json")}, python(t), "-c", `if 1:
		import os
		def before():
			return bytearray(1000000)
		def after():
			return bytearray(2000000)
		b = before()
		if os.fork() == 0:
			a = after()
			os._exit(0)
		os.wait()
		os._exit(0) # with all that it has`))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d profiles: %v\n%s", len(files), err, r.Stderr)
	}
	found := make(map[string]int)
	for _, file := range files {
		p, err := format.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, point := range p.Points {
			if stack := pythonStack(p, point.Stack.Frames()); point.EndBytes >= 1000000 && len(stack) > 0 {
				found[stack[0].Function]++
			}
		}
	}
	if found["before"] != 2 || found["after"] != 1 {
		t.Errorf("found in profiles: %v, want before in two and after in one", found)
	}
}

func TestPythonIsLeftAloneWhereThatIsAskedFor(t *testing.T) {
	const program = `import os; print(os.environ.get("PYTHONMALLOC")); x = [bytearray(1000) for _ in range(1000)]`
	for flags, want := range map[string]string{"": "malloc", "--python=false": "None"} {
		r := record(t, append([]string{"--no-children"}, strings.Fields(flags)...), python(t), "-c", program)
		if got := strings.TrimSpace(r.Stdout); got != want {
			t.Errorf("run %s: the program finds %s, want %s", flags, got, want)
		}
		has := slices.ContainsFunc(r.Profile.Frames, func(f profile.Frame) bool { return f.Language == profile.Python })
		if has != (flags == "") {
			t.Errorf("run %s: the profile has functions of Python's: %v", flags, has)
		}
	}
}

func TestAVersionOfPythonThatIsNotKnownIsSaid(t *testing.T) {
	for version, want := range map[string]string{"3.15": "this is 3.15", "": "this is an older one"} {
		if got := wording.NoteWords(profile.Note{Code: profile.PythonUnknown, Text: version}); !strings.HasSuffix(got, want) {
			t.Errorf("%q does not say that %s", got, want)
		}
	}
}

func TestClassesOfFunctionsOfAnOlderPythonAreTold(t *testing.T) {
	for _, interpreter := range everyPython(t) {
		if !strings.Contains(interpreter, "/3.9.") && !strings.Contains(interpreter, "/3.10.") {
			continue
		}
		r := record(t, []string{"--no-children"}, interpreter, testkit.Root(t)+"/testdata/programs/python_stacks.py")
		for _, want := range []pythonFrame{{"Thing.__init__", 65}, {"by_sort.<locals>.key", 49}, {"plain", 36}} {
			if !slices.ContainsFunc(r.Profile.Frames, func(f profile.Frame) bool { return pythonFrame{f.Function, f.Line} == want }) {
				t.Errorf("%s: no frame is %v", interpreter, want)
			}
		}
	}
}
