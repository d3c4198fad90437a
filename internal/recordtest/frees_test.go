//go:build linux && amd64

package recordtest

import (
	"encoding/xml"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// freed is a number of blocks that were freed, with their sizes.
type freed struct{ bytes, blocks uint64 }

// functionOf returns the innermost function of a source file's in a stack, without its
// namespace and arguments; "" if there is none.
func functionOf(p *profile.Profile, stack []uint32, source string) string {
	for _, f := range stack {
		if frame := &p.Frames[f]; filepath.Base(frame.File) == source {
			name, _, _ := strings.Cut(strings.ReplaceAll(frame.Function, "(anonymous namespace)::", ""), "(")
			return name
		}
	}
	return ""
}

// freedBy returns what the functions of a source file have freed.
func freedBy(p *profile.Profile, source string) map[string]freed {
	by := make(map[string]freed)
	for _, f := range p.Recording.Frees.Stacks {
		if name := functionOf(p, f.Frames, source); name != "" {
			sum := by[name]
			by[name] = freed{sum.bytes + f.Bytes, sum.blocks + f.Blocks}
		}
	}
	return by
}

// wrongBy returns how often the functions of a source file have freed wrongly, by kind.
func wrongBy(p *profile.Profile, source string) map[string]uint64 {
	by := make(map[string]uint64)
	for _, w := range p.Recording.Frees.Wrong {
		by[string(w.Kind)+" "+functionOf(p, w.Frames, source)] += w.Blocks
	}
	return by
}

func TestStacksOfFreesAreThoseOfTheCallsThatFree(t *testing.T) {
	want := map[string]freed{
		"by_free": {110, 11}, "by_delete": {48, 12}, "by_array": {260, 13}, "by_sized": {700, 14}, "by_realloc": {450, 15},
		"by_thread": {960, 16}, "by_handler": {1190, 17}, "Holder::~Holder": {720, 18},
	}
	for _, flags := range [][]string{nil, {"-O1", "-g", "-fno-inline", "-fno-builtin", "-fno-optimize-sibling-calls", "-fomit-frame-pointer"}} {
		r := record(t, []string{"--frees"}, testkit.Build(t, "frees.cc", flags...))
		got := freedBy(r.Profile, "frees.cc")
		if !maps.Equal(got, want) {
			t.Errorf("%q: freed %v, want %v", flags, got, want)
		}
		if wrong := r.Profile.Recording.Frees.Wrong; len(wrong) != 0 {
			t.Errorf("%q: wrong frees: %v", flags, wrong)
		}
	}
}

// valgrindFrees returns how many frees valgrind's memcheck finds wrong, by its own kinds.
func valgrindFrees(t *testing.T, valgrind, bin string, env ...string) map[string]uint64 {
	t.Helper()
	file := filepath.Join(t.TempDir(), "errors.xml")
	cmd := exec.Command(valgrind, "-q", "--xml=yes", "--xml-file="+file, bin)
	cmd.Env = append(os.Environ(), env...)
	testkit.Run(t, cmd)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var output struct {
		Errors []struct {
			Unique string `xml:"unique"`
			Kind   string `xml:"kind"`
		} `xml:"error"`
		Counts []struct {
			Count  uint64 `xml:"count"`
			Unique string `xml:"unique"`
		} `xml:"errorcounts>pair"`
	}
	if err := xml.Unmarshal(text, &output); err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]uint64)
	for _, e := range output.Errors {
		for _, c := range output.Counts {
			if c.Unique == e.Unique { // the last one holds: it is written again as they grow
				counts[e.Kind+" "+e.Unique] = c.Count
			}
		}
	}
	kinds := make(map[string]uint64)
	for key, n := range counts {
		kind, _, _ := strings.Cut(key, " ")
		kinds[kind] += n
	}
	return kinds
}

