//go:build linux && (amd64 || arm64)

package tracker

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// freedStacks are the stacks through which an image's blocks were freed, each once, in the order
// in which they were wanted of a naming.Names.
type freedStacks map[uint32]int

// wantFreed has names make the frames of the stacks through which blocks were freed.
func wantFreed(p recorded, names *naming.Names) freedStacks {
	wanted := make(freedStacks)
	want := func(stack uint32) {
		if _, known := wanted[stack]; known {
			return
		}
		wanted[stack] = len(wanted)
		if stack == heap.NoStack {
			names.Want(replay.RootFull)
		} else {
			names.Want(replay.StackID(stack))
		}
	}
	if f := p.Heap.Frees; f != nil {
		for _, freed := range f.Pairs {
			want(freed.Stack)
		}
		for _, wrong := range f.Wrong {
			want(wrong.Stack)
		}
	}
	return wanted
}

// addJumped puts drops on the stacks that have jumped to the function that frees, as a function does
// whose last act that is. Only destructors and what drops a value in Rust are put there: of any
// other function that was called it is not known that it is no allocator's own.
func (w freedStacks) addJumped(names *naming.Names, stacks []naming.Stack) {
	for id, i := range w {
		if id == heap.NoStack {
			continue
		}
		f, index, ok := names.Called(replay.StackID(id))
		if ok && (strings.Contains(f.Function, "drop_in_place") || strings.Contains(f.Function, "::~")) {
			stacks[i].Frames = append([]uint32{index()}, stacks[i].Frames...)
		}
	}
}

// frees returns where an image's blocks were freed. stacks are those that were wanted, and r says
// what else is known of the recording.
func (w freedStacks) frees(p recorded, r *profile.Recording, sites []sitePoint, stacks []naming.Stack) *profile.Frees {
	made := new(profile.Frees)
	f := p.Heap.Frees
	if f == nil {
		return made
	}
	for _, freed := range f.Pairs {
		made.Stacks = append(made.Stacks, profile.Freed{
			Point: sites[freed.Site].index, Frames: stacks[w[freed.Stack]].Frames, Bytes: freed.Bytes, Blocks: freed.Blocks,
		})
	}
	j := judge{recorded: p, isWhole: lostEvents(p) == 0 && len(r.Notes) == 0, files: make(map[string]bool)}
	for _, wrong := range f.Wrong {
		point, site := -1, replay.RootWhole
		if wrong.KnowsSite {
			point, site = sites[wrong.Site].index, sites[wrong.Site].stack
		}
		if !j.isCertain(wrong, site) {
			continue
		}
		made.Wrong = append(made.Wrong, profile.WrongFree{Kind: wrongKinds[wrong.Kind], Point: point, Frames: stacks[w[wrong.Stack]].Frames, Blocks: wrong.Blocks})
	}
	return made
}

var wrongKinds = [...]profile.WrongKind{heap.Mismatched: profile.Mismatched, heap.FreedTwice: profile.FreedTwice, heap.Foreign: profile.Foreign}

// judge tells which wrong frees are certain.
type judge struct {
	recorded
	isWhole bool            // nothing is known to be missing from the account
	files   map[string]bool // what hasOperators says of files
}

// isCertain reports whether a free is known to be wrong. site is the stack that has allocated the
// block, if that is known.
//
// Of what calls were lost, or came by allocators that cannot be seen, may have been allocated,
// and a forked child does not know what its parent has freed. Which of the C++ library's operators
// was called is certain, but a malloc or free may have been that of an operator that the file has
// for itself.
func (j *judge) isCertain(wrong heap.WrongFree, site replay.StackID) bool {
	switch wrong.Kind {
	case heap.FreedTwice:
		return j.isWhole
	case heap.Foreign:
		return j.isWhole && j.Parent < 0
	}
	const c = heap.Family(wire.FamilyC)
	return (wrong.Made != c || !j.mayBeOperator(site)) && (wrong.Freed != c || !j.mayBeOperator(replay.StackID(wrong.Stack)))
}

// mayBeOperator reports whether the innermost frame of a stack may be in an operator that its
// file has for itself, or have jumped from one.
func (j *judge) mayBeOperator(stack replay.StackID) bool {
	if stack.IsRoot() || int(stack) >= j.Stacks.Len() {
		return true
	}
	m, ok := j.Modules[j.Stacks.Place(stack).Module()]
	if !ok {
		return true
	}
	has, known := j.files[m.Path]
	if !known {
		has = hasOperators(m.Path)
		j.files[m.Path] = has
	}
	return has
}

// hasOperators reports whether a file defines C++'s operators new and delete, or may do so. One
// that was linked with the C++ library and stripped has the name of the type that its operator new
// throws; who only catches that has it from the library.
func hasOperators(path string) (has bool) {
	err := object.Read(path, func(f *object.File) error {
		return f.Guard(func() error {
			has = slices.ContainsFunc(f.SymbolTables(), definesOperators) || slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool {
				return p.Type == elf.PT_LOAD && bytes.Contains(f.Segment(p), []byte("\x00St9bad_alloc\x00"))
			})
			return nil
		})
	})
	return has || err != nil
}

// definesOperators reports whether a symbol table has a definition of an operator.
func definesOperators(t object.SymbolTable) bool {
	for entries := t.Entries; len(entries) >= object.SymbolSize; entries = entries[object.SymbolSize:] {
		s := object.Symbol(entries)
		if name := t.Name(s.NameAt()); len(name) > 3 && !s.IsUndefined() {
			switch string(name[:4]) {
			case "_Znw", "_Zna", "_Zdl", "_Zda":
				return true
			}
		}
	}
	return false
}
