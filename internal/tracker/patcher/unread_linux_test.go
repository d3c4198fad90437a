//go:build linux && (amd64 || arm64)

package patcher

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/object"
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// asked has a process image that is this process ask for its first plan, and returns what is
// told of it at its end.
func asked(t *testing.T, o Options) []profile.Note {
	t.Helper()
	p, m := newPatcher(t, o)
	const index = 3
	*m.Process(index) = wire.Process{State: wire.ProcessReady, Badge: 1, PlanTo: ^uint64(0)}
	p.answer(index)
	if plan := m.Process(index).Plan; plan != wire.PlanReady {
		t.Errorf("the process still waits: %d", plan)
	}
	own := p.Ended(index)
	p.working.Wait()
	return p.Notes(Image{Own: own, InForce: own})
}

func self(int) (procfs.Process, error) { return procfs.Self() }

func TestAFileThatCannotBeReadIsToldOf(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(program)
	is := func(path string) bool { return filepath.Base(path) == name }
	for text, c := range map[string]struct {
		err  error
		want string
	}{
		"a file that is cut off":       {&object.Error{Path: program, Err: fmt.Errorf("%w: its code should reach to byte 9", object.ErrDamaged)}, "it is damaged: its code should reach to byte 9"},
		"one that may not be read":     {&fs.PathError{Op: "open", Path: program, Err: unix.EACCES}, "permission denied"},
		"data, and no code":            {&object.Error{Path: program, Err: object.ErrNotELF}, ""},
		"code of another machine":      {fmt.Errorf("PATH: %w", &isa.MachineError{Machine: elf.EM_RISCV}), ""},
		"one that is gone by now":      {&fs.PathError{Op: "open", Path: program, Err: unix.ENOENT}, ""},
		"all can be read, and is idle": {nil, ""},
	} {
		got := asked(t, Options{Locate: self, Plan: func(path string, _ patch.Options) (*patch.Plan, error) {
			if !is(path) || c.err == nil {
				return &patch.Plan{}, nil
			}
			return nil, c.err
		}})
		if !isUnread(got, profile.FileNotRead, c.want) || c.want != "" && !slices.Equal(got[0].Files, []string{name}) {
			t.Errorf("%s: %+v, want %q", text, got, c.want)
		}
	}
}

// isUnread reports whether the notes are one of that code, for the cause that the system
// names so; or none if there is no cause.
func isUnread(notes []profile.Note, code profile.NoteCode, cause string) bool {
	if cause == "" {
		return len(notes) == 0
	}
	return len(notes) == 1 && notes[0].Code == code && notes[0].Causes[0].Code == profile.NotRead && notes[0].Causes[0].Detail == cause
}

func TestAProcessThatCannotBeLookedAtIsToldOf(t *testing.T) {
	never := func(string, patch.Options) (*patch.Plan, error) { return nil, errors.New("it was looked at") }
	for name, c := range map[string]struct {
		proc procfs.Process
		err  error
		want string
	}{
		"nobody knows which it is": {0, errors.New("it cannot be told which process it is"), "it cannot be told which process it is"},
		"it has ended":             {0, os.ErrProcessDone, ""},
		"it ends just then":        {1 << 30, nil, ""},
	} {
		locate := func(int) (procfs.Process, error) { return c.proc, c.err }
		if got := asked(t, Options{Locate: locate, Plan: never}); !isUnread(got, profile.MappedFilesUnknown, c.want) {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

// TestDataIsNotTakenForAFileThatCannotBeRead: a process has much mapped that is no program.
func TestDataIsNotTakenForAFileThatCannotBeRead(t *testing.T) {
	data := filepath.Join(t.TempDir(), "code of no program")
	if err := os.WriteFile(data, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(page)
	met := false
	got := asked(t, Options{Locate: self, Plan: func(path string, o patch.Options) (*patch.Plan, error) {
		if strings.HasSuffix(path, data) {
			met = true
			return patch.Read(path, o)
		}
		return &patch.Plan{}, nil
	}})
	if !met || got != nil {
		t.Errorf("met: %v, told: %+v", met, got)
	}
}

func TestAPlanThatCannotBeWrittenIsToldOf(t *testing.T) {
	p, m := newPatcher(t, Options{})
	a := p.AnswersTo(0)
	plan := &patch.Plan{Patches: []patch.Patch{{Family: "a family"}}}
	a.addOutcomes(outcome{path: "/lib/own.so", plan: plan, module: 0})
	m.Close() // the file that it would be written to
	a.give(m, make([]byte, 10))
	got := p.Notes(Image{Own: a, InForce: a})
	if len(got) != 1 || got[0].Code != profile.AllocatorNotHooked || got[0].Causes[0].Code != profile.PlanNotWritten || got[0].Causes[0].Detail == "" {
		t.Errorf("told: %+v", got)
	}
}
