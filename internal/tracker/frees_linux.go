//go:build linux && (amd64 || arm64)

package tracker

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/replay"
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

// frees returns where an image's blocks were freed. stacks are those that were wanted, and points
// has the index of its point for each site.
func (w freedStacks) frees(p recorded, points []int, stacks []naming.Stack) *profile.Frees {
	made := new(profile.Frees)
	f := p.Heap.Frees
	if f == nil {
		return made
	}
	for _, freed := range f.Pairs {
		made.Stacks = append(made.Stacks, profile.Freed{
			Point: points[freed.Site], Frames: stacks[w[freed.Stack]].Frames, Bytes: freed.Bytes, Blocks: freed.Blocks,
		})
	}
	for _, wrong := range f.Wrong {
		point := -1
		if wrong.KnowsSite {
			point = points[wrong.Site]
		}
		made.Wrong = append(made.Wrong, profile.WrongFree{Kind: wrongKinds[wrong.Kind], Point: point, Frames: stacks[w[wrong.Stack]].Frames, Blocks: wrong.Blocks})
	}
	return made
}

var wrongKinds = [...]profile.WrongKind{heap.Mismatched: profile.Mismatched, heap.FreedTwice: profile.FreedTwice, heap.Foreign: profile.Foreign}
