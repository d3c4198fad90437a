package symbol

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"heapprof/internal/object"
	"heapprof/internal/testkit"
)

// A Go program knows its own frames, so this needs nothing but Go.
func TestFramesOfGoProgramAreThoseOfItsRuntime(t *testing.T) {
	dir := t.TempDir()
	prog := filepath.Join(dir, "gostack")
	// Dir is the source's, for the module; the flags are against what a
	// developer's environment may set.
	run(t, source(t, "gostack"), "go", "build", "-trimpath=false", "-buildmode=exe", "-ldflags=", "-gcflags=", "-o", prog, ".")
	out := run(t, dir, prog)
	m := open(t, prog)

	typeArgument := regexp.MustCompile(`\[[^]]*\]`)
	var stack []Frame // as the runtime has it, innermost first
	var pcs []uint64
	inlined := 0
	check := func() {
		for i, pc := range pcs {
			frames := m.Frames(pc)
			if len(frames) > len(stack)-i {
				t.Fatalf("%#x: got %v, want at most %v", pc, frames, stack[i:])
			}
			if len(frames) == 0 {
				t.Fatalf("%#x: no frames, want %v", pc, stack[i])
			}
			for j, f := range frames {
				want := stack[i+j]
				got := Frame{Function: typeArgument.ReplaceAllString(f.Function, "[...]"), File: f.File, Line: f.Line}
				if j > 0 {
					inlined++
				}
				if got != want {
					t.Errorf("%#x, frame %d: got %v, want %v", pc, j, got, want)
				}
			}
		}
		stack, pcs = nil, nil
	}
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		if lines.Text() == "" {
			check()
			continue
		}
		var pc uint64
		var place string
		var f Frame
		if _, err := fmt.Sscanf(lines.Text(), "%v %s %s", &pc, &place, &f.Function); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		colon := strings.LastIndexByte(place, ':')
		f.File = place[:colon]
		fmt.Sscan(place[colon+1:], &f.Line)
		stack, pcs = append(stack, f), append(pcs, pc)
	}
	if inlined < 5 {
		t.Errorf("only %d inlined frames seen", inlined)
	}
}

func TestOpenRefusesWhatIsNoProgram(t *testing.T) {
	dir := t.TempDir()
	elfHeader := func(class, data byte) []byte {
		h := make([]byte, 64)
		copy(h, "\x7fELF")
		h[4], h[5], h[6] = class, data, 1
		if data == 1 {
			h[16], h[18], h[20] = 2, 3, 1
		} else {
			h[17], h[19], h[23] = 2, 8, 1
		}
		return h
	}
	for _, test := range []struct {
		name, want string
		data       []byte
	}{
		{"text", "is not an ELF file", []byte("#!/bin/sh\n")},
		{"empty", "is empty", nil},
		{"cut", "is damaged", []byte("\x7fELF\x02\x01\x01")},
		{"mips", "another kind of machine", elfHeader(1, 2)},
		{"i386", "another kind of machine", elfHeader(1, 1)},
	} {
		path := writeFile(t, filepath.Join(dir, test.name), test.data)
		r := NewResolver(Options{DebugDirs: []string{}})
		_, err := r.Open(path, "")
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got error %v, want one that says %q", test.name, err, test.want)
		}
	}
	r := NewResolver(Options{})
	if _, err := r.Open(dir, ""); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := r.Open(filepath.Join(dir, "absent"), ""); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestOpenTwiceReturnsTheSameModule(t *testing.T) {
	r := NewResolver(Options{})
	defer r.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Open(self, "")
	if err != nil {
		t.Skip("this system's programs are not ELF: ", err)
	}
	if b, _ := r.Open(self, ""); a != b {
		t.Error("got another module")
	}
}

func TestFileOfAnotherBuildIDIsRefused(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, dir, "gcc", "words.c", "-g", "-Wl,--build-id=0x1111")
	main := symbolAddress(t, prog, "main")
	debugDir := t.TempDir()

	r := NewResolver(Options{DebugDirs: []string{debugDir}})
	defer r.Close()
	if m, err := r.Open(prog, "1111"); err != nil || m.Frames(main) == nil {
		t.Errorf("the right file: %v", err)
	}
	_, err := r.Open(prog, "2222")
	if err == nil || !strings.Contains(err.Error(), prog+" changed since the program ran") {
		t.Errorf("got error %v", err)
	}

	// The debug file of the build that ran has what is needed.
	other := build(t, t.TempDir(), "gcc", "words.c", "-g", "-Wl,--build-id=0x2222")
	split(t, other, filepath.Join(debugDir, ".build-id", "22", "22.debug"))
	for _, path := range []string{prog, filepath.Join(dir, "deleted")} {
		m, err := r.Open(path, "2222")
		if err != nil {
			t.Fatal(err)
		}
		if f := m.Frames(symbolAddress(t, other, "main")); len(f) != 1 || f[0].Function != "main" || f[0].Line == 0 {
			t.Errorf("%s by its debug file: %v", path, f)
		}
	}
}

