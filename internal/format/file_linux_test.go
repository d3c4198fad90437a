package format

import (
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
	"heapprof/internal/wholefile"
)

// limitFileSize makes every write beyond size bytes of a file fail, as a full
// disk does.
func limitFileSize(t *testing.T, size uint64) (restore func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestFailedWriteLeavesWhatWasThere(t *testing.T) {
	for _, suffix := range []string{".json", ".json.gz", ".json.zst"} {
		t.Run(suffix, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out"+suffix)
			if err := os.WriteFile(path, []byte("the one before"), 0o644); err != nil {
				t.Fatal(err)
			}
			restore := limitFileSize(t, 100)
			err := WriteFile(path, wholefile.Options{}, profiletest.Sample())
			restore()
			if want := "cannot write " + path + ": file too large"; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
			if got := names(t, dir); got != "out"+suffix {
				t.Errorf("the directory holds %s", got)
			}
			if text, _ := os.ReadFile(path); string(text) != "the one before" {
				t.Errorf("the file holds %q", text)
			}
		})
	}
}

func TestProfileThatCannotBeWrittenMakesNothing(t *testing.T) {
	dir := t.TempDir()
	p := profiletest.Sample()
	p.Points[0].Stack = profile.StackOf(99)
	path := filepath.Join(dir, "new", "out.json")
	want := "cannot write " + path + ": point 0 refers to frame 99, and the frame table ends before 5"
	if err := WriteFile(path, wholefile.Options{}, p); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("the directory holds %s", got)
	}
}

func TestWriteFileSaysWhereItCannotWrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                             "it is a directory",
		filepath.Join(file, "out.json"): "not a directory",
		"/dev/full":                     "no space left on device",
		"/proc/heapprof/out.json":       "no such file or directory",
		filepath.Join(dir, strings.Repeat("x", 300)): "file name too long",
	} {
		err := WriteFile(path, wholefile.Options{}, profiletest.Sample())
		if err == nil || err.Error() != "cannot write "+path+": "+want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	if got := names(t, dir); got != "file" {
		t.Errorf("the directory holds %s", got)
	}
}

func TestWrittenFileHasTheModeOfAnyNewFile(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "out.json")
	if err := WriteFile(path, wholefile.Options{}, profiletest.Sample()); err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v", got.Mode(), want.Mode())
	}
}

// Renaming over a device would replace it, where heapprof runs as root.
func TestDeviceIsWrittenToAndNotReplaced(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(os.DevNull, wholefile.Options{}, profiletest.Sample()); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the device is another file now")
	}
}

func TestPipeIsWrittenTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	result := make(chan *profile.Profile)
	go func() {
		p, err := ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		result <- p
	}()
	if err := WriteFile(path, wholefile.Options{}, profiletest.Sample()); err != nil {
		t.Fatal(err)
	}
	if got := <-result; !reflect.DeepEqual(got, profiletest.Sample()) {
		t.Errorf("got %+v", got)
	}
}

func TestSymbolicLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target.json")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, wholefile.Options{}, profiletest.Sample()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if _, err := ReadFile(target); err != nil {
		t.Error(err)
	}
}
