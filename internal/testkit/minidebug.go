package testkit

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// MiniDebug returns a stripped copy of a program whose symbols of functions, but for exported ones, are in it, compressed by
// xz with the flags given: what Fedora's packages are ("MiniDebugInfo" in gdb's manual).
func MiniDebug(t testing.TB, program string, xzFlags ...string) string {
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	var keep strings.Builder
	for _, s := range Symbols(t, program) {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF {
			keep.WriteString(s.Name + "\n")
		}
	}
	if err := os.WriteFile(path("keep"), []byte(keep.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	stripped := path(filepath.Base(program))
	for _, command := range [][]string{
		{"objcopy", "--only-keep-debug", program, path("debug")},
		{"objcopy", "-S", "--keep-symbols=" + path("keep"), path("debug"), path("mini")},
		append(append([]string{"xz"}, xzFlags...), path("mini")),
		{"objcopy", "-S", "--add-section", ".gnu_debugdata=" + path("mini.xz"), program, stripped},
	} {
		if out, err := exec.Command(Tool(t, command[0]), command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	return stripped
}