func TestStrippedLibraryHasItsExportedNamesOnly(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-O1", "-shared", "-fPIC", "-DLIBRARY")
	words, insert := symbolAddress(t, prog, "words"), symbolAddress(t, prog, "insert")
	stripped := prog + ".stripped"
	run(t, "", "strip", "-o", stripped, prog)
	m := open(t, stripped)
	if f := m.Frames(words + 1); len(f) != 1 || f[0] != (Frame{Function: "words"}) {
		t.Errorf("an exported function: %v", f)
	}
	if f := m.Frames(insert + 1); len(f) != 1 || f[0] != (Frame{Entry: insert}) {
		t.Errorf("a static function must not get its neighbour's name: %v", f)
	}
	if f := m.Frames(0); f != nil {
		t.Errorf("outside of the code: %v", f)
	}
}

func TestSymbolWithoutSizeReachesToTheNext(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-O1")
	addr := symbolAddress(t, prog, "unsized")
	if f := open(t, prog).Frames(addr + 2); len(f) != 1 || f[0].Function != "unsized" {
		t.Errorf("got %v", f)
	}
}

func TestExportedAliasIsPreferred(t *testing.T) {
	for _, flag := range []string{"-g0", "-g"} {
		prog := build(t, t.TempDir(), "gcc", "words.c", "-O1", flag)
		addr := symbolAddress(t, prog, "__private_depth")
		if f := open(t, prog).Frames(addr); len(f) != 1 || f[0].Function != "depth" {
			t.Errorf("%s: got %v", flag, f)
		}
	}
}

func TestLinkageTableStubsAreNamed(t *testing.T) {
	for _, flags := range [][]string{
		{"-Wl,-z,lazy"}, {"-Wl,-z,now"}, {"-Wl,-z,lazy", "-fcf-protection", "-Wl,-z,ibtplt"}, {"-no-pie"},
	} {
		prog := build(t, t.TempDir(), "gcc", "words.c", flags...)
		file, err := object.Open(prog)
		if err != nil {
			t.Fatal(err)
		}
		m := open(t, prog)
		found := map[string]bool{}
		for _, s := range file.Sections {
			if strings.HasPrefix(s.Name, ".plt") {
				for a := s.Addr; a < s.Addr+s.Size; a++ {
					if f := m.Frames(a); len(f) == 1 {
						found[f[0].Function] = true
					}
				}
			}
		}
		file.Close()
		for _, want := range []string{"malloc@plt", "printf@plt", "strcmp@plt"} {
			if !found[want] {
				t.Errorf("%v: %s is not among %v", flags, want, found)
			}
		}
	}
}

// A compiler or an upgrade may write over the file while it is read.
func TestFileThatShrinksIsSurvived(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-g")
	main := symbolAddress(t, prog, "main")
	m := open(t, prog)
	if err := os.Truncate(prog, 0); err != nil {
		t.Fatal(err)
	}
	if f := m.Frames(main); f != nil {
		t.Errorf("got %v", f)
	}
}

// libc is in every stack. Its names must not depend on whether its debug file
// is installed.
func TestLibcNames(t *testing.T) {
	testkit.Tool(t, "gcc")
	libc, err := filepath.EvalSymlinks(strings.TrimSpace(run(t, "", "gcc", "-print-file-name=libc.so.6")))
	if err != nil {
		t.Fatal(err)
	}
	r := NewResolver(Options{})
	defer r.Close()
	withDebug, err := r.Open(libc, "")
	if err != nil {
		t.Fatal(err)
	}
	withoutDebug := open(t, libc)
	symbols, err := withDebug.files[0].DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, s := range symbols {
		switch s.Name {
		case "malloc", "calloc", "realloc", "free", "qsort", "fopen", "puts", "getline", "strdup", "__libc_start_main":
			for _, m := range []*Module{withDebug, withoutDebug} {
				f := m.Frames(s.Value)
				if len(f) == 0 || f[len(f)-1].Function != s.Name {
					t.Errorf("%s: got %v (debug files: %d)", s.Name, f, len(m.files)-1)
				}
				checked++
			}
		}
	}
	if checked < 10 {
		t.Errorf("%s exports only %d of the functions", libc, checked)
	}
}

// The recorder looks up the modules of several processes at a time.
func TestFramesFromSeveralGoroutines(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-g", "-O2")
	addrs := sample(t, prog, 200)
	want := open(t, prog)
	for _, a := range addrs {
		want.Frames(a)
	}
	r := NewResolver(Options{DebugDirs: []string{}})
	defer r.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			m, err := r.Open(prog, "")
			if err != nil {
				t.Error(err)
				return
			}
			for _, a := range addrs {
				if got := m.Frames(a); !sameFrames(got, want.Frames(a)) {
					t.Errorf("%#x: got %v", a, got)
				}
			}
		})
	}
	wg.Wait()
}

func TestFramesDoNotHangOnWhatWasAskedForBefore(t *testing.T) {
	testkit.Tool(t, "ld.gold")
	// The compiler must not make the functions one, for it would say so.
	path := build(t, t.TempDir(), "gcc", "folded.c", "-g", "-O1", "-fno-ipa-icf", "-ffunction-sections", "-fuse-ld=gold", "-Wl,--icf=all")
	folded, alone := symbolAddress(t, path, "within.0"), symbolAddress(t, path, "alone.1")
	first := open(t, path).Frames(folded)
	if len(first) != 1 || first[0].Function != "plain" {
		t.Errorf("what lies within a function comes before what does not: %v", first)
	}
	m := open(t, path)
	m.Frames(alone)
	if second := m.Frames(folded); !sameFrames(first, second) {
		t.Errorf("%v, and after another address %v", first, second)
	}
}
