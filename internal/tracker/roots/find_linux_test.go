//go:build linux && (amd64 || arm64)

package roots_test

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/roots"
	"heapprof/internal/tracker/roots/rootstest"
)

// subject returns a copy of a program, with the blocks that its output tells of, and what
// they are to be held by.
func subject(t testing.TB, s *rootstest.Copied) (*roots.Subject, map[uint64]string) {
	t.Helper()
	maps, err := s.Maps()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := s.Proc().Written()
	if err != nil {
		t.Skip("the kernel shows no pages: ", err)
	}
	t.Cleanup(pages.Close)
	is := &roots.Subject{Memory: s, Maps: maps, Pages: pages, Threads: s.Threads, Kept: s.Kept}
	is.Own.Memory = "/memfd:heapprof"
	is.Shared = roots.SharedPages(s.Program, is.Own.Memory)
	names := symbol.NewResolver(symbol.Options{})
	t.Cleanup(func() { names.Close() })
	for _, f := range procfs.Files(maps) {
		file, err := elf.Open(f.Path)
		if err != nil {
			continue
		}
		m := roots.Module{Path: f.Path, Start: f.Start(), Bias: f.Start()}
		if file.Type == elf.ET_EXEC {
			m.Bias = 0
		}
		for _, p := range file.Progs {
			if p.Type == elf.PT_LOAD {
				m.End = max(m.End, m.Bias+p.Vaddr+p.Memsz)
			}
		}
		file.Close()
		base := filepath.Base(f.Path)
		// glibc's malloc is to be told without a name: few machines have its debug information.
		if opened, err := names.Open(f.Path, ""); err == nil && !strings.HasPrefix(base, "libc.so") {
			m.Symbols = opened
		}
		m.Allocator = strings.HasPrefix(base, "libjemalloc") || strings.HasPrefix(base, "libmimalloc") || strings.HasPrefix(base, "libtcmalloc")
		is.Modules = append(is.Modules, m)
	}
	holders := make(map[uint64]string)
	for line := range strings.Lines(s.Output) {
		at := strings.LastIndexByte(strings.TrimSuffix(line, "\n")[:strings.LastIndexByte(line, ' ')], ' ')
		var b graph.Block
		if _, err := fmt.Sscanf(line[at:], " %x %d", &b.Addr, &b.Size); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		holders[b.Addr] = line[:at]
		is.Blocks = append(is.Blocks, b)
	}
	slices.SortFunc(is.Blocks, func(a, b graph.Block) int { return cmp.Compare(a.Addr, b.Addr) })
	return is, holders
}

// holdersOf returns what holds each block directly, in the words of rooted.c, by the blocks' addresses.
func holdersOf(t testing.TB, is *roots.Subject, found *roots.Found) map[uint64][]string {
	t.Helper()
	held := make(map[uint64][]string)
	add := func(r *graph.Root, word uint64) {
		i, exact := slices.BinarySearchFunc(is.Blocks, word, func(b graph.Block, at uint64) int { return cmp.Compare(b.Addr, at) })
		if !exact {
			i--
		}
		if i < 0 || word-is.Blocks[i].Addr > is.Blocks[i].Size {
			return
		}
		name := nameOf(is, &found.Owners[r.Owner])
		if r.Stratum <= graph.Loose {
			name = "loosely " + name
		}
		if at := is.Blocks[i].Addr; !slices.Contains(held[at], name) {
			held[at] = append(held[at], name)
		}
	}
	for i := range found.Roots {
		r := &found.Roots[i]
		memory := make([]byte, r.End-r.Start)
		n, _ := is.Memory.ReadAt(memory, r.Start)
		for ; n >= 8; n, memory = n-8, memory[8:] {
			add(r, binary.LittleEndian.Uint64(memory))
		}
		for _, word := range r.Words {
			add(r, word)
		}
	}
	return held
}

func nameOf(is *roots.Subject, o *roots.Owner) string {
	switch {
	case o.Variable != nil && o.Kind == "thread-local" && o.Thread > 0:
		return o.Variable.Name + " of a thread"
	case o.Variable != nil:
		return o.Variable.Name
	case o.Local != nil:
		return o.Local.Name + " in " + o.Local.Function
	case o.Kind == "kernel":
		return o.Path
	case o.Kind == "mapping":
		return "a mapping " + o.Path
	case o.Kind == "thread-local":
		return "a thread's own"
	case o.Kind == profile.FrameOwner && o.Module >= 0:
		if file, ok := is.Modules[o.Module].Symbols.(*symbol.Module); ok {
			if frames := file.Frames(o.PC); len(frames) > 0 {
				return "frame of " + frames[0].Function
			}
		}
		return "frame"
	case o.Module >= 0:
		return fmt.Sprintf("%s in %s+%x", o.Kind, filepath.Base(is.Modules[o.Module].Path), o.PC)
	}
	return string(o.Kind)
}

