//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

func TestProgramsThatCannotBeProfiledAreRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	static := testkit.Build(t, "tree.c", "-O0", "-static", "-s")
	staticPIE := testkit.Build(t, "tree.c", "-O0", "-static-pie", "-s")
	noLibrary := testkit.Build(t, "bare.c", "-O0", "-static", "-nostdlib")
	foreign := filepath.Join(dir, "foreign")
	writeForeign(t, foreign)
	setuid := makeSetuid(t, dir)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!"+static+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program string
		words         []string
	}{
		{"static and stripped", static, []string{"static", "stripped", "strip -g"}},
		{"static, position-independent and stripped", staticPIE, []string{"static", "stripped"}},
		{"a dynamic loader", loaderOf(t), []string{"loader"}},
		{"static without a known C library", noLibrary, []string{"static", "neither glibc nor musl"}},
		{"another machine's", foreign, []string{"arm64"}},
		{"setuid", setuid, []string{"setuid"}},
		{"script with a stripped static interpreter", script, []string{"static", "stripped"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(dir, "profile.json")
			start := time.Now()
			r := testkit.Run(t, heapprofRun([]string{"-o", out}, c.program))
			if r.Status != console.ExitNotExecutable || r.Stdout != "" {
				t.Errorf("status %d and output %q, want %d and none", r.Status, r.Stdout, console.ExitNotExecutable)
			}
			// One line: the program, the reason, the hint after a semicolon or colon.
			if !strings.HasPrefix(r.Stderr, "heapprof: ") || !strings.Contains(r.Stderr, filepath.Base(c.program)) {
				t.Errorf("the message does not name the program: %q", r.Stderr)
			}
			for _, word := range c.words {
				if !strings.Contains(strings.ToLower(r.Stderr), word) {
					t.Errorf("the message does not say %q: %q", word, r.Stderr)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a profile was written")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// loaderOf returns the dynamic loader of programs here.
func loaderOf(t *testing.T) string {
	t.Helper()
	f, err := elf.Open(testkit.Build(t, "tree.c"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(name, 0); err != nil {
				t.Fatal(err)
			}
			return string(name)
		}
	}
	t.Fatal("a program has no loader")
	return ""
}

// writeForeign makes a file with the header of an executable for arm64.
func writeForeign(t *testing.T, file string) {
	t.Helper()
	header := elf.Header64{
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(elf.EM_AARCH64),
		Version: uint32(elf.EV_CURRENT),
		Phoff:   64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	if err := binary.Write(&b, binary.LittleEndian, elf.Prog64{Type: uint32(elf.PT_INTERP)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
}

// makeSetuid returns a program that would run as another user: a copy of a
// fixture where the test may make one, one of the system's elsewhere.
func makeSetuid(t *testing.T, dir string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return testkit.Tool(t, "su")
	}
	file := filepath.Join(dir, "setuid")
	copyOver(t, testkit.Build(t, "tree.c"), file)
	const nobody = 65534
	if err := os.Chown(file, nobody, nobody); err != nil {
		testkit.Skip(t, "cannot give a file to another user: %v", err)
	}
	if err := os.Chmod(file, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	return file
}
