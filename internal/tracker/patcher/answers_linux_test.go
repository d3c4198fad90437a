//go:build linux && (amd64 || arm64)

package patcher

import (
	"testing"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// newPatcher makes a patcher over shared memory of a recording that has begun.
func newPatcher(t *testing.T, o Options) (*Patcher, *shm.Memory) {
	t.Helper()
	m, err := shm.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	m.Begin(shm.Settings{Depth: 16, MaxNodes: 1 << 20, Flags: wire.Patch})
	r := symbol.NewResolver(symbol.Options{})
	t.Cleanup(func() { r.Close() })
	return New(m, r, o), m
}

func TestWhatAProcessWasAnsweredGoesWithIt(t *testing.T) {
	p, _ := newPatcher(t, Options{})
	was := p.AnswersTo(7)
	if p.Ended(7) != was || p.Ended(7) != nil || len(p.answers) != 0 {
		t.Errorf("%d are kept", len(p.answers))
	}
	p.working.Wait()
}
