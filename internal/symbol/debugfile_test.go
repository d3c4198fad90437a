package symbol

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/object"
)

// However the debug information is stored, the frames must be the same.
func TestFramesDoNotDependOnWhereTheDebugInformationIs(t *testing.T) {
	built := make(map[string]string) // by version of DWARF
	for _, version := range []string{"4", "5"} {
		built[version] = build(t, t.TempDir(), "g++", "shapes.cc", "-O2", "-gdwarf-"+version, "-Wl,--build-id")
	}
	built["4, of Rust"] = build(t, t.TempDir(), "rustc", "tasks.rs", "-C", "debuginfo=2", "-O", "--edition", "2021")
	common := func(t *testing.T, prog string) (string, []string) {
		moved := writeFile(t, prog+".moved", readFile(t, prog))
		run(t, filepath.Dir(prog), "dwz", "-m", "common.debug", "-M", "common.debug", moved, prog)
		if data := readFile(t, moved); !strings.Contains(string(data), ".gnu_debugaltlink") {
			t.Fatal("dwz moved nothing")
		}
		return moved, nil
	}
	for _, test := range []struct {
		name    string
		version string // of DWARF
		move    func(t *testing.T, prog string) (moved string, debugDirs []string)
	}{
		{"zlib", "5", objcopy("--compress-debug-sections=zlib")},
		{"zlib-gnu (.zdebug)", "4", objcopy("--compress-debug-sections=zlib-gnu")},
		{"zstd", "5", objcopy("--compress-debug-sections=zstd")},
		{"dwz", "5", func(t *testing.T, prog string) (string, []string) {
			run(t, "", "dwz", "-o", prog+".moved", prog)
			return prog + ".moved", nil
		}},
		{"dwz with a supplementary file", "4", common},
		{"dwz with a supplementary file, of Rust", "4, of Rust", common},
		{"debug link beside", "5", debugLink(".")},
		{"debug link in .debug", "5", debugLink(".debug")},
		{"debug link under a debug directory", "5", func(t *testing.T, prog string) (string, []string) {
			dir := t.TempDir()
			moved, _ := debugLink("elsewhere")(t, prog)
			under := filepath.Join(dir, filepath.Dir(prog))
			if err := os.MkdirAll(under, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(filepath.Dir(prog), "elsewhere", "prog.debug"), filepath.Join(under, "prog.debug")); err != nil {
				t.Fatal(err)
			}
			return moved, []string{dir}
		}},
		{"build-id", "5", func(t *testing.T, prog string) (string, []string) {
			dir := t.TempDir()
			id := buildIDOf(t, prog)
			debug := filepath.Join(dir, ".build-id", id[:2], id[2:]+".debug")
			return split(t, prog, debug), []string{dir}
		}},
		{"debuginfod's cache", "5", func(t *testing.T, prog string) (string, []string) {
			dir := t.TempDir()
			return split(t, prog, filepath.Join(dir, buildIDOf(t, prog), "debuginfo")), []string{dir}
		}},
		{"no section headers but for the debug file's", "5", func(t *testing.T, prog string) (string, []string) {
			dir := t.TempDir()
			id := buildIDOf(t, prog)
			moved := split(t, prog, filepath.Join(dir, id, "debuginfo"))
			data := readFile(t, moved)
			clear(data[0x28:0x30]) // e_shoff
			clear(data[0x3c:0x40]) // e_shnum, e_shstrndx
			return writeFile(t, moved, data), []string{dir}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := open(t, built[test.version])
			addrs := sample(t, built[test.version], 2000)
			prog := writeFile(t, filepath.Join(t.TempDir(), "prog"), readFile(t, built[test.version]))
			moved, dirs := test.move(t, prog)
			equalFrames(t, open(t, moved, dirs...), want, addrs)
		})
	}
}

