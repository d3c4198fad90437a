package attach

import (
	"testing"

	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// injected puts the library into a process, and begins a recording there.
func injected(t *testing.T, pid int) *Target {
	t.Helper()
	target, err := Open(pid)
	if err != nil {
		t.Fatal(err)
	}
	m, err := target.Share(64, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached})
	library, err := preload.Attached()
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Inject(InjectOptions{Library: library}); err != nil {
		t.Fatal(err)
	}
	return target
}

// TestAProgramSeesNothingOfALibraryThatComesAndGoes: parked.c has threads in every kind of wait, and counts what is not as it should be.
func TestAProgramSeesNothingOfALibraryThatComesAndGoes(t *testing.T) {
	s := begin(t, parked(t))
	target := injected(t, s.Process.Pid)
	t.Logf("stopped for %v", target.Pauses())
	if slot := target.memory.Process(target.Image); slot.State != wire.ProcessReady || int(slot.OwnPID) != s.Process.Pid {
		t.Errorf("its place in the table: state %d, process %d", slot.State, slot.OwnPID)
	}
	if d, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil || d.Left != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	s.finish(t)
}
