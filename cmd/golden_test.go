package cmd

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
	"heapprof/internal/wholefile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was written with testdata/golden/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	testkit.Golden(t, filepath.Join("testdata", "golden", name), got, *update)
}

func TestTheSourceOfAReportIsFoundAndLeftOutWhereItChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.c")
	if err := os.WriteFile(file, []byte("1\n2\n3\n4\n\tx = calloc(1, \x1b[2J 100);\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for recorded, want := range map[time.Time]string{
		time.Now().Add(time.Hour):  "main  main.c:5  x = calloc(1, ·[2J 100);",
		time.Now().Add(-time.Hour): "note          the source text of main.c is left out, as changed since the recording",
	} {
		p := reporttest.Lines()
		p.Recording = &profile.Recording{Start: recorded}
		profile := filepath.Join(t.TempDir(), "p.json")
		if err := format.WriteFile(profile, wholefile.Options{}, p); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if status := Run(&console.Streams{Out: &out, Err: &out}, []string{"report", "--source-path", "/src/lines=" + filepath.Dir(file), profile}); status != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("status %d, no %q in\n%s", status, want, out.String())
		}
	}
}
