//go:build linux && amd64

package patcher

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/wire"
)

// allShims are shims of a library that has each.
func allShims() Shims {
	s := Shims{Of: make([]uint64, wire.Shims), Entered: 0x10000, Exits: 0x20000}
	for i := range s.Of {
		s.Of[i] = 0x1000 + uint64(i)
	}
	return s
}

// sleeping starts a program that waits, and is ended with the test.
func sleeping(t *testing.T, environment ...string) procfs.Process {
	t.Helper()
	cmd := exec.Command(testkit.Tool(t, "sleep"), "60")
	cmd.Env = append(os.Environ(), environment...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	p := procfs.Process(cmd.Process.Pid)
	for range 1000 {
		if all, err := p.Maps(); err == nil && slices.ContainsFunc(all, func(m procfs.Mapping) bool {
			return strings.Contains(m.Path, "locale") || strings.Contains(m.Path, "libc.so")
		}) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	return p
}

func planRunning(t *testing.T, proc procfs.Process, o Options) *Running {
	t.Helper()
	o.Machine = elf.EM_X86_64
	r := symbol.NewResolver(symbol.Options{})
	t.Cleanup(func() { r.Close() })
	running, err := New(nil, r, o).PlanRunning(proc)
	if err != nil {
		t.Fatal(err)
	}
	return running
}

func placed(t *testing.T, r *Running) (modules []Module, all []procfs.Mapping) {
	t.Helper()
	all, err := r.proc.Maps()
	if err != nil {
		t.Fatal(err)
	}
	return r.Place(all, allShims()), all
}

func TestTheAllocatorOfAProcessThatRunsIsPatchedWhereItIsMapped(t *testing.T) {
	proc := sleeping(t)
	r := planRunning(t, proc, Options{})
	modules, all := placed(t, r)
	if why := r.WhyNoAllocator(); !why.IsZero() {
		t.Fatalf("nothing can be recorded: %v", why)
	}
	if !r.Knows(all) {
		t.Error("not all files of code were looked at")
	}
	i := slices.IndexFunc(modules, func(m Module) bool { return m.IsLibc })
	if i < 0 {
		t.Fatalf("of %d modules none is the C library", len(modules))
	}
	memory, err := os.Open(proc.Path("mem"))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	names := make(map[string]bool)
	for _, m := range modules {
		for _, q := range m.Patches {
			names[q.Name] = true
			there := make([]byte, len(q.Expected))
			if _, err := memory.ReadAt(there, int64(q.Entry)); err != nil || !bytes.Equal(there, q.Expected) {
				t.Errorf("%s of %s: %x is at its entry (%v), %x is expected", q.Name, m.File.Path, there, err, q.Expected)
			}
			if q.Moved[0].From != q.At || len(q.Old) != len(q.New) || !bytes.HasSuffix(q.Expected, q.Old) {
				t.Errorf("%s of %s: %+v", q.Name, m.File.Path, q)
			}
		}
		for _, other := range all {
			if m.CodeAt < other.End && other.Start < m.CodeAt+m.CodeBytes() {
				t.Errorf("the code of %s is to lie at %#x, where %s is", m.File.Path, m.CodeAt, other.Path)
			}
		}
	}
	for _, name := range []string{"malloc", "free", "realloc", "calloc", "fork", "execve", "_dl_debug_state"} {
		if !names[name] {
			t.Errorf("%s is not patched, of %v", name, names)
		}
	}
}

func TestAnAllocatorThatStandsInForTheCLibrarysIsPatchedInFrontOfIt(t *testing.T) {
	const jemalloc = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
	if _, err := os.Stat(jemalloc); err != nil {
		testkit.Skip(t, "no jemalloc as a library: %v", err)
	}
	modules, _ := placed(t, planRunning(t, sleeping(t, "LD_PRELOAD="+jemalloc), Options{}))
	for _, want := range []string{"libjemalloc.so.2", "libc.so.6"} {
		if !slices.ContainsFunc(modules, func(m Module) bool { return filepath.Base(m.File.Path) == want }) {
			t.Errorf("nothing of %s is patched", want)
		}
	}
}

func TestAProcessOfWhichNothingCanBeRecordedIsTold(t *testing.T) {
	proc := sleeping(t)
	none := planRunning(t, proc, Options{Plan: func(string, patch.Options) (*patch.Plan, error) {
		return &patch.Plan{Machine: elf.EM_X86_64}, nil
	}})
	if why := none.WhyNoAllocator(); why.Code != profile.NoAllocator || why.Because != nil {
		t.Errorf("without an allocator: %v", why)
	}
	refused := planRunning(t, proc, Options{Plan: func(string, patch.Options) (*patch.Plan, error) {
		return &patch.Plan{Machine: elf.EM_X86_64, Refused: []patch.Refusal{{Name: "malloc", Reason: &patch.Reason{Code: patch.ChosenAtStart}}}}, nil
	}})
	if why := refused.WhyNoAllocator(); why.Code != profile.NoAllocator || why.Because == nil || why.Because.Code != profile.ChosenAtStart {
		t.Errorf("with one that cannot be hooked: %v", why)
	}
	other := planRunning(t, proc, Options{})
	modules, _ := placed(t, other)
	for i := range modules {
		other.Set(&modules[i], wire.PatchOtherFile)
	}
	if why := other.WhyNoAllocator(); why.Code != profile.NoAllocator || why.Because == nil || why.Because.Code != profile.FileChanged {
		t.Errorf("with code that something else has patched: %v", why)
	}
	hooked := planRunning(t, proc, Options{})
	all, err := proc.Maps()
	if err != nil {
		t.Fatal(err)
	}
	hooked.Place(all, Shims{})
	if why := hooked.WhyNoAllocator(); why.Code != profile.NoAllocator || why.Because == nil {
		t.Errorf("with a library that has no hooks: %v", why)
	}
}
