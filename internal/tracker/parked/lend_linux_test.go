//go:build linux && (amd64 || arm64)

package parked

import (
	"debug/elf"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// symbol returns the address of what a program that is not relocated has by a name.
func symbol(t *testing.T, program, name string) uint64 {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == name {
			return s.Value
		}
	}
	t.Fatalf("no %s in %s", name, program)
	return 0
}

// TestAThreadIsItselfAgainWhereThisProcessEndsInTheMiddleOfACopy, in whatever system call it was, and the helper ends. The kernel lets
// go of what a thread traces when that one ends, as it does when the whole process is killed.
func TestAThreadIsItselfAgainWhereThisProcessEndsInTheMiddleOfACopy(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		testkit.Skip(t, "the library has no code to lend on %s", runtime.GOARCH)
	}
	root, err := fixture.Root()
	if err != nil {
		t.Fatal(err)
	}
	source, library := filepath.Join(root, "testdata/programs/parked.c"), filepath.Join(root, "internal/tracker/preload/csrc")
	program, err := fixture.Compilation{
		Compiler: "gcc", Name: "lent", Sources: []string{source, library},
		Args: []string{source, filepath.Join(library, "lend.c"), "-D_GNU_SOURCE", "-O2", "-pthread", "-no-pie", "-lm", "-Wl,-init,lend_address"},
	}.Output()
	if err != nil {
		t.Fatal(err)
	}
	lend := symbol(t, program, "lend")
	const mostCode = 256
	var tried atomic.Int32
	s := start(t, program)
	for i := range 2 * copies(t) {
		ended := make(chan int)
		halt.OnOwnThread(func() {
			helper := 0
			defer func() { ended <- helper }()
			stopped, err := halt.Stop(procfs.Process(s.pid), halt.Options{})
			if err != nil {
				return
			}
			l := stopped.Lender(lend)
			isTaken := l.Code() == 0 // by the last one, which may still be handling signals
			for _, t := range stopped.Threads() {
				isTaken = isTaken || t.Registers().PC-l.Code() < mostCode
			}
			if isTaken {
				stopped.Release()
				return
			}
			tried.Add(1)
			threads := stopped.Threads()
			thread := threads[i/2%len(threads)]
			if !stopped.MayCall(thread) {
				return
			}
			err = thread.Borrow(l, func() error {
				if i%2 == 0 {
					runtime.Goexit()
				}
				id, err := thread.Call(l.Code(), unix.SYS_CLONE, helperFlags|unix.CLONE_PARENT, 1)
				if helper = int(id); err != nil {
					t.Error(err)
				}
				runtime.Goexit()
				return nil
			})
			t.Error("it went on, with", err)
		})
		if helper := <-ended; helper != 0 {
			status := unix.WaitStatus(0x7f)
			for status.Stopped() { // it may still be traced
				if _, err := unix.Wait4(helper, &status, unix.WALL, nil); err != nil {
					t.Fatal(err)
				}
			}
			if !status.Exited() || status.ExitStatus() != 0 {
				t.Errorf("the helper's status is %x", status)
			}
		}
	}
	t.Logf("lent %d times", tried.Load())
	if tried.Load() == 0 {
		t.Error("nothing was ever lent")
	}
	counts, status := s.Finish(t)
	if status != 3 || counts["turns"] == 0 {
		t.Errorf("status %d, %d turns", status, counts["turns"])
	}
	delete(counts, "turns")
	for part, seen := range counts {
		if seen != 0 {
			t.Errorf("%s: %d", part, int64(seen))
		}
	}
}
