//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

// namer gives the frames of stacks their names. It first hears of every stack,
// so that each address is looked up once, module by module.
type namer struct {
	state    *replay.Snapshot
	made     *profile.Profile // whose frames and modules the namer makes
	progress func(done, all int)
	resolver *symbol.Resolver
	own      int // the tracker library's module; its frames are not the program's; -1: none

	stacks []replay.StackID        // that are wanted
	places []replay.Place          // in them, each once; the first stands for none
	slots  map[replay.Place]uint32 // index in places
	nodes  []uint32                // the same by replay.StackID; 0: in no stack so far
	frames [][]uint32              // of each place, innermost first, as indices in the frame table

	indices map[profile.Frame]uint32   // in the frame table
	modules map[uint16]*profile.Module // by the process's numbers
	opened  map[uint16]opened
}

// opened is the file of a module, nil where it cannot be read, and then why.
type opened struct {
	file *symbol.Module
	err  error
}

// Frames that are no code.
var rootNames = [replay.RootCount]string{
	replay.RootTruncated:   "[truncated]",
	replay.RootNoCFI:       "[no unwind information]",
	replay.RootUnsupported: "[unknown unwind information]",
	replay.RootOutOfStack:  "[stack ends]",
}

// unknownStack stands for a stack of no frame at all.
const unknownStack = "[unknown]"

func newNamer(state *replay.Snapshot, made *profile.Profile, b *builder) *namer {
	made.Frames = []profile.Frame{profile.Root}
	n := &namer{
		state:    state,
		made:     made,
		progress: b.naming,
		resolver: b.resolver,
		own:      -1,
		places:   make([]replay.Place, 1),
		slots:    make(map[replay.Place]uint32),
		nodes:    make([]uint32, state.Stacks.Len()),
		indices:  make(map[profile.Frame]uint32),
		modules:  make(map[uint16]*profile.Module),
		opened:   make(map[uint16]opened),
	}
	for number, m := range state.Modules {
		if m.Path == b.library {
			n.own = int(number)
		}
	}
	return n
}

// want notes a stack and its places. Stacks share their outer parts, which are
// gone through once.
func (n *namer) want(id replay.StackID) {
	n.stacks = append(n.stacks, id)
	s := n.state.Stacks
	for ; !id.IsRoot() && n.nodes[id] == 0; id = s.Caller(id) {
		at := s.Place(id)
		slot, ok := n.slots[at]
		if !ok {
			slot = uint32(len(n.places))
			n.slots[at] = slot
			n.places = append(n.places, at)
		}
		n.nodes[id] = slot
	}
}

// namedStack is a stack with its names.
type namedStack struct {
	frames []uint32       // in the frame table, innermost first
	root   replay.StackID // how it ends
}

// resolve looks up all that is wanted and returns the stacks in the order in
// which they were.
func (n *namer) resolve() []namedStack {
	n.name()
	s := n.state.Stacks
	// Callers come before what they call, so that one pass tells of all stacks how
	// long they are and how they end.
	lengths := make([]uint32, len(n.nodes))
	roots := make([]uint8, len(n.nodes))
	for root := range replay.RootCount {
		roots[root] = uint8(root)
		if root != replay.RootWhole {
			lengths[root] = 1
		}
	}
	for id := replay.RootCount; int(id) < len(n.nodes); id++ {
		if slot := n.nodes[id]; slot != 0 {
			lengths[id] = lengths[s.Caller(id)] + uint32(len(n.frames[slot]))
			roots[id] = roots[s.Caller(id)]
		}
	}
	total := 0
	for _, id := range n.stacks {
		total += max(int(lengths[id]), 1)
	}
	all := make([]uint32, 0, total)
	// Where the frames of a node and its callers stand in all, if anywhere.
	from := make([]uint32, len(n.nodes))
	const nowhere = 0
	named := make([]namedStack, len(n.stacks))
	for i, id := range n.stacks {
		start := len(all)
		at := id
		for ; !at.IsRoot() && from[at] == nowhere; at = s.Caller(at) {
			from[at] = uint32(len(all)) + 1
			all = append(all, n.frames[n.nodes[at]]...)
		}
		if !at.IsRoot() {
			all = append(all, all[from[at]-1:][:lengths[at]]...)
		} else if at != replay.RootWhole {
			all = append(all, n.frame(profile.Marker(rootNames[at])))
		}
		if len(all) == start {
			all = append(all, n.frame(profile.Marker(unknownStack)))
		}
		named[i] = namedStack{all[start:len(all):len(all)], replay.StackID(roots[id])}
	}
	return named
}

