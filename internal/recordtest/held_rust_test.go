//go:build linux && (amd64 || arm64)

package recordtest

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// A crateMeasure is what crates that measure values say of one of deep_sizes.rs.
type crateMeasure struct {
	dropped string // its type
	equal   []string
	less    map[string]uint64 // crates that leave so much out
}

func crateMeasures() map[string]crateMeasure {
	const (
		branch = 80 // bytes of a (String, Branch)
		entry  = 48 // of a (String, Vec<u8>)
		group  = 16 // of hashbrown's control bytes that are there twice
	)
	return map[string]crateMeasure{
		"boxes":    {"Vec<Box<Leaf>>", []string{"deepsize", "get_size", "memuse"}, nil},
		"strings":  {"Vec<String>", []string{"deepsize", "get_size", "memuse"}, nil},
		"grown":    {"Vec<u64>", []string{"deepsize", "get_size", "memuse"}, nil},
		"deque":    {"VecDeque<Leaf>", []string{"deepsize", "get_size"}, nil},
		"slice":    {"Box<[u32]>", []string{"deepsize", "get_size"}, nil},
		"text":     {"String", []string{"deepsize", "get_size", "memuse"}, nil},
		"optional": {"Option<Box<Branch>>", []string{"deepsize", "get_size", "memuse"}, nil},
		"nested":   {"Vec<Branch>", []string{"deepsize", "get_size", "memuse"}, nil},
		// Of a hash table two crates count the capacity, which is 7 of 8 buckets, and no control bytes.
		"map":   {"HashMap<String, Branch>", []string{"memuse"}, map[string]uint64{"deepsize": 256*branch + 2048 + group, "get_size": 256*branch + 2048 + group}},
		"table": {"HashMap<String, Vec<u8>>", []string{"memuse"}, map[string]uint64{"deepsize": 1024*entry + 8192 + group, "get_size": 1024*entry + 8192 + group}},
		"set":   {"HashSet<u64>", []string{"memuse"}, map[string]uint64{"deepsize": 1024*8 + 8192 + group, "get_size": 1024*8 + 8192 + group}},
		// One crate estimates the nodes of a tree, the other counts pairs: there are 84 leaves of 672 bytes and 8 nodes of 768.
		"tree": {"BTreeMap<u32, Branch>", nil, map[string]uint64{"deepsize": 84*672 + 8*768 - 48_000, "get_size": 84*672 + 8*768 - 60_000}},
		// One counts what is shared once, without its two counters.
		"shared": {"Vec<Rc<Leaf>>", nil, map[string]uint64{"deepsize": 16}},
	}
}

// want compares the bytes that heapprof has of the value with what the crates said.
func (c crateMeasure) want(t *testing.T, name string, got uint64, counts map[string]uint64) {
	t.Helper()
	for _, crate := range c.equal {
		if want := counts[name+"_"+crate]; got != want {
			t.Errorf("%s: %d bytes, %s says %d", name, got, crate, want)
		}
	}
	for crate, less := range c.less {
		if want := counts[name+"_"+crate] + less; got != want {
			t.Errorf("%s: %d bytes, %s and what it leaves out are %d", name, got, crate, want)
		}
	}
}

// rustHeldFunction tells a stack by its outermost function: inner ones of the same code may be one function.
func rustHeldFunction(frames []profile.Frame) string {
	slices.Reverse(frames)
	return madeBy(`deep_sizes::(leak|hold)_[a-z_]+`)(frames)
}

// TestAStaticOfRustRetainsWhatCratesMeasure compares what statics retain with what crates that measure values say, to the
// byte, and wants blocks to be lost that the program forgets or ties in circles, and no others.
func TestAStaticOfRustRetainsWhatCratesMeasure(t *testing.T) {
	r := record(t, []string{"--retained"}, testkit.BuildCargo(t, fixture.Cargo{Program: "deep_sizes"}), "kept")
	counts := testkit.Counts(r.Stdout)
	h := holdingsOf(t, r.Profile, profile.ExitSnapshot, rustHeldFunction)
	for name, c := range crateMeasures() {
		c.want(t, name, h.owner(t, name+"::KEPT").Retained.Bytes, counts)
	}
	for function, want := range map[string]profile.Amount{
		"deep_sizes::leak_forgotten": {Bytes: 400*8 + 400*48, Blocks: 401},
		"deep_sizes::leak_cycles":    {},
	} {
		got := h.made[function]
		if len(got) != 1 || want.Blocks != 0 && got[noOwner] != want || got[noOwner].Blocks == 0 {
			t.Errorf("of %s are %v, want %v lost", function, got, want)
		}
	}
	for function, by := range h.made {
		if lost := by[noOwner]; lost.Blocks != 0 && function != "deep_sizes::leak_forgotten" && function != "deep_sizes::leak_cycles" {
			t.Errorf("%v of %q are said to be lost", lost, function)
		}
	}
	if got := h.made["deep_sizes::hold_both"][manyOwners]; got.Blocks < 3 {
		t.Errorf("two statics share %v: %v", got, h.made["deep_sizes::hold_both"])
	}
	if t.Failed() {
		t.Log(h, r.Stdout)
	}
}