func TestFreesByAnotherFamilyAreMismatched(t *testing.T) {
	bin := testkit.Build(t, "wrong_frees.cc", "-O0", "-g", "-fno-builtin", "-w")
	r := record(t, []string{"--frees"}, bin)
	want := map[string]uint64{
		"mismatched one_by_free": 7, "mismatched array_by_free": 2, "mismatched one_by_array": 4, "mismatched array_by_one": 5,
		"mismatched malloc_by_one": 3, "mismatched malloc_by_array": 6, "mismatched one_by_realloc": 8,
	}
	if got := wrongBy(r.Profile, "wrong_frees.cc"); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, w := range r.Profile.Recording.Frees.Wrong {
		made := functionOf(r.Profile, r.Profile.Points[max(w.Point, 0)].Stack.Frames(), "wrong_frees.cc")
		if by := functionOf(r.Profile, w.Frames, "wrong_frees.cc"); made != by {
			t.Errorf("what %s has freed is said to be allocated in %s", by, made)
		}
	}
	if testing.Short() {
		return
	}
	if got := valgrindFrees(t, testkit.Tool(t, "valgrind"), bin); got["MismatchedFree"] != 35 {
		t.Errorf("valgrind finds %v, and we 35", got)
	}
}

func TestFreesThatTheAllocatorShouldNotAcceptAreNamed(t *testing.T) {
	bin := testkit.Build(t, "accepted.c", "-O0", "-g")
	const noCache = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0"
	file := filepath.Join(t.TempDir(), "p.json")
	cmd := heapprofRun([]string{"-q", "--frees", "-o", file}, bin)
	cmd.Env = append(os.Environ(), noCache)
	r := recordCommand(t, cmd, file)
	if r.Status != 0 || r.Stdout != "accepted\n" {
		t.Fatalf("status %d, output %q %q", r.Status, r.Stdout, r.Stderr)
	}
	want := map[string]uint64{"freed-twice twice": 1, "foreign foreign": 1}
	if got := wrongBy(r.Profile, "accepted.c"); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := r.Profile.Recording.Counts.UnknownFrees; n != 2 {
		t.Errorf("%d frees of unknown blocks, want 2", n)
	}
	if testing.Short() {
		return
	}
	if got := valgrindFrees(t, testkit.Tool(t, "valgrind"), bin, noCache); got["InvalidFree"] != 2 {
		t.Errorf("valgrind finds %v, and we 2", got)
	}
}

// Programs in which blocks pass from one allocator's function to another's, and all is right.
func TestProgramsThatFreeRightlyAreNotBlamed(t *testing.T) {
	for _, program := range []struct {
		source string
		flags  []string
		args   []string
	}{
		{source: "operators.cc"},
		{source: "operators.cc", args: []string{"huge"}},
		{source: "own_new.cc"},
		{source: "header_new.cc", flags: []string{"-O2", "-g"}},
		{source: "exceptions.cc", flags: []string{"-O2", "-g"}},
		{source: "containers.cc", flags: []string{"-O2", "-g"}},
		{source: "containers.cc", flags: []string{"-O2", "-g", "-static-libstdc++"}},
		{source: "own_malloc.c"},
		{source: "books.cc", flags: []string{"-O2", "-g"}},
		{source: "signals.c"},
		{source: "longjmp.c"},
		{source: "queue.c"},
		{source: "sized.c"},
		{source: "aligned.c"},
		{source: "zero.c"},
	} {
		t.Run(program.source+strings.Join(program.flags, " "), func(t *testing.T) {
			t.Parallel()
			r := record(t, []string{"--frees"}, testkit.Build(t, program.source, program.flags...), program.args...)
			if f := r.Profile.Recording.Frees; len(f.Wrong) != 0 || len(f.Stacks) == 0 {
				t.Errorf("wrong frees: %v; %d stacks", wrongBy(r.Profile, program.source), len(f.Stacks))
			}
		})
	}
}

func TestOperatorsOfSeveralDefinitionsAreNotMismatched(t *testing.T) {
	for _, c := range []struct {
		name, way string
		host      []string
		plugin    []string
	}{
		{name: "past the preloaded ones", way: "deepbind"},
		{name: "past the preloaded ones, by the table alone", way: "deepbind", plugin: []string{"-fno-plt"}},
		{name: "past the preloaded ones, jumped to", way: "deepbind", plugin: []string{"-foptimize-sibling-calls"}},
		{name: "linked in", way: "plain", host: []string{"-static-libstdc++"}},
		{name: "linked in and stripped", way: "plain", host: []string{"-static-libstdc++", "-s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := testkit.Build(t, "shared_news.cc", append([]string{"-O1", "-g", "-fno-builtin"}, c.host...)...)
			plugin := testkit.Build(t, "shared_news.cc", append([]string{"-O1", "-g", "-fno-builtin", "-fno-optimize-sibling-calls", "-DPLUGIN", "-shared", "-fPIC"}, c.plugin...)...)
			r := record(t, []string{"--frees"}, host, plugin, c.way)
			if r.Status != 0 {
				t.Fatalf("status %d: %s", r.Status, r.Stdout)
			}
			if f := r.Profile.Recording.Frees; len(f.Wrong) != 0 {
				t.Errorf("wrong frees: %v", wrongBy(r.Profile, "shared_news.cc"))
			}
		})
	}
}

