package symbol

import (
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// oracleTests are programs of several compilers. addr2line of binutils 2.40
// misses inlined calls of clang's DWARF 5 and names of GCC's link-time
// optimisation, and calls an inheriting constructor after the base class, which
// shows at -O0; and the demangle package misreads how clang 14 encodes
// std::swap. There LLVM's tool is the judge, with names not yet demangled.
var oracleTests = []struct {
	name, compiler, source string
	flags                  []string
	addr2line, llvm        bool
}{
	{"C, DWARF 3", "gcc", "words.c", []string{"-gdwarf-3", "-gstrict-dwarf", "-O2"}, true, true},
	{"C, DWARF 4", "gcc", "words.c", []string{"-gdwarf-4", "-O2"}, true, true},
	{"C, DWARF 5", "gcc", "words.c", []string{"-gdwarf-5", "-O2"}, true, true},
	{"C, not optimised", "gcc", "words.c", []string{"-g", "-O0"}, true, true},
	{"C, fixed address", "gcc", "words.c", []string{"-g", "-O2", "-no-pie", "-fno-pie"}, true, true},
	{"C, shared library", "gcc", "words.c", []string{"-g", "-O2", "-shared", "-fPIC", "-DLIBRARY"}, true, true},
	{"C++, DWARF 4", "g++", "shapes.cc", []string{"-gdwarf-4", "-O2"}, true, true},
	{"C++, DWARF 5", "g++", "shapes.cc", []string{"-gdwarf-5", "-O2"}, true, true},
	{"C++, not optimised", "g++", "shapes.cc", []string{"-g", "-O0"}, false, true},
	{"C++, unused sections dropped", "g++", "shapes.cc", []string{"-g", "-O1", "-ffunction-sections", "-Wl,--gc-sections"}, true, true},
	{"C++, link-time optimisation", "g++", "shapes.cc", []string{"-g", "-O2", "-flto"}, false, true},
	{"clang, DWARF 4", "clang++", "shapes.cc", []string{"-gdwarf-4", "-O2"}, false, true},
	{"clang, DWARF 5", "clang++", "shapes.cc", []string{"-gdwarf-5", "-O2"}, false, true},
	{"Rust, legacy names", "rustc", "words.rs", []string{"-g", "-O"}, true, false},
	{"Rust, v0 names", "rustc", "words.rs", []string{"-g", "-O", "-C", "symbol-mangling-version=v0"}, true, false},
	{"Rust, not optimised", "rustc", "words.rs", []string{"-g", "-C", "symbol-mangling-version=v0"}, true, false},
}

// The frames must be those of the tools that people trust, on addresses all
// over the programs, at every level of inlining.
func TestFramesAreThoseOfOtherTools(t *testing.T) {
	for _, test := range oracleTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			prog := build(t, t.TempDir(), test.compiler, test.source, test.flags...)
			if test.addr2line {
				tool := testkit.Tool(t, "addr2line")
				compare(t, prog, source(t, test.source), exec.Command(tool, "-aifC", "-e", prog))
			}
			if test.llvm {
				tool := testkit.Tool(t, "llvm-symbolizer")
				compare(t, prog, "", exec.Command(tool, "--output-style=GNU", "-aif", "--no-demangle", "--obj="+prog))
			}
		})
	}
}

// compare holds the frames against those that another tool prints for
// addresses on its standard input. That may give unitFile, if not empty, for
// the file: addr2line does where it looks into the symbol table for a name.
func compare(t *testing.T, prog, unitFile string, tool *exec.Cmd) {
	t.Helper()
	addrs := sample(t, prog, 2000)
	var in strings.Builder
	for _, a := range addrs {
		fmt.Fprintf(&in, "%#x\n", a)
	}
	tool.Stdin = strings.NewReader(in.String())
	out, err := tool.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := parseAddr2line(t, string(out))

	m := open(t, prog)
	lines, different := 0, 0
	for _, a := range addrs {
		got := m.Frames(a)
		for i, f := range want[a] {
			want[a][i].Function = m.readable(f.Function) // changes nothing that addr2line demangled
		}
		if len(got) > 0 && got[0].Line > 0 {
			lines++
		}
		if why := difference(got, want[a], unitFile); why != "" {
			if different++; different <= 5 {
				t.Errorf("%#x: %s\n got %v\nwant %v", a, why, got, want[a])
			}
		}
	}
	if different > 0 || lines == 0 {
		t.Errorf("%d of %d addresses differ, %d have a line", different, len(addrs), lines)
	}
}

