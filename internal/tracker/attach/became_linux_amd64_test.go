package attach

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
)

func TestWhatGoesWrongWithAProcessThatExecsOrEndsIsThat(t *testing.T) {
	child := exec.Command("sh", "-c", "read line; exec sleep 100")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = child.Process.Kill(), child.Wait() }()
	target, err := Open(child.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	blames := func(want profile.CauseCode) {
		t.Helper()
		var e *Error
		if err := target.Blame(io.EOF); !errors.As(err, &e) || e.Cause.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := target.Blame(io.EOF); err != io.EOF {
		t.Errorf("the program runs as before, and yet %v", err)
	}
	if _, err := io.WriteString(in, "go\n"); err != nil {
		t.Fatal(err)
	}
	isOther := func() bool {
		line, _ := os.ReadFile(target.Proc.Path("cmdline"))
		return strings.HasPrefix(string(line), "sleep")
	}
	for since := time.Now(); !isOther(); time.Sleep(time.Millisecond) {
		if time.Since(since) > 20*time.Second {
			t.Fatal("the program does not exec")
		}
	}
	blames(profile.BecameOther)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	blames(profile.EndedBefore)
}
