//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// javaClasses compiles a program of testdata/programs for Java 11 and later. It returns the directory of its classes.
func javaClasses(t *testing.T, name string) string {
	t.Helper()
	javac, dir := testkit.Tool(t, "javac"), t.TempDir()
	source := filepath.Join(testkit.Root(t), "testdata", "programs", name+".java")
	if out, err := exec.Command(javac, "--release", "11", "-nowarn", "-d", dir, source).CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	return dir
}

// everyJava returns the Java machines here, by the directories that they are in.
func everyJava(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	others, _ := filepath.Glob("/usr/lib/jvm/*/bin/java")
	for _, path := range append([]string{testkit.Tool(t, "java")}, others...) {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			all[strings.ReplaceAll(strings.Trim(filepath.Dir(filepath.Dir(real)), "/"), "/", "_")] = real
		}
	}
	return all
}

// javaFrames returns the functions of Java's in a stack from the first one of a class on, innermost first, each with its line behind
// a colon. ok is false where there is none of the class.
func javaFrames(p *profile.Profile, stack []uint32, class string) (frames string, ok bool) {
	var all []string
	for _, i := range stack {
		f := &p.Frames[i]
		if f.Language != profile.Java || len(all) == 0 && !strings.HasPrefix(f.Function, class) {
			continue
		}
		all = append(all, f.Function+":"+strconv.Itoa(f.Line))
	}
	return strings.Join(all, " "), len(all) != 0
}

// TestStacksHaveTheFunctionsThatJavaHas: Traced counts by the stacks that Java tells, in functions that run in the interpreter and in such as
// both compilers compile, inline, and give up again. Every byte has that stack, by function and line.
func TestStacksHaveTheFunctionsThatJavaHas(t *testing.T) {
	classes := javaClasses(t, "Traced")
	for name, java := range everyJava(t) {
		for _, c := range []struct {
			what, rounds string
			options      []string
		}{
			{"compiled", "5000", nil},
			{"interpreted", "300", []string{"-Xint"}},
			{"compiled with frame pointers", "3000", []string{"-XX:+PreserveFramePointer", "-XX:TieredStopAtLevel=1"}},
		} {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				t.Parallel()
				options := append(c.options[:len(c.options):len(c.options)], "-XX:+UnlockDiagnosticVMOptions", "-XX:+ShowHiddenFrames", "-cp", classes, "Traced", c.rounds)
				r := record(t, nil, java, options...)
				if r.Status != 0 {
					t.Fatalf("status %d\n%s", r.Status, r.Stderr)
				}
				want, got := javaTold(t, r.Stdout), make(map[string]uint64)
				for _, point := range r.Profile.Points {
					const leastTold = 900 // bytes: blocks of the program's are larger
					if point.TotalBytes/point.TotalBlocks < leastTold || !leadsThrough(r.Profile, point.Stack.Frames(), "jdk.internal.misc.Unsafe.allocateMemory") {
						continue
					}
					if stack, ok := javaFrames(r.Profile, point.Stack.Frames(), "Traced"); ok {
						got[stack] += point.TotalBytes
					}
				}
				if len(want) < 40 {
					t.Errorf("the program has told of %d stacks", len(want))
				}
				for stack, bytes := range want {
					if got[stack] != bytes {
						t.Errorf("%d bytes, want %d, of %s", got[stack], bytes, stack)
					}
				}
				for stack, bytes := range got {
					if want[stack] == 0 {
						t.Errorf("%d bytes of a stack that Java does not have: %s", bytes, stack)
					}
				}
				if n := r.Profile.Recording.Counts.IncompleteStacks; n != 0 {
					t.Errorf("%d stacks could not be followed", n)
				}
			})
		}
	}
}

// javaTold returns the bytes by stack that Traced has printed.
func javaTold(t *testing.T, text string) map[string]uint64 {
	t.Helper()
	told := make(map[string]uint64)
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		bytes, stack, _ := strings.Cut(line, " ")
		n, err := strconv.ParseUint(bytes, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		var frames []string
		for _, frame := range strings.Fields(stack) {
			frames = append(frames, withoutHiddenAddress(frame))
		}
		told[strings.Join(frames, " ")] += n
	}
	return told
}

// withoutHiddenAddress returns class.function:line without what tells apart the classes that are made in one run.
func withoutHiddenAddress(frame string) string {
	i := strings.LastIndexByte(frame, '.')
	class, function := frame[:i], frame[i:]
	for _, begin := range []string{"/0x", "+0x", "/"} {
		class, _, _ = strings.Cut(class, begin)
	}
	if name, _, ok := strings.Cut(class, "$$Lambda$"); ok {
		class = name + "$$Lambda"
	}
	return class + function
}

func leadsThrough(p *profile.Profile, stack []uint32, name string) bool {
	for _, i := range stack {
		if p.Frames[i].Function == name {
			return true
		}
	}
	return false
}
