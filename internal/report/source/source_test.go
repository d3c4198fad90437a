package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write makes a file below dir and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAFileIsFoundWhereItsPathOrTheOptionsSay(t *testing.T) {
	here := t.TempDir()
	at := write(t, here, "zip/parser.cc", "one\ntwo\n")
	for name, c := range map[string]struct {
		file string
		o    Options
	}{
		"at its path":               {at, Options{}},
		"its end below a directory": {"/gone/build/zip/parser.cc", Options{Dirs: []string{"/nowhere", here}}},
		"its name below one":        {"/gone/parser.cc", Options{Dirs: []string{filepath.Join(here, "zip")}}},
		"where a directory moved":   {"/gone/zip/parser.cc", Options{Moved: []Move{{"/gone/", here}}}},
		"without leaving that":      {"../../zip/parser.cc", Options{Dirs: []string{here}}},
	} {
		if f := New(c.o).Of(c.file); f.Path != at || f.Line(2) != "two" {
			t.Errorf("%s: found at %q, looked at %q", name, f.Path, f.Looked)
		}
	}
	gone := New(Options{Dirs: []string{here}, Moved: []Move{{"/go", here}}}).Of("/gone/parser.cc")
	if want := []string{"/gone/parser.cc", here + "/gone/parser.cc", here + "/parser.cc"}; strings.Join(gone.Looked, " ") != strings.Join(want, " ") || gone.Path != "" {
		t.Errorf("looked at %q, want %q", gone.Looked, want)
	}
}

func TestOnlyTextOfAFairSizeIsRead(t *testing.T) {
	dir := t.TempDir()
	large := write(t, dir, "large.c", "")
	if err := os.Truncate(large, mostBytes+1); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", dir, large, write(t, dir, "binary", "\x7fELF\x00"), "/dev/zero", filepath.Join(dir, "none")} {
		if f := New(Options{}).Of(file); f.Path != "" || f.Line(1) != "" || f.Lines() != 0 {
			t.Errorf("%s was read", file)
		}
	}
}

func TestALineCannotSteerTheTerminal(t *testing.T) {
	f := New(Options{}).Of(write(t, t.TempDir(), "a.c", "\x1b[2Ja\tb\r\n\tc\u202e\xff"+strings.Repeat("x", 2*mostLine)))
	if got, want := f.Line(1), "·[2Ja   b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := f.Line(2); !strings.HasPrefix(got, "    c··x") || len(got) > mostLine+10 {
		t.Errorf("%d bytes: %.40q", len(got), got)
	}
	if f.Line(0) != "" || f.Line(3) != "" {
		t.Error("there are lines before the first, or after the last")
	}
}

func TestAFileThatWasChangedAfterTheRecordingIsNewer(t *testing.T) {
	file := write(t, t.TempDir(), "a.c", "x")
	changed := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(file, changed, changed); err != nil {
		t.Fatal(err)
	}
	for recorded, want := range map[time.Time]bool{{}: false, changed.Add(-time.Second): true, changed.Add(time.Second): false} {
		if f := New(Options{Recorded: recorded}).Of(file); f.Newer != want {
			t.Errorf("recorded at %v: newer %v", recorded, f.Newer)
		}
	}
}
