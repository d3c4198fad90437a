//go:build linux && (amd64 || arm64)

package naming

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/replay"
)

func TestWithinWhichClassAFunctionOfPythonsIsIsToldByItsSourceBefore311(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.py")
	if err := os.WriteFile(file, []byte("class Store:\n\tdef keep(self):\n\t\treturn 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now().Add(time.Hour)
	made := &Made{begun: begun}
	here := procfs.Process(os.Getpid())
	for _, c := range []struct {
		about string
		code  replay.Code
		line  int
		of    replay.Facts
		made  *Made
		want  string
	}{
		{"3.9", replay.Code{Name: "keep", File: file}, 3, replay.Facts{PythonVersion: 0x03090000}, made, "Store.keep"},
		{"3.11, which says it", replay.Code{Name: "keep", File: file}, 3, replay.Facts{PythonVersion: 0x030b02f0}, made, "keep"},
		{"a line that it has not", replay.Code{Name: "keep", File: file}, 7, replay.Facts{PythonVersion: 0x03090000}, made, "keep"},
		{"no line", replay.Code{Name: "keep", File: file}, 0, replay.Facts{PythonVersion: 0x03090000}, made, "keep"},
		{"a comprehension", replay.Code{Name: "<listcomp>", File: file}, 3, replay.Facts{PythonVersion: 0x03090000}, made, "<listcomp>"},
		{"no file", replay.Code{Name: "keep", File: "<string>"}, 3, replay.Facts{PythonVersion: 0x03090000}, made, "keep"},
		{"another file", replay.Code{Name: "keep", File: file + "x"}, 3, replay.Facts{PythonVersion: 0x03090000}, made, "keep"},
		{"changed since", replay.Code{Name: "keep", File: file}, 3, replay.Facts{PythonVersion: 0x03090000}, &Made{begun: time.Now().Add(-time.Hour)}, "keep"},
		{"changed since it began, and it runs", replay.Code{Name: "keep", File: file}, 3, replay.Facts{PythonVersion: 0x03090000, Proc: here}, made, "keep"},
	} {
		var s pythonSources
		if got := s.name(c.code, c.line, c.of, c.made); got != c.want {
			t.Errorf("%s: %s, want %s", c.about, got, c.want)
		}
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-here.Age()-time.Hour)); err != nil {
		t.Fatal(err)
	}
	var s pythonSources
	if got := s.name(replay.Code{Name: "keep", File: file}, 3, replay.Facts{PythonVersion: 0x03090000, Proc: here}, nil); got != "Store.keep" {
		t.Errorf("of a process that runs: %s, want Store.keep", got)
	}
}