// name gives the places their frames.
func (n *namer) name() {
	n.frames = make([][]uint32, len(n.places))
	// In the order of modules and addresses: neighbours share debug information,
	// and the same events give the same file.
	order := make([]uint32, 0, len(n.places))
	for slot := 1; slot < len(n.places); slot++ {
		if int(n.places[slot].Module()) != n.own {
			order = append(order, uint32(slot))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return n.places[a].Compare(n.places[b])
	})
	for done, slot := range order {
		if n.progress != nil && done%64 == 0 {
			n.progress(done, len(order))
		}
		at := n.places[slot]
		number := at.Module()
		m, ok := n.state.Modules[number]
		if !ok {
			n.frames[slot] = []uint32{n.frame(profile.Frame{Addr: at.PC()})}
			continue
		}
		o, ok := n.opened[number]
		if !ok {
			o.file, o.err = openModule(m, n.resolver)
			n.opened[number] = o // without a file it has no names, and the module stands for them
		}
		n.frames[slot] = n.framesAt(at, m, o.file)
	}
	for number, m := range n.modules {
		o := n.opened[number]
		m.Nameless = o.nameless()
		if o.file != nil {
			m.MissingSplit = o.file.MissingSplit()
		}
	}
}

// nameless is why nothing in the file has a name; "" where something may have.
func (o opened) nameless() profile.Nameless {
	switch {
	case errors.Is(o.err, fs.ErrNotExist):
		return profile.Deleted
	case errors.Is(o.err, symbol.ErrChanged):
		return profile.Replaced
	case o.file != nil && o.file.StrippedRust():
		return profile.StrippedRust
	}
	return ""
}

// framesAt returns the frames at a place of module m.
func (n *namer) framesAt(at replay.Place, m replay.Module, file *symbol.Module) []uint32 {
	in := n.module(at.Module(), m)
	var frames []symbol.Frame
	if file != nil {
		frames = file.Frames(at.PC() - m.Bias)
	}
	if len(frames) == 0 {
		return []uint32{n.frame(profile.Frame{Addr: at.PC(), Module: in})}
	}
	indices := make([]uint32, len(frames))
	for i, f := range frames {
		frame := profile.Frame{Addr: at.PC(), Function: f.Function, Module: in, Inlined: f.Inlined, Language: f.Language}
		if f.File != "" && f.Line != 0 {
			frame.File, frame.Line, frame.Column = f.File, f.Line, f.Column
		}
		indices[i] = n.frame(frame)
	}
	return indices
}

// module returns the profile's module for the one that the process has by that number.
func (n *namer) module(number uint16, m replay.Module) *profile.Module {
	made, ok := n.modules[number]
	if !ok {
		made = &profile.Module{
			Path:    m.Path,
			BuildID: hex.EncodeToString([]byte(m.BuildID)),
			Start:   m.Start,
			End:     m.End,
			Bias:    m.Bias,
		}
		n.modules[number] = made
		n.made.Modules = append(n.made.Modules, made)
	}
	return made
}

// frame returns the index of a frame in the table.
func (n *namer) frame(f profile.Frame) uint32 {
	i, ok := n.indices[f]
	if !ok {
		i = uint32(len(n.made.Frames))
		n.indices[f] = i
		n.made.Frames = append(n.made.Frames, f)
	}
	return i
}
