//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
)

// group is a control group whose files a test writes.
type group struct {
	*testing.T
	procfs.Group
}

func newGroup(t *testing.T, used int) group {
	g := group{t, procfs.Group{Dir: t.TempDir()}}
	g.write("memory.max", "2000")
	g.write("memory.current", fmt.Sprint(used))
	g.kill(0)
	return g
}

func (g group) write(name, text string) {
	g.Helper()
	if err := os.WriteFile(filepath.Join(g.Dir, name), []byte(text+"\n"), 0o644); err != nil {
		g.Fatal(err)
	}
}

// kill has so many of its processes have been ended for want of memory.
func (g group) kill(n int) { g.write("memory.events", fmt.Sprintf("oom 9\noom_kill %d", n)) }

// TestWhoEndedAProgramIsToldOnlyWhereItIsKnown: by its signal, the count of its group a moment ago, and the log.
func TestWhoEndedAProgramIsToldOnlyWhereItIsKnown(t *testing.T) {
	killed, aborted := syscall.WaitStatus(syscall.SIGKILL), syscall.WaitStatus(syscall.SIGABRT)
	const program, another = 1 << 30, 1<<30 + 1 // no processes
	for _, c := range []struct {
		name          string
		status        syscall.WaitStatus
		before, after int // ended in the group, a while ago and now
		logged        int // the process that the log names; 0: none
		want          bool
	}{
		{"counted", killed, 3, 4, 0, true},
		{"counted and logged", killed, 3, 4, program, true},
		{"counted, and another one is logged", killed, 3, 4, another, false},
		{"not counted", killed, 3, 3, 0, false},
		{"logged", killed, 3, 3, program, true},
		{"another signal", aborted, 3, 4, program, false},
		{"an exit", 0, 3, 4, program, false},
	} {
		g := newGroup(t, 0)
		g.kill(c.after)
		w := &memoryWatch{program: program, groups: []procfs.Group{g.Group}, killed: counts{uint64(c.before), uint64(c.after)}, logged: make(map[int]procfs.Killed)}
		w.uses = map[int]profile.MemoryUse{allImages: {Of: profile.GroupLimit, Limit: 2000, Used: 1930}}
		w.anonymous = 1800
		if c.logged != 0 {
			w.logged[c.logged] = procfs.Killed{PID: c.logged, Anonymous: 1900, Group: true}
		}
		got := w.end(c.status)
		if (got != nil) != c.want {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		want := profile.OutOfMemory{MemoryUse: profile.MemoryUse{Of: profile.GroupLimit, Limit: 2000, Used: 1930}, Anonymous: 1800}
		if c.logged == program {
			want.Anonymous = 1900
		}
		if c.want && *got != want {
			t.Errorf("%s: %+v, want %+v", c.name, *got, want)
		}
	}
}

// TestTheNearestLimitCounts of the groups that a program is in, and what it has of address space by itself.
func TestTheNearestLimitCounts(t *testing.T) {
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	inner, outer := newGroup(t, 500), newGroup(t, 1500)
	names, _ := self.GroupNames()
	w := &memoryWatch{program: self, names: names, groups: []procfs.Group{inner.Group, outer.Group}, logged: make(map[int]procfs.Killed), parts: true}
	w.look(0, map[int]addressSpace{3: {self, 1 << 50}})
	if near := w.near(0.75); len(near) != 1 || near[allImages] != (profile.MemoryUse{Of: profile.GroupLimit, Limit: 2000, Used: 1500}) {
		t.Errorf("three quarters: %v", near)
	}
	if near := w.near(0.76); len(near) != 0 {
		t.Errorf("more: %v", near)
	}
	w.look(0, map[int]addressSpace{3: {self, 1 << 20}})
	if near := w.near(0.9); len(near) != 1 || near[3].Of != profile.AddressLimit || near[3].Limit != 1<<20 {
		t.Errorf("of address space: %v", near)
	}
}
