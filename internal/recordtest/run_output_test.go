//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

func TestOutputNames(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ output, want string }{
		{"", "heapprof.true.[0-9]*.json.gz"},
		{"plain.json", "plain.json"},
		{"a/b/c/deep.json", "a/b/c/deep.json"},
		{"%n-%p-%h.json", "true-[0-9]*-" + host + ".json"},
		{"%n/%h/x.json", "true/" + host + "/x.json"},
		{"100%%.json", "100%.json"},
		{"small.json.gz", "small.json.gz"},
		{"small.json.zst", "small.json.zst"},
	} {
		t.Run(c.output, func(t *testing.T) {
			dir := t.TempDir()
			flags := []string{"-q"}
			if c.output != "" {
				flags = append(flags, "--output", c.output)
			}
			cmd := heapprofRun(flags, "true")
			cmd.Dir = dir
			if r := testkit.Run(t, cmd); r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			matches, err := filepath.Glob(filepath.Join(dir, c.want))
			if err != nil {
				t.Fatal(err)
			}
			files := filesBelow(t, dir)
			if len(matches) != 1 || len(files) != 1 || matches[0] != files[0] {
				t.Fatalf("want one file %s, there are %q", c.want, files)
			}
			p := readRecording(t, matches[0])
			if strings.Contains(c.output, "%p") {
				if pid := strconv.FormatInt(p.PID, 10); !strings.Contains(matches[0], "-"+pid+"-") {
					t.Errorf("%s does not hold the process's id %s", matches[0], pid)
				}
			}
			wantCompression(t, matches[0])
		})
	}
}

// wantCompression checks that a file is compressed as its name says.
func wantCompression(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	magic := map[string][]byte{".gz": {0x1f, 0x8b}, ".zst": {0x28, 0xb5, 0x2f, 0xfd}}
	want, ok := magic[filepath.Ext(file)]
	if !ok {
		want = []byte("{")
	}
	if !bytes.HasPrefix(data, want) {
		t.Errorf("%s begins with % x, want % x", file, data[:4], want)
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAFormerProfileIsReplacedWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profile.json")
	if err := os.WriteFile(file, bytes.Repeat([]byte("old"), 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, heapprofRun([]string{"-q", "-o", file}, "true"))
	readRecording(t, file)
	if files := filesBelow(t, filepath.Dir(file)); len(files) != 1 {
		t.Errorf("something was left beside the profile: %q", files)
	}
}

func TestAnUnwritableOutputIsSaidBeforeTheProgramRuns(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, output := range []string{filepath.Join(dir, "file", "below.json"), dir, "-", ""} {
		r := testkit.Run(t, heapprofRun([]string{"-o", output}, "touch", filepath.Join(dir, "ran")))
		if r.Status != console.ExitRunFailure || !strings.HasPrefix(r.Stderr, "heapprof: ") || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("-o %s: status %d, want %d and one line; got %q", output, r.Status, console.ExitRunFailure, r.Stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Errorf("-o %s: the program ran though its profile could not be written", output)
		}
	}
}

func TestTheDirectoryMayHaveTheProcessIDAsItsName(t *testing.T) {
	dir := t.TempDir()
	testkit.Run(t, heapprofRun([]string{"-q", "-o", filepath.Join(dir, "%p", "%n.json")}, "true"))
	files := filesBelow(t, dir)
	if len(files) != 1 || strings.Contains(files[0], string(filepath.Separator)+"0"+string(filepath.Separator)) {
		t.Errorf("got %q", files)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("directories %v were made", entries)
	}
}
