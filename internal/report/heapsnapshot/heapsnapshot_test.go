package heapsnapshot_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/heapsnapshot"
	"heapprof/internal/report/held"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// loaded is a file as a reader has it.
type loaded struct {
	Snapshot struct {
		Meta struct {
			NodeFields []string `json:"node_fields"`
			EdgeFields []string `json:"edge_fields"`
		}
		NodeCount int `json:"node_count"`
		EdgeCount int `json:"edge_count"`
	}
	Nodes, Edges []uint64
	Strings      []string
}

// load writes the file of a snapshot and reads it.
func load(t *testing.T, s *held.Of, o heapsnapshot.Options) *loaded {
	t.Helper()
	o.Owner = func(o *profile.Owner) string { return o.Name }
	var out bytes.Buffer
	if err := heapsnapshot.New(s, o).Write(&out); err != nil {
		t.Fatal(err)
	}
	var f loaded
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		t.Fatalf("%v in\n%s", err, &out)
	}
	if n := f.Snapshot.NodeCount * len(f.Snapshot.Meta.NodeFields); len(f.Nodes) != n {
		t.Fatalf("%d numbers of nodes, want %d", len(f.Nodes), n)
	}
	if n := f.Snapshot.EdgeCount * len(f.Snapshot.Meta.EdgeFields); len(f.Edges) != n {
		t.Fatalf("%d numbers of edges, want %d", len(f.Edges), n)
	}
	return &f
}

// retained returns what would be freed with each node, by its name, as a reader counts it: what only it leads
// to. Weak edges lead nowhere.
func (f *loaded) retained() map[string]uint64 {
	const fields, selfSize, edgeCount, weak = 7, 3, 4, 6
	n := f.Snapshot.NodeCount
	next := make([][]int, n)
	at := 0
	for i := range n {
		for range f.Nodes[i*fields+edgeCount] {
			if f.Edges[3*at] != weak {
				next[i] = append(next[i], int(f.Edges[3*at+2]/fields))
			}
			at++
		}
	}
	reach := func(without int) (sum uint64) {
		seen := make([]bool, n)
		var walk func(i int)
		walk = func(i int) {
			if i == without || seen[i] {
				return
			}
			seen[i] = true
			sum += f.Nodes[i*fields+selfSize]
			for _, to := range next[i] {
				walk(to)
			}
		}
		walk(0)
		return sum
	}
	all, of := reach(-1), map[string]uint64{}
	for i := range n {
		of[f.Strings[f.Nodes[i*fields+1]]] += all - reach(i)
	}
	return of
}

func TestAReaderCountsForOwnersWhatTheyRetain(t *testing.T) {
	p := reporttest.Held()
	s := held.New(view.NewSource(p), 0)
	for name, o := range map[string]heapsnapshot.Options{"all groups": {}, "few groups": {Groups: 3}} {
		of := load(t, s, o).retained()
		for _, owner := range s.Owners {
			if of[owner.Name] != owner.Retained.Bytes {
				t.Errorf("%s: %s retains %d bytes in the file, want %d", name, owner.Name, of[owner.Name], owner.Retained.Bytes)
			}
		}
		if got := of["(lost)"]; got != s.Unreached.Bytes {
			t.Errorf("%s: %d bytes are lost, want %d", name, got, s.Unreached.Bytes)
		}
		if got := of[""]; got != s.Live.Bytes {
			t.Errorf("%s: the root retains %d bytes, want %d", name, got, s.Live.Bytes)
		}
	}
}

func TestWhatIsLargerThanAReaderCanCountIsSplit(t *testing.T) {
	p := reporttest.Held()
	const size = 10 << 30
	p.Recording.Snapshots = []profile.Snapshot{{
		Live: profile.Amount{Bytes: size, Blocks: 1}, Owners: []profile.Owner{{Name: "big", Retained: profile.Amount{Bytes: size, Blocks: 1}}},
		Groups: []profile.Group{{Live: profile.Amount{Bytes: size, Blocks: 1}}},
	}}
	f := load(t, held.New(view.NewSource(p), 0), heapsnapshot.Options{})
	for i := 0; i < len(f.Nodes); i += 7 {
		if f.Nodes[i+3] >= 1<<32 {
			t.Errorf("a node has %d bytes", f.Nodes[i+3])
		}
	}
	if got := f.retained()["big"]; got != size {
		t.Errorf("the owner retains %d bytes, want %d", got, uint64(size))
	}
}
