package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// list names all that is below dir.
func list(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if path != dir {
			name, _ := filepath.Rel(dir, path)
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestAFileIsReplacedAndItsDirectoryMade(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b")
	for _, text := range []string{"the first", "and the second"} {
		if err := Write(path, put(text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if got := list(t, dir); got != "a a/b" {
		t.Errorf("there is %s", got)
	}
}

func TestAnErrorOfTheWritersOwnLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Write(path, put("before")); err != nil {
		t.Fatal(err)
	}
	own := errors.New("cannot go on")
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, "half")
		return own
	})
	if err != own {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "before" {
		t.Errorf("the file holds %q", got)
	}
	if got := list(t, dir); got != "f" {
		t.Errorf("there is %s", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAFailureToWriteIsToldFromTheWritersOwn(t *testing.T) {
	err := Stream(brokenWriter{}, "the sink", func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err == nil {
			t.Error("the failure was kept from the writer")
		}
		return errors.New("something follows from it")
	})
	if err == nil || err.Error() != "cannot write the sink: short write" {
		t.Errorf("got %v", err)
	}
}

func TestCheckMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := Check(filepath.Join(dir, "a", "b", "f")); err != nil {
		t.Error(err)
	}
	if got := list(t, dir); got != "" {
		t.Errorf("there is %s", got)
	}
}

func TestCheckSaysWhatWriteWouldFailOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := Write(file, put("")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                          "cannot write " + dir + ": it is a directory",
		filepath.Join(file, "f"):     "cannot make a file in " + file + ": not a directory",
		"/proc/heapprof/is/not/here": "cannot make a file in /proc: no such file or directory",
	} {
		if err := Check(path); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", path, err, want)
		}
		if Write(path, put("")) == nil {
			t.Errorf("%s was written", path)
		}
	}
	if err := Check(os.DevNull); err != nil {
		t.Error(err)
	}
}
