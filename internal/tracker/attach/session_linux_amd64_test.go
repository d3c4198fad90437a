package attach

import (
	"debug/elf"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// session is a recording of a process that ran before, of which all events are thrown away.
type session struct {
	*Target
	memory  *shm.Memory
	patcher *patcher.Patcher
	guard   *Guard
	rings   sync.Mutex
	ending  atomic.Bool
	working sync.WaitGroup
}

// attached attaches to a process, as far as its first hook; or fails the test.
func attached(t testing.TB, pid int) *session {
	t.Helper()
	s, err := tryAttach(pid, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tryAttach is attached, and returns what has failed. Then nothing is left in the process. guarded says whether there is to be a guard.
func tryAttach(pid int, guarded bool) (begun *session, err error) {
	s := new(session)
	if s.Target, err = Open(pid); err != nil {
		return nil, err
	}
	if guarded {
		if s.guard, err = StartGuard(s.Target, GuardOptions{}); err != nil {
			return nil, err
		}
	}
	resolver := symbol.NewResolver(symbol.Options{})
	s.patcher = patcher.New(nil, resolver, patcher.Options{Machine: elf.EM_X86_64, Undo: s.AddUndo, Locate: func(index int) (procfs.Process, error) {
		if s.memory.Process(index).Parent == 0 { // it was not forked: it is the target
			return s.Proc, nil
		}
		return procfs.Process(s.memory.Process(index).OwnPID), nil
	}})
	running, err := s.patcher.PlanRunning(s.Proc)
	if err != nil {
		return nil, err
	}
	if s.memory, err = s.Share(256, nil); err != nil {
		return nil, err
	}
	s.patcher.Share(s.memory)
	s.memory.ShowLife(s.patcher.Serve)
	s.memory.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached | wire.Patch | wire.Children})
	s.working.Go(s.drain)
	defer func() {
		if err != nil {
			_, failed := s.tryDetach()
			err = errors.Join(err, failed)
		}
	}()
	library, err := preload.Attached()
	if err != nil {
		return nil, err
	}
	if err := s.Inject(InjectOptions{Library: library}); err != nil {
		return nil, err
	}
	if err := s.Patch(running, PatchOptions{}); err != nil {
		return nil, err
	}
	s.patcher.Began(s.Image, running)
	return s, nil
}

// drain reads all rings, and forgets what is in them.
func (s *session) drain() {
	c := s.memory.Control()
	for !s.ending.Load() {
		for i := range atomic.LoadUint32(&c.Rings) {
			r, err := s.ring(i)
			if err != nil {
				continue
			}
			if head := atomic.LoadUint64(&r.Head); head != r.Tail {
				atomic.StoreUint64(&r.Tail, head)
				if atomic.LoadUint32(&r.Waiting) != 0 {
					shm.WakeAll((*uint32)(unsafe.Pointer(&r.Tail)))
				}
			}
		}
		atomic.AddUint32(&c.Rounds, 1)
		time.Sleep(100 * time.Microsecond)
	}
}

func (s *session) ring(i uint32) (*wire.Ring, error) {
	s.rings.Lock()
	defer s.rings.Unlock()
	r, _, err := s.memory.Ring(i)
	return r, err
}

// words returns how many words of events there have been.
func (s *session) words() (n uint64) {
	for i := range atomic.LoadUint32(&s.memory.Control().Rings) {
		if r, err := s.ring(i); err == nil {
			n += atomic.LoadUint64(&r.Head)
		}
	}
	return n
}

// abandon has nobody read and answer any more, as if the recorder had been killed.
func (s *session) abandon() {
	s.patcher.Stop()
	s.ending.Store(true)
	s.working.Wait()
	s.memory.Close()
}

// detach makes the process what it was, and ends the session.
func (s *session) detach(t testing.TB) Detached {
	t.Helper()
	d, err := s.tryDetach()
	if err != nil || d.Left != 0 {
		t.Errorf("detached: %+v, %v", d, err)
	}
	return d
}

func (s *session) tryDetach() (Detached, error) {
	d, err := Detach(s.Proc, s.Undo, DetachOptions{Token: s.Token})
	if s.guard != nil {
		s.guard.Done()
	}
	s.abandon()
	return d, err
}

// likeness is what of a process must be the same after something was attached to it.
type likeness struct {
	code        map[string]string // by where it is
	mapped      string
	descriptors []string
	threads     int
}

// likenessOf returns what a process is like.
func likenessOf(t testing.TB, p procfs.Process) (l likeness) {
	t.Helper()
	all, err := p.Maps()
	if err != nil {
		t.Fatal(err)
	}
	memory, err := openMemory(p)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	l.code = make(map[string]string)
	text, err := os.ReadFile(p.Path("maps"))
	if err != nil {
		t.Fatal(err)
	}
	l.mapped = string(text)
	for _, m := range all {
		if m.Protection[2] == 'x' && strings.HasPrefix(m.Path, "/") {
			l.code[m.Path+" "+m.Protection] = string(readUpTo(memory, m.Start, int(m.End-m.Start)))
		}
	}
	entries, err := os.ReadDir(p.Path("fd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if target, err := os.Readlink(p.Path("fd/" + e.Name())); err == nil {
			l.descriptors = append(l.descriptors, e.Name()+" "+target)
		}
	}
	threads, err := p.Threads()
	if err != nil {
		t.Fatal(err)
	}
	l.threads = len(threads)
	return l
}

// without returns it without what has to do with a file that comes and goes.
func (l likeness) without(file string) likeness {
	maps.DeleteFunc(l.code, func(at, _ string) bool { return strings.Contains(at, file) })
	l.descriptors = slices.DeleteFunc(l.descriptors, func(d string) bool { return strings.Contains(d, file) })
	return l
}

// compare fails the test if a process is not like what it was. grows says whether the program has mapped and unmapped memory meanwhile.
func (l likeness) compare(t testing.TB, now likeness, grows bool) {
	t.Helper()
	for at, code := range l.code {
		if now.code[at] != code {
			t.Errorf("the code of %s is not what it was", at)
		}
	}
	if !slices.Equal(l.descriptors, now.descriptors) {
		t.Errorf("descriptors %q, want %q", now.descriptors, l.descriptors)
	}
	if now.threads != l.threads {
		t.Errorf("%d threads, want %d", now.threads, l.threads)
	}
	if !grows && now.mapped != l.mapped {
		t.Errorf("mapped was\n%s, and is\n%s", l.mapped, now.mapped)
	}
	for line := range strings.Lines(now.mapped) {
		if strings.Contains(line, sharedName) || strings.Contains(line, "r-xp 00000000 00:00 0 \n") {
			t.Errorf("left: %s", line)
		}
	}
}

// output closes the program's standard input, waits until it has ended, and returns the counts that it has printed.
func (s *subject) output(t testing.TB) map[string]uint64 {
	t.Helper()
	s.In.Close()
	rest, err := io.ReadAll(s.Out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("the program: %v\n%s", err, rest)
	}
	return testkit.Counts(string(rest))
}
