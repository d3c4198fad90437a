//go:build linux && (amd64 || arm64)

package recordtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/types"
	"heapprof/internal/testkit"
)

// typesByFunction returns the names of the types that the blocks have which a program's functions allocate: of the
// outermost function of the program on each stack that is not main, sorted.
func typesByFunction(p *profile.Profile, crate string) map[string][]string {
	table := types.New(p, frames.New(p))
	all := map[string][]string{}
	for i := range p.Points {
		for _, f := range slices.Backward(p.Points[i].Stack.Frames()) {
			name, ok := strings.CutPrefix(p.Frames[f].Function, crate+"::")
			if name, _, _ = strings.Cut(name, "::"); !ok || name == "main" {
				continue
			}
			if is := table.Of(i).Name; !slices.Contains(all[name], is) {
				all[name] = append(all[name], is)
				slices.Sort(all[name])
			}
			break
		}
	}
	return all
}

// TestBlocksAreOfTheTypesThatTheirSourceSays builds a program that uses all containers of Rust's library with debug
// information of two kinds and manglings, and with none: there a type may be missing, but not wrong.
func TestBlocksAreOfTheTypesThatTheirSourceSays(t *testing.T) {
	want := map[string][]string{
		"boxed":         {"Box<Leaf>"},
		"boxed_array":   {"Box<[u16; 300]>"},
		"boxed_dyn":     {"Box<Leaf>"},
		"boxed_closure": {"Box<boxed_closure::{closure}>"},
		"boxed_slice":   {"Vec<u32>"}, // which the Box takes over as it is
		"boxed_str":     {"Box<str>"},
		"counted":       {"Rc<Leaf>"},
		"counted_str":   {"Rc<str>"},
		"counted_slice": {"Rc<[u16]>"},
		"shared":        {"Arc<Mutex<Leaf>>"},
		"shared_dyn":    {"Arc<AtomicU64>"},
		"literal":       {"Vec<owners::Leaf>"},
		"zeroed":        {"Vec<u8>"},
		"repeated":      {"Vec<owners::Leaf>"},
		"reserved":      {"Vec<u64>"},
		"pushed":        {"Vec<owners::Leaf>"},
		"from_array":    {"Vec<owners::Leaf>"},
		"bytes":         {"Vec<u8>"},
		"owned_str":     {"String"},
		"formatted":     {"String"},
		"pushed_str":    {"String"},
		"upper":         {"String"},
		"joined":        {"String"},
		"repeated_str":  {"String"},
		"replaced":      {"String"},
		"c_string":      {"CString"},
		"os_string":     {"OsString"},
		"path":          {"PathBuf"},
		"joined_path":   {"PathBuf"},
		"mapped":        {"HashMap<u64, Leaf>"},
		"in_set":        {"HashSet<u64>"},
		"in_tree":       {"BTreeMap<u32, Leaf>"},
		"in_tree_set":   {"BTreeSet<u32>", "Vec<u32>"}, // which is sorted first
		"queued":        {"VecDeque<Leaf>"},
		"heaped":        {"BinaryHeap<(u64, u32)>"},
		"listed":        {"LinkedList<Leaf>"},
		"read":          {"Vec<u8>"},
		"read_text":     {"String"},
		"once":          {"Vec<owners::Leaf>"},
		"sent":          {"Box<Block<Leaf>>", "Box<Counter<Channel<Leaf>>>"},
		"same_name":     {"Vec<other::Leaf>"},

		"strings":        {"String", "Vec<String>"},
		"by_function":    {"String", "Vec<String>"},
		"vectors":        {"Vec<Vec<u16>>", "Vec<u16>"},
		"cloned_strings": {"String", "Vec<String>"},
		"cloned_map":     {"HashMap<String, Vec<u16>>", "String", "Vec<u16>"},
		"cloned_tree":    {"BTreeMap<u8, Vec<Leaf>>", "Vec<owners::Leaf>"},
		"cloned_branch":  {"String", "Vec<Branch>", "Vec<owners::Leaf>"},
		"entries":        {"HashMap<u64, Vec<Leaf>>", "Vec<owners::Leaf>"},
		"tried":          {"Vec<u64>"},
		"boxes":          {"Box<Leaf>", "Vec<Box<Leaf>>"},
		"in_cow":         {"String"},
		"error":          {"Box<StringError>", "String"},
	}
	for _, flags := range [][]string{
		{"-O", "-g"},
		{"-O", "-Cdebuginfo=line-tables-only", "-Csymbol-mangling-version=v0"},
	} {
		got := typesByFunction(record(t, nil, testkit.Build(t, "owners.rs", flags...)).Profile, "owners")
		for _, function := range slices.Sorted(maps.Keys(want)) {
			if !slices.Equal(got[function], want[function]) {
				t.Errorf("%s: %s: %q, not %q", flags, function, got[function], want[function])
			}
		}
	}
	got := typesByFunction(record(t, nil, testkit.Build(t, "owners.rs", "-O", "-Csymbol-mangling-version=v0")).Profile, "owners")
	for _, function := range slices.Sorted(maps.Keys(want)) {
		for _, name := range got[function] {
			if !mayBe(name, want[function]) {
				t.Errorf("no debug information: %s: %q, not one of %q", function, name, want[function])
			}
		}
	}
}

// mayBe reports whether the name of a type is that of one of several or, where not all of it is known, may
// be: RawVec is part of all that is like a Vec, and RawTable of maps and sets.
func mayBe(name string, types []string) bool {
	if name == "" || slices.Contains(types, name) {
		return true
	}
	kind, rest, _ := strings.Cut(name, "<")
	return rest == "…>" && slices.ContainsFunc(types, func(t string) bool {
		is, _, _ := strings.Cut(t, "<")
		switch kind {
		case "RawVec":
			return slices.Contains([]string{"Vec", "VecDeque", "BinaryHeap", "String", "CString", "OsString", "PathBuf"}, is)
		case "RawTable":
			return is == "HashMap" || is == "HashSet"
		}
		return is == kind
	})
}
