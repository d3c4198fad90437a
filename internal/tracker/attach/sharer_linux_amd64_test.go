package attach

import (
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// TestAProcessWithAnothersMemoryIsFound as of the other one, which does not stand still with it.
func TestAProcessWithAnothersMemoryIsFound(t *testing.T) {
	s := begin(t, testkit.Build(t, "vforked.c", "-O2"))
	children := s.proc.Children()
	if len(children) != 1 {
		t.Fatal(children)
	}
	if got := sharer(children[0]); got != s.proc {
		t.Errorf("the child has the memory of %d, want %d", got, s.proc)
	}
	if got := sharer(s.proc); got != children[0] {
		t.Errorf("the parent has the memory of %d, want %d", got, children[0])
	}
	s.FinishUnseen(t)
	other := begin(t, testkit.Build(t, "waiting.c", "-O2", "-pthread"))
	if got := sharer(other.proc); got != procfs.Process(0) {
		t.Errorf("a program has the memory of %d", got)
	}
	other.FinishUnseen(t)
}