// parseAddr2line reads the address, and then for each level a line with the
// function and one with file:line.
func parseAddr2line(t *testing.T, out string) map[uint64][]Frame {
	t.Helper()
	found := make(map[uint64][]Frame)
	var addr uint64
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i := 0; i < len(lines); {
		if a, err := strconv.ParseUint(lines[i], 0, 64); err == nil {
			addr = a
			i++
			continue
		}
		if i+1 == len(lines) {
			t.Fatalf("half a frame at the end: %q", lines[i])
		}
		place, _, _ := strings.Cut(lines[i+1], " (discriminator")
		file, line, _ := strings.Cut(place, ":")
		f := Frame{Function: lines[i], File: path.Clean(file)}
		f.Line, _ = strconv.Atoi(line)
		if f.Function == "??" {
			f.Function = ""
		}
		if file == "??" {
			f.File = ""
		}
		found[addr] = append(found[addr], f)
		i += 2
	}
	return found
}

// difference says in what the frames differ from those of the other tool,
// apart from where heapprof means to differ.
func difference(got, want []Frame, unitFile string) string {
	if len(want) == 1 && want[0].Function == "" && want[0].File == "" {
		want = nil
	}
	if len(got) != len(want) {
		return "another number of frames"
	}
	for i := range got {
		if got[i].Inlined != (i < len(got)-1) {
			return "the wrong frame is inlined"
		}
		// Without DWARF the other tools give the name of the source or object
		// from the symbol table, which has no directory.
		if want[i].Line == 0 && !strings.Contains(want[i].File, "/") {
			want[i].File = ""
		}
		if got[i].Line != want[i].Line || got[i].File != want[i].File && (want[i].File == "" || want[i].File != unitFile) {
			return "another line"
		}
		if !sameFunction(got[i].Function, want[i].Function, got[len(got)-1].Function, i == len(got)-1) {
			return "another function"
		}
	}
	return ""
}

// sameFunction compares names but for what heapprof does better:
//
//   - a clone's suffix is left out (" [clone .cold]"; ".part.0" in C),
//   - where the DWARF has only a bare name, it is qualified by its scope, or
//     for the outermost function it is the whole one of the symbol table,
//   - there addr2line calls inlined functions after the symbol around them, or
//     not at all,
//   - a source's name that is private by its underscores gives way to an
//     exported alias (__private_depth in words.c), and the linker's name of a
//     function within another (add.0 there) to the source's,
//
// and where the demanglers differ:
//
//   - the demangle package reads the two numbers 0 of v0 Rust's closures
//     in closures as one, so it counts the inner one wrongly and loses what
//     follows.
func sameFunction(got, want, outermost string, isOutermost bool) bool {
	want, _, _ = strings.Cut(want, " [clone")
	want, _, _ = strings.Cut(want, " (.")
	want = withoutSuffix(want)
	got, want, outermost = alike(got), alike(want), alike(outermost)
	base, _, _ := strings.Cut(want, "<")
	return got == want ||
		strings.HasSuffix(got, "::"+want) ||
		isOutermost && (strings.Contains(got, "::"+base+"(") || strings.Contains(got, "::"+base+"<")) ||
		!isOutermost && (want == outermost || want == "")
}

var closure = regexp.MustCompile(`\{closure#\d+\}(, \(\))?`)

func alike(name string) string {
	name = strings.NewReplacer("__private_depth", "depth", "add.0", "add").Replace(name)
	return closure.ReplaceAllString(name, "{closure}")
}
