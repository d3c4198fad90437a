//go:build linux && (amd64 || arm64)

package tracker

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"heapprof/internal/profile"
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

func TestPlacesAreHandedOverOnceAndNobodyWaitsForThat(t *testing.T) {
	e := &early{work: make(chan places)}
	p := imageAt("", 0x1000, 0x2000)
	e.see(p) // nobody takes them
	take := func() []replay.Place {
		got := make(chan []replay.Place)
		go func() { got <- (<-e.work).list }()
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			e.see(p)
			select {
			case list := <-got:
				return list
			default:
			}
		}
		t.Fatal("nothing was handed over")
		return nil
	}
	first := take()
	if want := p.Tree.PlacesFrom(replay.RootCount); !slices.Equal(first, want) {
		t.Errorf("at first %x, want %x", first, want)
	}
	p.Tree.Child(replay.RootWhole, replay.MakePlace(0x3000, 0))
	if got, want := take(), []replay.Place{replay.MakePlace(0x3000, 0)}; !slices.Equal(got, want) {
		t.Errorf("then %x, want %x", got, want)
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
	p := imageAt(path, addressOf(t, path, "main"))
	resolver := symbol.NewResolver(symbol.Options{})
	t.Cleanup(func() { resolver.Close() })
	b := &builder{resolver: resolver}
	e := startEarly(b)
	for int(p.Handed) != p.Tree.Len() {
		e.see(p)
	}
	p.Tree.Child(replay.RootWhole, replay.MakePlace(0, 1)) // is taken when what came before is done
	for int(p.Handed) != p.Tree.Len() {
		e.see(p)
	}
	e.stop()

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	made := &profile.Profile{Recording: &profile.Recording{}}
	n := newNamer(p.Finish(), made, b)
	n.want(replay.RootCount)
	stacks := n.resolve()
	if name := made.Frames[stacks[0].frames[0]].Function; name != "main" {
		t.Errorf("the frame is in %q, want main", name)
	}
}

// addressOf returns where a function is in an ELF file.
func addressOf(t *testing.T, path, function string) uint64 {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == function {
			return s.Value
		}
	}
	t.Fatalf("%s has no %s", path, function)
	return 0
}
