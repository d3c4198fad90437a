//go:build linux && (amd64 || arm64)

package recordtest

import (
	"slices"
	"strconv"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestEachNodeIsToldOfOnce holds how often programs tell of the nodes of their stacks:
// whatever order their stacks come in, whichever threads walk them, and however often a
// library goes and comes back. Threads that come to the same new node at the same moment may
// both tell of it, more of them where the machine is busy: four that shared nothing would
// tell of each four times.
func TestEachNodeIsToldOfOnce(t *testing.T) {
	t.Parallel()
	turns := testkit.Build(t, "turns.c", "-O2", "-pthread")
	for name, c := range map[string]struct {
		bin     string
		args    []string
		least   uint64 // nodes
		threads bool
	}{
		"deep stacks in turn":           {turns, []string{"64", "64", "20000", "1"}, 64 * 58, false},
		"the same in threads":           {turns, []string{"64", "64", "20000", "4"}, 64 * 58, true},
		"many threads":                  {turns, []string{"512", "10", "500", "100"}, 1 << 10, true},
		"more than a small table holds": {turns, []string{"65536", "16", "300000", "1"}, 1 << 16, false},
		"libraries at one address":      {testkit.Build(t, "reload.c"), []string{buildPlugin(t, "alpha", 240, "-O0"), buildPlugin(t, "beta", 480, "-O0")}, 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t, nil, c.bin, c.args...)
			if r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			x := r.Profile.Recording
			again := x.Nodes / 20
			if c.threads {
				again = x.Nodes / 2
			}
			if x.Nodes < c.least || x.NodeEvents < x.Nodes || x.NodeEvents > x.Nodes+again {
				t.Errorf("%d nodes, of at least %d, were told of in %d events", x.Nodes, c.least, x.NodeEvents)
			}
			if x.Counts.StacklessBlocks != 0 || x.Counts.LostEvents != 0 {
				t.Errorf("%+v", x.Counts)
			}
		})
	}
}

// TestBlocksBeyondTheLimitOfNodesHaveNoStack wants all blocks to be counted, and those of
// stacks that were known in time to have their whole stacks.
func TestBlocksBeyondTheLimitOfNodesHaveNoStack(t *testing.T) {
	t.Parallel()
	const blocks, limit = 20000, 1000
	r := record(t, []string{"--max-nodes", strconv.Itoa(limit)}, testkit.Build(t, "turns.c", "-O2", "-pthread"), "64", "64", strconv.Itoa(blocks), "1")
	x, full, whole := r.Profile.Recording, uint64(0), uint64(0)
	for i := range r.Profile.Points {
		frames := stack(r.Profile, &r.Profile.Points[i])
		switch outermost := len(frames) - 1; {
		case slices.ContainsFunc(frames, func(f profile.Frame) bool { return f.Function == "[call tree full]" }):
			if outermost != 0 {
				t.Errorf("a block without a stack has %d frames", len(frames))
			}
			full += r.Profile.Points[i].TotalBlocks
		case slices.ContainsFunc(frames, func(f profile.Frame) bool { return f.Function == "work" }):
			if len(frames) < 66 {
				t.Errorf("a stack has %d frames", len(frames))
			}
			whole += r.Profile.Points[i].TotalBlocks
		}
	}
	if full == 0 || whole == 0 || full+whole < blocks || full != x.Counts.StacklessBlocks {
		t.Errorf("%d blocks have no stack and %d have, of %d; the profile says that %d have none", full, whole, blocks, x.Counts.StacklessBlocks)
	}
	if x.MaxNodes != limit || x.NodeEvents != limit {
		t.Errorf("%d nodes were told of, of at most %d", x.NodeEvents, x.MaxNodes)
	}
}
