//go:build linux && (amd64 || arm64)

package naming

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"heapprof/internal/symbol"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/replay"
)

// imageAt returns an image that has one module, and has called from each of the
// places.
func imageAt(path string, pcs ...uint64) *replay.Image {
	p := replay.NewImage(1, 0)
	p.Modules[0] = replay.Module{Path: path}
	for _, pc := range pcs {
		p.Tree.Child(replay.RootWhole, replay.MakePlace(pc, 0))
	}
	return p
}

func TestNobodyWaitsForAnEarlyLookUp(t *testing.T) {
	e := &Early{work: make(chan places)}
	list := []replay.Place{replay.MakePlace(0x1000, 0)}
	if e.LookUp(list, nil) {
		t.Error("places were taken by nobody")
	}
	got := make(chan places)
	go func() { got <- <-e.work }()
	for end := time.Now().Add(10 * time.Second); !e.LookUp(list, nil); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no places were taken")
		}
	}
	if w := <-got; !slices.Equal(w.list, list) {
		t.Errorf("%x were taken, want %x", w.list, list)
	}
}

func TestWhatWasLookedUpEarlyKeepsItsNames(t *testing.T) {
	program, err := os.ReadFile(testkit.Build(t, "tree.c"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tree")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	main := addressOf(t, path, "main")
	p := imageAt(path, main)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	resolver := symbol.NewResolver(symbol.Options{})
	t.Cleanup(func() { resolver.Close() })
	e := StartEarly(Options{Resolver: resolver})
	e.from = time.Now().Add(time.Hour)
	if e.LookUp(nil, nil) {
		t.Error("places are looked up when the program has only begun")
	}
	e.from = time.Time{}
	for taken := 0; taken < 2; { // the second time is when the first is done
		if e.LookUp([]replay.Place{replay.MakePlace(main, 0)}, p.Modules) {
			taken++
		}
	}
	e.Stop()

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	n := New(p.Finish(), Options{Resolver: resolver})
	n.Want(replay.RootCount)
	stacks := n.Resolve()
	if name := n.Frames[stacks[0].Frames[0]].Function; name != "main" {
		t.Errorf("the frame is in %q, want main", name)
	}
}

// TestNothingIsLookedUpBesideAProgramThatHasOneProcessor: the names would take it from the
// program.
func TestNothingIsLookedUpBesideAProgramThatHasOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	e := StartEarly(Options{})
	e.from = time.Time{}
	for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if e.LookUp(nil, nil) {
			t.Fatal("places were taken")
		}
	}
	e.Stop()
}

// addressOf returns where a function is in an ELF file.
func addressOf(t *testing.T, path, function string) uint64 {
	t.Helper()
	for _, s := range testkit.Symbols(t, path) {
		if s.Name == function {
			return s.Value
		}
	}
	t.Fatalf("%s has no %s", path, function)
	return 0
}
