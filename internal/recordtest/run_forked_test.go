//go:build linux && amd64

package recordtest

import (
	"path/filepath"
	"testing"

	"heapprof/internal/testkit"
)

// TestAChildGoesOnWithACallThatAHandlerHasInterrupted: of the recording of that call
// nothing is left in the child.
func TestAChildGoesOnWithACallThatAHandlerHasInterrupted(t *testing.T) {
	bin := testkit.Build(t, "handler_forks.c", "-O1")
	for _, flags := range [][]string{nil, {"--children"}} {
		flags = append(flags, "-q", "-o", filepath.Join(t.TempDir(), "p.json"))
		if r := testkit.Run(t, heapprofRun(flags, bin)); r.Status != 0 {
			t.Errorf("%v: status %d\n%s", flags, r.Status, r.Stderr)
		}
	}
}

// TestAChildGoesOnWithAHookThatAHandlerHasInterrupted: wherever in the tracker that was.
func TestAChildGoesOnWithAHookThatAHandlerHasInterrupted(t *testing.T) {
	bin := testkit.Build(t, "forked_within.c", "-O1")
	for _, flags := range [][]string{nil, {"--children", "--sample=64"}} {
		flags = append(flags, "-q", "-o", filepath.Join(t.TempDir(), "p.json"))
		if r := testkit.Run(t, heapprofRun(flags, bin)); r.Status != 0 {
			t.Errorf("%v: status %d\n%s", flags, r.Status, r.Stderr)
		}
	}
}

// TestAChildDoesNotWaitForTheLoader: a lock of the loader's that another thread held when
// the process forked is held in the child for ever. What the child itself loads is seen.
func TestAChildDoesNotWaitForTheLoader(t *testing.T) {
	library := buildGuest(t)
	r := recordFamily(t, testkit.Build(t, "walked.c", "-g", "-O1", "-pthread"), library)
	if r.Status != 0 || len(r.Children) != 2 {
		t.Fatalf("status %d, %d children, want 2", r.Status, len(r.Children))
	}
	var held, loaded uint64
	for _, p := range r.all() {
		held += functionStacks(p, "walked.c")["allocate < run < main"].TotalBlocks
		loaded += functionStacks(p, "walked.c", "guest.c")["guest_make < load < run < main"].TotalBlocks
	}
	if held != 5 || loaded != 7 {
		t.Errorf("%d blocks of the one child, want 5; %d below the other's library, want 7", held, loaded)
		for _, p := range r.all() {
			t.Log(listStacks(functionStacks(p, "walked.c", "guest.c")))
		}
	}
}
