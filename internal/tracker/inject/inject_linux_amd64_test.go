package inject

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"heapprof/internal/testkit"
)

// TestAProgramThatCannotBePreparedDoesNothing starts a program with a library that is
// not there: it must be killed before it has written anything.
func TestAProgramThatCannotBePreparedDoesNothing(t *testing.T) {
	bin := testkit.Build(t, "tree.c", "-O0", "-g", "-static")
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	child, begun, err := Start(bin, "/nonexistent/library.so", []string{bin}, &os.ProcAttr{Files: []*os.File{nil, out, out}})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-begun; err == nil {
		t.Error("no error")
	}
	state, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if status := state.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", state)
	}
	if info, err := out.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("it wrote %d bytes (%v)", info.Size(), err)
	}
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if _, _, err := Start("/nonexistent/program", "/nonexistent/library.so", []string{"program"}, &os.ProcAttr{}); err == nil {
		t.Error("it was started")
	}
}