func TestOperatorsThatGoByOtherLibrariesAreNotMismatched(t *testing.T) {
	library := func(flags ...string) string {
		return testkit.Build(t, "helped_new.cc", append(flags, "-O1", "-g", "-fno-builtin", "-shared", "-fPIC")...)
	}
	pool := library("-DPOOL")
	news := library("-DNEWS", pool)
	bin := testkit.Build(t, "helped_new.cc", "-O1", "-g", "-fno-builtin", news)
	r := record(t, []string{"--frees", "--no-patch"}, bin) // patched operators belong to no family
	if f := r.Profile.Recording.Frees; len(f.Wrong) != 0 || len(f.Stacks) == 0 {
		t.Errorf("wrong frees: %v; %d stacks", wrongBy(r.Profile, "helped_new.cc"), len(f.Stacks))
	}
}

func TestAnExceptionThatLeavesAnAllocatorIsABlock(t *testing.T) {
	r := record(t, []string{"--frees"}, testkit.Build(t, "thrown_new.cc"))
	if f := r.Profile.Recording.Frees; len(f.Wrong) != 0 {
		t.Errorf("wrong frees: %v", wrongBy(r.Profile, "thrown_new.cc"))
	}
	if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
		t.Errorf("%d frees of unknown blocks", n)
	}
}

// withoutFrees is a profile without what --frees adds and what differs from run to run.
func withoutFrees(p *profile.Profile) map[string]sums {
	all := make(map[string]sums)
	for i := range p.Points {
		pt := &p.Points[i]
		var stack []string
		for _, f := range pt.Stack.All() {
			frame := &p.Frames[f]
			stack = append(stack, frame.Function+" "+frame.File)
		}
		key := strings.Join(stack, " < ")
		sum := all[key]
		sum.add(pt)
		all[key] = sum
	}
	return all
}

func TestOtherColumnsAreTheSameWithFrees(t *testing.T) {
	for _, source := range []string{"tree.c", "hash.c", "vector.c", "strings.c", "zero.c", "containers.cc", "lifecycle.c"} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			bin := testkit.Build(t, source)
			with, without := record(t, []string{"--frees"}, bin), record(t, nil, bin)
			if got, want := withoutFrees(with.Profile), withoutFrees(without.Profile); !reflect.DeepEqual(got, want) {
				t.Errorf("with --frees\n%v\nwithout\n%v", got, want)
			}
			if without.Profile.Recording.Frees != nil {
				t.Error("without --frees the profile has frees")
			}
		})
	}
}

func TestAllocatorsThatAreLinkedInHaveStacksOfFrees(t *testing.T) {
	rows := allocatorRows()
	for _, name := range sampledRows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := rows[slices.IndexFunc(rows, func(r allocatorRow) bool { return r.name == name })]
			file := filepath.Join(t.TempDir(), "p.json")
			r := recordCommand(t, heapprofRun(append([]string{"-q", "--frees", "-o", file}, row.flags...), row.build(t), row.args...), file)
			f := r.Profile.Recording.Frees
			if len(f.Stacks) == 0 || len(f.Wrong) != 0 {
				t.Errorf("%d stacks, wrong frees %v", len(f.Stacks), f.Wrong)
			}
		})
	}
}

func TestChildrenHaveTheirOwnFrees(t *testing.T) {
	for _, way := range []string{"fork", "raw", "family", "vfork"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			counts := filepath.Join(dir, "counts")
			r := testkit.Run(t, heapprofRun([]string{"-q", "--frees", "--children", "-o", filepath.Join(dir, "%p.json")}, testkit.Build(t, "forks.c"), way, counts))
			if r.Status != 0 {
				t.Fatalf("status %d: %s", r.Status, r.Stderr)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.json"))
			if err != nil || len(files) < 2 {
				t.Fatalf("profiles: %v, %v", files, err)
			}
			for _, file := range files {
				p := readRecording(t, file)
				if f := p.Recording.Frees; len(f.Wrong) != 0 {
					t.Errorf("%s: wrong frees %v", filepath.Base(file), f.Wrong)
				}
			}
		})
	}
}
