package wholefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
		if err := Write(path, Options{}, put(text)); err != nil {
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
	if err := Write(path, Options{}, put("before")); err != nil {
		t.Fatal(err)
	}
	own := errors.New("cannot go on")
	err := Write(path, Options{}, func(w io.Writer) error {
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
	file, long := filepath.Join(dir, "file"), strings.Repeat("x", 256)
	if err := Write(file, Options{}, put("")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                          "cannot write " + dir + ": it is a directory",
		filepath.Join(file, "f"):     "cannot make a file in " + file + ": not a directory",
		filepath.Join(dir, long):     "cannot write " + filepath.Join(dir, long) + ": file name too long",
		"/proc/heapprof/is/not/here": "cannot make a file in /proc: no such file or directory",
	} {
		if err := Check(path); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", path, err, want)
		}
		if Write(path, Options{}, put("")) == nil {
			t.Errorf("%s was written", path)
		}
	}
	if err := Check(os.DevNull); err != nil {
		t.Error(err)
	}
}

func TestAPrivateFileIsTheUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, before := range []fs.FileMode{0, 0o644} { // none, and one that others may read
		if before != 0 {
			if err := os.Chmod(path, before); err != nil {
				t.Fatal(err)
			}
		}
		if err := Write(path, Options{Private: true}, put("secret")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	}
}

func TestANewFileReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	path, link, dangling := filepath.Join(dir, "f"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	if err := Write(path, Options{New: true}, put("the first")); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{link: path, dangling: filepath.Join(dir, "nowhere")} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, taken := range []string{path, link, dangling} {
		if err := Write(taken, Options{New: true}, put("the second")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: got %v", taken, err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "the first" {
		t.Errorf("the file holds %q", got)
	}
	if got := list(t, dir); got != "dangling f link" {
		t.Errorf("there is %s", got)
	}
}

// A directory like /tmp, another user in it, and root who writes a profile there.
func TestWhatAnotherUserPlantedInASharedDirectoryIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make another user's links")
	}
	const other = 65534
	top := t.TempDir()
	shared, victim := filepath.Join(top, "shared"), filepath.Join(top, "victim")
	for _, err := range []error{
		os.Mkdir(shared, 0o777), os.Chmod(shared, 0o777|fs.ModeSticky), os.WriteFile(victim, []byte("precious"), 0o644),
		os.Symlink(victim, filepath.Join(shared, "theirs")), os.Lchown(filepath.Join(shared, "theirs"), other, other),
		os.Symlink(filepath.Join(shared, "theirs"), filepath.Join(top, "to-theirs")),
		os.Symlink(victim, filepath.Join(shared, "ours")),
		syscall.Mkfifo(filepath.Join(shared, "pipe"), 0o666), os.Lchown(filepath.Join(shared, "pipe"), other, other),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]error{
		filepath.Join(shared, "theirs"): errPlantedLink, filepath.Join(top, "to-theirs"): errPlantedLink, filepath.Join(shared, "pipe"): errPlanted,
	} {
		for name, err := range map[string]error{"Check": Check(path), "Write": Write(path, Options{}, put("x"))} {
			if !errors.Is(err, want) {
				t.Errorf("%s(%s): %v", name, path, err)
			}
		}
	}
	if got, _ := os.ReadFile(victim); string(got) != "precious" {
		t.Errorf("the file that the link led to holds %q", got)
	}
	if err := Write(filepath.Join(shared, "ours"), Options{}, put("new")); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "new" {
		t.Errorf("a link of our own was not followed: %q", got)
	}
}
