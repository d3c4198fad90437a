//go:build unix

package regular

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestWhatIsNoFileIsRefusedWithoutWaiting(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir, os.DevNull} {
		done := make(chan error)
		go func() {
			f, err := Open(path)
			if err == nil {
				f.Close()
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s is opened", path)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("to open %s waits", path)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(self)
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
}
