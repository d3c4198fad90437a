//go:build linux && (amd64 || arm64)

package tracker

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

func TestABadgeTellsAnImageFromAllOthers(t *testing.T) {
	for i := range wire.MaxProcesses {
		m := procfs.Mapping{Start: 0x7000_0000, End: 0x7000_0000 + wire.BadgeBytes(i), Offset: wire.BadgeAt(i), Protection: "---s"}
		if got, ok := badgeOf(m); !ok || got != i {
			t.Fatalf("the badge of %d is %d, %v", i, got, ok)
		}
	}
	for name, m := range map[string]procfs.Mapping{
		"the control page":            {Start: 1 << 30, End: 1<<30 + wire.Page, Protection: "rw-s"},
		"a part of the process table": {Start: 1 << 30, End: 1<<30 + wire.Page, Offset: wire.ProcessesAt, Protection: "rw-s"},
		"a ring":                      {Start: 1 << 30, End: 1<<30 + wire.RingStride, Offset: wire.RingsAt, Protection: "rw-s"},
		"a plan":                      {Start: 1 << 30, End: 1<<30 + wire.Page, Offset: wire.Size, Protection: "rw-s"},
		"nothing":                     {Start: 1 << 30, End: 1 << 30, Protection: "---s"},
	} {
		if i, ok := badgeOf(m); ok {
			t.Errorf("%s is taken for the badge of %d", name, i)
		}
	}
}

// TestAProcessIsKnownByItsBadgeWhateverItSays has this process wear a badge: it is found
// though the image says that it is another one, and only while it wears that.
func TestAProcessIsKnownByItsBadgeWhateverItSays(t *testing.T) {
	m := testMemory(t)
	who := newIdentities(m)
	const index = 300
	badge, err := unix.Mmap(m.Descriptor(), int64(wire.BadgeAt(index)), int(wire.BadgeBytes(index)), unix.PROT_NONE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]wire.Process{
		"by its directory": {State: wire.ProcessReady, PID: uint32(os.Getpid()), Badge: 1},
		"by its number":    {State: wire.ProcessReady, OwnPID: uint32(os.Getpid()), Badge: 1},
		"by all processes": {State: wire.ProcessReady, OwnPID: uint32(os.Getpid()), Elsewhere: 1, Badge: 1},
	} {
		*m.Process(index) = says
		if id := who.of(index)[0]; !id.proven || id.proc != procfs.Process(os.Getpid()) || id.hasEnded() {
			t.Errorf("%s: %+v", name, id)
		}
		who.forget(index)
	}
	unix.Munmap(badge)
	if id := who.of(index)[0]; id.proven {
		t.Errorf("without its badge: %+v", id)
	}
	who.forget(index)
	*m.Process(index) = wire.Process{State: wire.ProcessReady, OwnPID: uint32(os.Getpid()), Elsewhere: 1, Badge: 1}
	if id := who.of(index)[0]; id.proven || !id.hasEnded() {
		t.Errorf("whose badge nobody wears: %+v, want that it has ended", id)
	}
	who.forget(index)
	m.Process(index).Badge = 0
	if id := who.of(index)[0]; id.proven || id.hasEnded() {
		t.Errorf("that has no badge: %+v, want that it may be this process", id)
	}
}

func testMemory(t testing.TB) *shm.Memory {
	t.Helper()
	m, err := shm.New(wire.MaxRings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	m.Begin(16, 0)
	return m
}

// TestARunDoesNotWaitForAStranger has an image say that it is process 1, which does not end.
func TestARunDoesNotWaitForAStranger(t *testing.T) {
	r, _ := pretend(t, 1)
	root := &rootProcess{pid: 1 << 30, ended: make(chan struct{})}
	close(root.ended)
	returned := make(chan struct{})
	go func() {
		r.run(root, make(chan struct{}))
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(30 * time.Second):
		t.Fatal("the run does not end")
	}
	if state := r.memory.Process(0).State; state != wire.ProcessDone {
		t.Errorf("the image's state is %d: whoever it is would wait for a reader", state)
	}
}

func TestAThreadThatTheProgramMadeWaitIsWoken(t *testing.T) {
	r, threads := pretend(t, 1)
	r.round(everything)
	head := threads[0].header.Head
	threads[0].header.Tail = 1 << 60
	r.round(everything)
	if got := threads[0].header.Tail; got != head {
		t.Errorf("the ring's tail is %d, want %d", got, head)
	}
}

func TestForksThatNobodyComesOfAreForgotten(t *testing.T) {
	f := newForks()
	f.expect(1)
	for n := range uint32(10_000) {
		f.add(n+1, replay.NewState())
	}
	if n := len(f.states); n > 4*maxForks {
		t.Errorf("%d of 10,000 are kept", n)
	}
	if f.take(1) == nil {
		t.Error("so is one whose child has joined")
	}
	if f.take(10_000) == nil {
		t.Error("so is the last")
	}
}

// TestNothingUsesTheSharedMemoryOnceARunHasEnded: it is unmapped then. What still woke its
// reader was a crash, once in some hundred runs.
func TestNothingUsesTheSharedMemoryOnceARunHasEnded(t *testing.T) {
	if _, err := Run(Options{Args: []string{"true"}, Depth: 16}); err != nil {
		t.Fatal(err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "tracker.(*recording)") || strings.Contains(stack, "launch.(*Signals)") || strings.Contains(stack, "shm.(*Memory)") {
			t.Errorf("%s still runs:\n%s", filepath.Base(os.Args[0]), stack)
		}
	}
}
