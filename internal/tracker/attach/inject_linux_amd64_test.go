package attach

import (
	"errors"
	"io"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
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
	s.FinishUnseen(t)
}

// TestAProgramThatEndsOrBecomesAnotherMeanwhileIsSaidToHaveDoneSo and nothing worse.
func TestAProgramThatEndsOrBecomesAnotherMeanwhileIsSaidToHaveDoneSo(t *testing.T) {
	library, err := preload.Attached()
	if err != nil {
		t.Fatal(err)
	}
	waiting := testkit.Build(t, "waiting.c", "-O2", "-pthread")
	for name, test := range map[string]struct {
		args    []string
		shared  bool // whether it does so after the memory is shared
		want    profile.CauseCode
		becomes bool
	}{
		"ends":                {args: []string{waiting}, want: profile.EndedBefore},
		"ends later":          {args: []string{waiting}, shared: true, want: profile.EndedBefore},
		"becomes another one": {args: []string{"sh", "-c", "echo ready; read line; exec " + waiting}, shared: true, want: profile.BecameOther, becomes: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, test.args...)
			target, err := Open(int(s.proc))
			if err != nil {
				t.Fatal(err)
			}
			change := func() {
				if test.becomes {
					s.In.(io.Writer).Write([]byte("go on\n"))
					s.Out.ReadString('\n')
				} else {
					s.FinishUnseen(t)
				}
			}
			if !test.shared {
				change()
			}
			m, err := target.Share(64, nil)
			if test.shared {
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached})
				change()
				err = target.Inject(InjectOptions{Library: library})
			}
			var refused *Error
			if !errors.As(err, &refused) || refused.Cause.Code != test.want {
				t.Errorf("%v, want %v", err, test.want)
			}
			if test.becomes {
				s.FinishUnseen(t)
			}
		})
	}
}