func TestFramesOfSplitDWARF(t *testing.T) {
	for _, version := range []string{"4", "5"} {
		t.Run("DWARF "+version, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			flags := []string{"-O2", "-gdwarf-" + version}
			want := open(t, build(t, t.TempDir(), "g++", "shapes.cc", flags...))
			prog := build(t, dir, "g++", "shapes.cc", append(flags, "-gsplit-dwarf")...)
			addrs := sample(t, prog, 2000)
			split := open(t, prog)
			equalFrames(t, split, want, addrs)

			dwo, err := filepath.Glob(filepath.Join(dir, "*.dwo"))
			if err != nil || len(dwo) != 1 {
				t.Fatalf("%v %v", dwo, err)
			}
			if version == "4" { // binutils' dwp knows no other
				run(t, dir, "dwp", "-e", prog, "-o", prog+".dwp")
				if err := os.Remove(dwo[0]); err != nil {
					t.Fatal(err)
				}
				equalFrames(t, open(t, prog), want, addrs)
				equalLocals(t, open(t, prog), split, addrs)
				if err := os.Remove(prog + ".dwp"); err != nil {
					t.Fatal(err)
				}
			} else if err := os.Remove(dwo[0]); err != nil {
				t.Fatal(err)
			}

			// Without either the lines and the symbol table are left.
			m, named := open(t, prog), 0
			for _, a := range addrs {
				got := m.Frames(a)
				if w := want.Frames(a); len(got) != 1 || len(w) > 0 && got[0].Line != w[0].Line {
					t.Fatalf("%#x: got %v, want the line of %v", a, got, w)
				}
				if got[0].Function != "" {
					named++
				}
			}
			if named != len(addrs) {
				t.Errorf("%d of %d addresses have a function", named, len(addrs))
			}
		})
	}
}

func TestFramesOfSplitRust(t *testing.T) {
	flags := []string{"-C", "debuginfo=2", "-O", "--edition", "2021"}
	want := build(t, t.TempDir(), "rustc", "tasks.rs", flags...)
	for _, kind := range []string{"packed", "unpacked"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run(t, dir, "rustc", append(flags, "-C", "split-debuginfo="+kind, "-o", "prog", source(t, "tasks.rs"))...)
			prog := filepath.Join(dir, "prog")
			equalFrames(t, open(t, prog), open(t, want), sample(t, prog, 2000))
		})
	}
}

func TestDebugFileOfAnotherBuildIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, dir, "gcc", "words.c", "-g", "-Wl,--build-id=none")
	main := symbolAddress(t, prog, "main")
	moved, _ := debugLink(".")(t, prog)
	if f := open(t, moved).Frames(main); len(f) != 1 || f[0].Line == 0 {
		t.Fatalf("with its debug file: %v", f)
	}
	debug := filepath.Join(dir, "prog.debug")
	writeFile(t, debug, append(readFile(t, debug), 0)) // another checksum
	if f := open(t, moved).Frames(main); len(f) != 1 || f[0].Line != 0 {
		t.Fatalf("with another's: %v", f)
	}
}

func objcopy(flags ...string) func(*testing.T, string) (string, []string) {
	return func(t *testing.T, prog string) (string, []string) {
		run(t, "", "objcopy", append(flags, prog, prog+".moved")...)
		return prog + ".moved", nil
	}
}

// debugLink moves the debug information into a directory beside the program.
func debugLink(dir string) func(*testing.T, string) (string, []string) {
	return func(t *testing.T, prog string) (string, []string) {
		return split(t, prog, filepath.Join(filepath.Dir(prog), dir, "prog.debug")), nil
	}
}

// split strips a program and writes what it loses to debug.
func split(t *testing.T, prog, debug string) (stripped string) {
	t.Helper()
	writeFile(t, debug, nil)
	run(t, "", "objcopy", "--only-keep-debug", prog, debug)
	stripped = prog + ".stripped"
	run(t, "", "objcopy", "--strip-all", "--add-gnu-debuglink="+debug, prog, stripped)
	return stripped
}

func buildIDOf(t *testing.T, path string) string {
	t.Helper()
	file, err := object.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.BuildID == "" {
		t.Fatalf("%s has no build-id", path)
	}
	return file.BuildID
}

func TestSplitFilesThatAreMissingAreNamed(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, dir, "gcc", "words.c", "-g", "-gsplit-dwarf")
	files, err := filepath.Glob(filepath.Join(dir, "*.dwo"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	addr := symbolAddress(t, prog, "main")
	m := open(t, prog)
	m.Frames(addr)
	if got := m.MissingSplit(); got != nil {
		t.Errorf("%v are missing though nothing is", got)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	m = open(t, prog)
	m.Frames(addr)
	if got := m.MissingSplit(); !slices.Equal(got, files) {
		t.Errorf("%v are missing, want %v", got, files)
	}
}

func TestRustIsKnownWithoutSymbols(t *testing.T) {
	dir := t.TempDir()
	prog := build(t, dir, "gcc", "words.c")
	comment := writeFile(t, filepath.Join(dir, "comment"), []byte("GCC: 12\x00rustc version 1.95.0 (59807616e 2026-04-14)\x00"))
	run(t, dir, "objcopy", "--update-section", ".comment="+comment, prog)
	if open(t, prog).StrippedRust() {
		t.Error("a program with symbols is taken for one without")
	}
	run(t, dir, "strip", prog)
	if !open(t, prog).StrippedRust() {
		t.Error("a program of rustc is not known")
	}
}
