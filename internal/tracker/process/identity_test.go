//go:build linux && (amd64 || arm64)

package process

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
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
	who := NewIdentities(m)
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
		if id := who.Identify(index)[0]; !id.Proven || id.Proc != procfs.Process(os.Getpid()) || id.HasEnded() {
			t.Errorf("%s: %+v", name, id)
		}
		who.Forget(index)
	}
	unix.Munmap(badge)
	if id := who.Identify(index)[0]; id.Proven {
		t.Errorf("without its badge: %+v", id)
	}
	who.Forget(index)
	*m.Process(index) = wire.Process{State: wire.ProcessReady, OwnPID: uint32(os.Getpid()), Elsewhere: 1, Badge: 1}
	if id := who.Identify(index)[0]; id.Proven || !id.HasEnded() {
		t.Errorf("whose badge nobody wears: %+v, want that it has ended", id)
	}
	who.Forget(index)
	m.Process(index).Badge = 0
	if id := who.Identify(index)[0]; id.Proven || id.HasEnded() {
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
	m.Begin(shm.Settings{Depth: 16, MaxNodes: 1 << 20})
	return m
}
