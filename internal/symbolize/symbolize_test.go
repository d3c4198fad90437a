package symbolize

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/object"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// program is a program with debug information that is mapped at bias, and two of its functions.
type program struct {
	path, buildID string
	start, end    uint64
	functions     map[string]uint64 // where in memory
}

const bias = 0x5555_0000_0000

// build returns a copy of a program in a directory of its own.
func build(t *testing.T, flags ...string) program {
	t.Helper()
	built := testkit.Build(t, "tree.c", append([]string{"-g", "-Wl,--build-id"}, flags...)...)
	p := program{path: filepath.Join(t.TempDir(), "tree"), functions: make(map[string]uint64)}
	content, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := object.Read(p.path, func(f *object.File) error {
		p.buildID = f.BuildID
		for _, s := range f.Progs {
			if s.Type == elf.PT_LOAD {
				p.end = max(p.end, bias+s.Vaddr+s.Memsz)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p.start, p.end = bias, (p.end+4095)&^4095
	for _, s := range testkit.Symbols(t, p.path) {
		if s.Name == "main" || s.Name == "free_node" {
			p.functions[s.Name] = bias + s.Value + 4
		}
	}
	if len(p.functions) != 2 {
		t.Fatalf("the program has %v", p.functions)
	}
	return p
}

// profile returns a profile with one stack, whose frames have no names.
func (p program) profile() *profile.Profile {
	m := &profile.Module{Path: p.path, BuildID: p.buildID, Start: p.start, End: p.end, Bias: bias, Nameless: profile.Deleted}
	return &profile.Profile{
		Mode: "heap", Verb: "Allocated", Modules: []*profile.Module{m},
		Frames: []profile.Frame{profile.Root, {Addr: p.functions["free_node"], Module: m}, {Addr: p.functions["main"], Module: m}},
		Points: []profile.Point{{TotalBytes: 10, TotalBlocks: 1, Stack: profile.StackOf(1, 2)}},
	}
}

// split moves the debug information of the program to a file in a directory, and strips the program.
func (p program) split(t *testing.T, dir, name string) string {
	t.Helper()
	debug := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(debug), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"--only-keep-debug", p.path, debug}, {"--strip-all", p.path}} {
		if out, err := exec.Command(testkit.Tool(t, "objcopy"), words...).CombinedOutput(); err != nil {
			t.Fatalf("objcopy: %v\n%s", err, out)
		}
	}
	return debug
}

// checkNamed checks that the stack has its functions, with their lines.
func checkNamed(t *testing.T, p *profile.Profile) {
	t.Helper()
	var functions []string
	for _, f := range p.Points[0].Stack.All() {
		functions = append(functions, p.Frames[f].Function)
		if p.Frames[f].Line == 0 || filepath.Base(p.Frames[f].File) != "tree.c" {
			t.Errorf("%s is at %s:%d", p.Frames[f].Function, p.Frames[f].File, p.Frames[f].Line)
		}
	}
	if n := len(functions); n < 2 || functions[n-1] != "main" || functions[0] != "free_node" {
		t.Errorf("the stack is %q", functions)
	}
	if p.Points[0].TotalBytes != 10 || p.Modules[0].Nameless != "" {
		t.Errorf("the point has %d bytes, the module is %q", p.Points[0].TotalBytes, p.Modules[0].Nameless)
	}
}

// nowhere is a list of no directories.
var nowhere = []string{}

func TestAFileThatIsHereNamesItsFrames(t *testing.T) {
	p := build(t).profile()
	if r := Name(p, Options{DebugDirs: nowhere}); r.Named != 2 || r.Unnamed != 0 {
		t.Errorf("%d frames were named, %d were not", r.Named, r.Unnamed)
	}
	checkNamed(t, p)
	if r := Name(p, Options{DebugDirs: nowhere, All: true}); len(r.Modules) != 0 {
		t.Errorf("there is more to name: %+v", r.Modules)
	}
}

func TestADebugFileNamesFramesWhoseFileIsGone(t *testing.T) {
	for _, name := range []string{"%id", "ID", "tree", "tree.debug"} {
		t.Run(name, func(t *testing.T) {
			prog, dir := build(t), t.TempDir()
			o := Options{DebugDirs: []string{dir}}
			switch name {
			case "%id":
				name = filepath.Join(".build-id", prog.buildID[:2], prog.buildID[2:]+".debug")
			case "ID":
				name = filepath.Join(prog.buildID, "debuginfo")
			default:
				o.Roots = []string{dir}
			}
			prog.split(t, dir, name)
			if err := os.Remove(prog.path); err != nil {
				t.Fatal(err)
			}
			p := prog.profile()
			Name(p, o)
			checkNamed(t, p)
		})
	}
}

func TestADebugFileUnderTheBareNameServesAStrippedProgram(t *testing.T) {
	prog, dir := build(t), t.TempDir()
	prog.split(t, dir, "tree.debug")
	p := prog.profile()
	Name(p, Options{DebugDirs: []string{dir}})
	checkNamed(t, p)
}

func TestAFunctionThatIsKnownGetsItsLineLater(t *testing.T) {
	prog := build(t)
	p := prog.profile()
	p.Frames[1].Function, p.Frames[2].Function = "free_node", "main"
	if r := Name(p, Options{DebugDirs: nowhere}); r.Lined != 2 || r.Named != 0 {
		t.Errorf("%d frames have got a line, %d a name", r.Lined, r.Named)
	}
	p.Modules[0].Nameless = ""
	checkNamed(t, p)
}

func TestMappingsAloneTellWhereAFileIs(t *testing.T) {
	for _, flags := range [][]string{nil, {"-no-pie"}, {"-Wl,-z,noseparate-code"}} {
		prog := build(t, flags...)
		p := prog.profile()
		m := p.Modules[0]
		if err := object.Read(prog.path, func(f *object.File) error {
			for _, s := range f.Progs {
				if s.Type == elf.PT_LOAD && s.Flags&elf.PF_X != 0 {
					m.Start, m.End = bias+s.Vaddr&^4095, (bias+s.Vaddr+s.Memsz+4095)&^4095
					m.Bias, m.ByOffset = m.Start-s.Off&^4095, true
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		m.BuildID = ""
		Name(p, Options{DebugDirs: nowhere})
		checkNamed(t, p)
		if m.Bias != bias || m.ByOffset {
			t.Errorf("%v: the bias is %x, want %x", flags, m.Bias, uint64(bias))
		}
	}
}

func TestAnotherBuildNamesNothing(t *testing.T) {
	prog := build(t)
	for want, change := range map[Why]func(p *profile.Profile, o *Options){
		OtherBuild: func(p *profile.Profile, _ *Options) { p.Modules[0].BuildID = "c0ffee00" },
		NoFile:     func(p *profile.Profile, _ *Options) { p.Modules[0].Path += ".gone" },
		NotAFile:   func(p *profile.Profile, _ *Options) { p.Modules[0].Path = "[vdso]" },
		Younger: func(p *profile.Profile, o *Options) {
			p.Modules[0].BuildID, o.Recorded = "", time.Now().Add(-time.Hour)
		},
		Unfitting: func(p *profile.Profile, _ *Options) {
			m := p.Modules[0]
			m.BuildID, m.End, m.Bias = "", m.End+1<<30, m.Bias+4096
		},
	} {
		p, o := prog.profile(), Options{DebugDirs: nowhere, All: true}
		change(p, &o)
		r := Name(p, o)
		if r.Named != 0 || len(r.Modules) != 1 || r.Modules[0].Why != want || p.Frames[1].Function != "" {
			t.Errorf("%s: %+v, named %q", want, r, p.Frames[1].Function)
		}
	}
}

func TestWhatIsNowhereIsFetchedByItsBuildID(t *testing.T) {
	prog, dir := build(t), t.TempDir()
	debug := prog.split(t, t.TempDir(), "tree.debug")
	asked := 0
	o := Options{DebugDirs: []string{dir}, Fetch: func(files []Missing) map[string]bool {
		asked++
		if len(files) != 1 || files[0] != (Missing{BuildID: prog.buildID, Path: prog.path}) {
			t.Errorf("asked for %+v", files)
		}
		to := filepath.Join(dir, prog.buildID, "debuginfo")
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(debug, to); err != nil {
			t.Fatal(err)
		}
		return map[string]bool{prog.buildID: true}
	}}
	p := prog.profile()
	Name(p, o)
	checkNamed(t, p)
	Name(prog.profile(), o)
	if asked != 1 {
		t.Errorf("%d times were files asked for, want once", asked)
	}
}

func TestCallsTellWhereAFileLayOfWhichOnlyAddressesAreKnown(t *testing.T) {
	prog := build(t, "-O1", "-static-pie")
	var calls []uint64
	out, err := exec.Command(testkit.Tool(t, "objdump"), "-d", "--no-show-raw-insn", "-j", ".text", prog.path).Output()
	if err != nil {
		t.Fatal(err)
	}
	called := false
	for line := range strings.Lines(string(out)) {
		at, instruction, ok := strings.Cut(strings.TrimSpace(line), ":\t")
		if !ok {
			continue
		}
		if at, err := strconv.ParseUint(at, 16, 64); err == nil && called {
			calls = append(calls, at+bias)
		}
		word, to, _ := strings.Cut(instruction, " ")
		called = (word == "call" || word == "bl" || word == "blr") && !strings.HasPrefix(strings.TrimSpace(to), "0 ") // a weak function that is not there
	}
	// As heaptrack and valgrind write them: a path and addresses, each of the last byte of a call.
	p := prog.profile()
	p.Modules[0] = &profile.Module{Path: prog.path}
	p.Frames, p.Points[0].Stack = p.Frames[:1], profile.Stack{}
	for _, at := range calls[:40] {
		p.Points[0].Stack = profile.StackOf(append(p.Points[0].Stack.Frames(), uint32(len(p.Frames)))...)
		p.Frames = append(p.Frames, profile.Frame{Addr: at - 1, Module: p.Modules[0]})
	}
	few := *p
	few.Frames, few.Points = p.Frames[:3], []profile.Point{{TotalBytes: 10, TotalBlocks: 1, Stack: profile.StackOf(1, 2)}}
	if r := Name(&few, Options{DebugDirs: nowhere}); r.Named != 0 || len(r.Modules) != 1 || r.Modules[0].Why != NoCalls {
		t.Errorf("two calls tell %+v", r)
	}
	if p.Modules[0].IsPlaced() {
		t.Errorf("two calls tell where it lay: %+v", p.Modules[0])
	}

	// It may be younger than the profile: that it fits is no chance.
	if r := Name(p, Options{DebugDirs: nowhere, Recorded: time.Unix(1, 0)}); r.Named < 30 || !r.Modules[0].ByPath {
		t.Errorf("%d frames were named: %+v", r.Named, r.Modules)
	}
	if m := p.Modules[0]; m.Bias != bias || m.Start != prog.start || m.End != prog.end {
		t.Errorf("it lay at %#x-%#x, bias %#x", m.Start, m.End, m.Bias)
	}
}