// preloaded are allocators that are put in the C library's place; "": none is.
var preloaded = []string{"", "libjemalloc.so.2", "libmimalloc.so.2.0", "libtcmalloc_minimal.so.4"}

// find returns what holds each block of rooted.c, which is built so and run with an allocator, directly, and what is to.
func find(t *testing.T, allocator string, flags ...string) (held map[uint64][]string, holders map[uint64]string, found *roots.Found) {
	t.Helper()
	library := testkit.Build(t, "rooted_library.c", "-shared", "-fPIC", "-g")
	s := rootstest.Copy(t, []string{"LD_PRELOAD=" + allocator}, testkit.Build(t, "rooted.c", flags...), library)
	isKeptBack := false // from children, as it was before the copy was made
	if err := s.Program.EachMapped(func(m procfs.MappedMemory) { isKeptBack = isKeptBack || m.HasFlags("dc") }); err != nil || !isKeptBack {
		t.Errorf("children of the program get what they did not get before: %v", err)
	}
	is, holders := subject(t, s)
	found, err := roots.Find(is)
	if err != nil {
		t.Fatal(err)
	}
	return holdersOf(t, is, found), holders, found
}

// Each block is held by what the program says, and by nothing else that is sure to be in use.
func TestEachBlockIsHeldByWhatHoldsIt(t *testing.T) {
	names := map[string]string{
		"of_run": "of_run in run", "of_interrupted": "of_interrupted in be_interrupted", "in_register": "in_register in hold", "of_function": "of_function",
		"specific": "a thread's own", "the arguments": "frame", "shared memory": "a mapping", "a mapping": "a mapping",
	}
	for _, allocator := range preloaded {
		for _, optimized := range []string{"-O0", "-O2"} {
			held, holders, found := find(t, allocator, optimized, "-g", "-pthread")
			for at, holder := range holders {
				firm := slices.DeleteFunc(slices.Clone(held[at]), func(by string) bool { return strings.HasPrefix(by, "loosely ") })
				want := cmp.Or(names[holder], holder)
				switch {
				case holder == "nothing" && len(firm) > 0,
					holder == "vector register" && !slices.ContainsFunc(held[at], func(by string) bool { return strings.HasPrefix(by, "loosely frame") }),
					holder == "a mapping" && allocator != "" && len(held[at]) != 1, // which may be the allocator's
					holder != "nothing" && holder != "vector register" && (holder != "a mapping" || allocator == "") && (len(firm) != 1 || !strings.HasPrefix(firm[0], want)):
					t.Errorf("%s, %s: a block of %s is held by %q", allocator, optimized, holder, held[at])
				}
			}
			if found.Bytes > 2<<20 {
				t.Errorf("%s, %s: the roots have %d bytes: what was never touched is read", allocator, optimized, found.Bytes)
			}
		}
	}
}

// What a function has in a register is its own, also where a function that it calls has saved it: without debug information
// there are no variables.
func TestASavedRegisterIsOfTheFunctionThatUsesIt(t *testing.T) {
	held, holders, _ := find(t, "", "-O2", "-pthread")
	for at, holder := range holders {
		if holder == "in_register" && !slices.Equal(held[at], []string{"loosely frame of hold"}) {
			t.Errorf("it is held by %q", held[at])
		}
	}
}

// What a function has been handed is its caller's, most often, and what that one holds a global variable's.
func TestVariablesOfInnerFunctionsComeAfterThoseOfOuterOnes(t *testing.T) {
	_, _, found := find(t, "", "-O0", "-g", "-pthread")
	strata := make(map[string]graph.Stratum)
	for _, r := range found.Roots {
		if o := &found.Owners[r.Owner]; o.Local != nil {
			strata[o.Local.Name+" in "+o.Local.Function] = r.Stratum
		}
	}
	inner, outer := strata["in_register in hold"], strata["library in main"]
	if !(graph.Loose < inner && inner < outer && outer < graph.Firm) {
		t.Errorf("an inner function's are in stratum %d, the outer one's in %d", inner, outer)
	}
}
