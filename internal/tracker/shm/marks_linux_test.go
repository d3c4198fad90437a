//go:build linux && (amd64 || arm64)

package shm

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/wire"
)

// openMarking opens the memory as another process would.
func openMarking(t *testing.T, m *Memory) *Marking {
	t.Helper()
	k, err := OpenMarking(pathOf(m))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

func pathOf(m *Memory) string { return fmt.Sprintf("%s/self/fd/%d", procfs.Root, m.Descriptor()) }

// made makes the marks that are asked for, and returns their names.
func made(m *Memory) (names []string) {
	for i := range m.control.Marks {
		p := &m.control.Marks[i]
		if p.State%wire.MarkStep == wire.MarkAsked {
			names = append(names, string(p.Name[:p.NameBytes]))
			AnswerMark(p, p.State, MarkAnswer{Outcome: wire.MarkMade, Since: time.Second, Name: "as made"})
		}
	}
	return names
}

func TestWhoeverAsksForAMarkWaitsForTheAnswer(t *testing.T) {
	m := newMemory(t)
	m.Begin(Settings{})
	k := openMarking(t, m)
	var answer MarkAnswer
	var err error
	var asking sync.WaitGroup
	asking.Go(func() { answer, err = k.Ask(MarkRequest{Kind: wire.MarkNamed, Process: 3, Name: "a"}, time.Minute) })
	for names := []string(nil); names == nil; names = made(m) {
		time.Sleep(time.Millisecond)
	}
	asking.Wait()
	if want := (MarkAnswer{Outcome: wire.MarkMade, Since: time.Second, Name: "as made"}); err != nil || answer != want {
		t.Errorf("the answer is %+v, %v, want %+v", answer, err, want)
	}
	if m.control.Doorbell == 0 {
		t.Error("nobody rang")
	}
}

func TestAMarkThatNobodyMakesIsTakenBack(t *testing.T) {
	m := newMemory(t)
	m.Begin(Settings{})
	k := openMarking(t, m)
	if _, err := k.Ask(MarkRequest{Kind: wire.MarkNamed, Name: "a"}, time.Millisecond); err != ErrMarkNotTaken {
		t.Errorf("the error is %v", err)
	}
	m.StopPrograms()
	if _, err := k.Ask(MarkRequest{Kind: wire.MarkNamed, Name: "b"}, time.Minute); err != ErrRecorderGone {
		t.Errorf("the error is %v where the recorder has gone", err)
	}
	if names := made(m); names != nil {
		t.Errorf("%q are still asked for", names)
	}
}

func TestMarksBeyondThePlacesAreRefusedAndCounted(t *testing.T) {
	m := newMemory(t)
	m.Begin(Settings{})
	for i := range wire.MaxMarks + 2 {
		if ok := m.AskMark(MarkRequest{Kind: wire.MarkSignal, Process: -1}); ok != (i < wire.MaxMarks) {
			t.Fatalf("mark %d has a place: %t", i, ok)
		}
	}
	if m.control.LostMarks != 2 {
		t.Errorf("%d marks were lost, want 2", m.control.LostMarks)
	}
	if _, err := openMarking(t, m).Ask(MarkRequest{Kind: wire.MarkNamed, Name: "a"}, time.Minute); err != ErrMarksFull {
		t.Errorf("the error is %v", err)
	}
	if n := len(made(m)); n != wire.MaxMarks || !m.AskMark(MarkRequest{Kind: wire.MarkSignal}) {
		t.Errorf("%d marks were made, and there is no place then", n)
	}
}

func TestOnlyTheMemoryOfARecorderOfThisVersionIsOpened(t *testing.T) {
	m := newMemory(t)
	for want, spoil := range map[error]func(){
		nil:             func() {},
		ErrRecorderGone: func() { m.control.Recorder = wire.RecorderGone },
		ErrOtherVersion: func() { m.control.Version++ },
		ErrNoMemory:     func() { m.control.Magic++ },
	} {
		m.Begin(Settings{})
		before := *m.control
		spoil()
		k, err := OpenMarking(pathOf(m))
		if !errors.Is(err, want) {
			t.Errorf("the error is %v, want %v", err, want)
		}
		if err == nil {
			k.Close()
		}
		*m.control = before
	}
	if _, err := OpenMarking("/proc/self/status"); err == nil {
		t.Error("a file that is none is opened")
	}
}
