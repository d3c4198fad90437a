//go:build linux && (amd64 || arm64)

package naming

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// Options are how addresses get their names.
type Options struct {
	Resolver *symbol.Resolver
	Library  string              // path of the tracker library, whose frames are not the program's
	Progress func(done, all int) // called now and then while addresses get their names; nil: nobody asks
	Made     *Made               // knows of code that was made at run time; nil: such code has no names

	// Soon says that somebody waits for names while the program runs: then Early gives way to nobody, as what it is about
	// others wait for.
	Soon bool
}

// Names makes the frames of call stacks. Want tells it of every stack, and then Resolve
// looks up each address once, module by module.
type Names struct {
	Frames  []profile.Frame   // the frame table; the first is profile.Root
	Modules []*profile.Module // that the frames are in

	options Options
	state   *replay.Snapshot
	own     int // the tracker library's module; -1: none

	stacks []replay.StackID        // the wanted stacks
	places []replay.Place          // the places in them, each once; the first stands for none
	slots  map[replay.Place]uint32 // the indices of places
	nodes  []uint32                // the index in places of the innermost frame, by replay.StackID; 0: in no wanted stack
	frames [][]uint32              // the frames at each place, innermost first, as indices in Frames

	doubted map[uint32]bool            // the indices of places where the code of several functions was in turn
	entries map[replay.Place]bool      // the places that are the entries of functions: see WantEntered
	indices map[profile.Frame]uint32   // the indices of Frames
	modules map[uint16]*profile.Module // by the image's numbers
	opened  map[uint16]opened
	python  pythonSources
}

// opened is the file of a module, or why it cannot be read.
type opened struct {
	file *symbol.Module
	err  error
}

// rootNames are the markers for the roots of stacks that are not whole.
var rootNames = [replay.RootCount]string{
	replay.RootTruncated:   "[truncated]",
	replay.RootNoCFI:       "[no unwind information]",
	replay.RootUnsupported: "[unknown unwind information]",
	replay.RootOutOfStack:  "[stack ends]",
	replay.RootFull:        "[call tree full]",
}

// unknownStack is the marker for a stack that has no frame at all.
const unknownStack = "[unknown]"

// New returns the Names for the stacks of a snapshot, none of which is wanted yet.
func New(state *replay.Snapshot, o Options) *Names {
	n := &Names{
		Frames:  []profile.Frame{profile.Root},
		options: o,
		state:   state,
		own:     -1,
		places:  make([]replay.Place, 1),
		slots:   make(map[replay.Place]uint32),
		nodes:   make([]uint32, state.Stacks.Len()),
		doubted: make(map[uint32]bool),
		entries: make(map[replay.Place]bool),
		indices: make(map[profile.Frame]uint32),
		modules: make(map[uint16]*profile.Module),
		opened:  make(map[uint16]opened),
	}
	n.findOwn()
	return n
}

// Follow takes a later snapshot of the same image in the place of the one that there was. No stack of it is wanted yet; the
// places that have been resolved keep their frames, and Frames and Modules go on.
func (n *Names) Follow(state *replay.Snapshot) {
	n.state, n.stacks = state, nil
	n.nodes = append(n.nodes, make([]uint32, max(state.Stacks.Len(), len(n.nodes))-len(n.nodes))...)
	n.findOwn()
}

// findOwn finds the tracker library among the modules.
func (n *Names) findOwn() {
	for number, m := range n.state.Modules {
		if m.Path == n.options.Library {
			n.own = int(number)
		}
	}
}

// Want adds a stack to those that Resolve returns.
func (n *Names) Want(id replay.StackID) {
	n.stacks = append(n.stacks, id)
	s := n.state.Stacks
	// Stacks share their outer parts, which are gone through once.
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

// WantEntered is Want for a stack whose innermost frame is at the entry of a function. Where the
// function begins with another one that is inlined, that has not been called.
func (n *Names) WantEntered(id replay.StackID) {
	n.Want(id)
	if !id.IsRoot() {
		n.entries[n.state.Stacks.Place(id)] = true
	}
}

// Renamed returns a stack with another name of its innermost function: not each has a symbol, and what is called by
// one name may have several. It may be called after Resolve.
func (n *Names) Renamed(stack []uint32, name string) []uint32 {
	if len(stack) == 0 {
		return stack
	}
	inner := n.Frames[stack[0]]
	if inner.IsMarker() {
		return stack
	}
	f := profile.Frame{Addr: inner.Addr, Function: name, Module: inner.Module, Language: profile.C}
	return append([]uint32{n.frame(f)}, stack[1:]...)
}

// Stack is a call stack whose frames have names.
type Stack struct {
	Frames []uint32       // indices in the frame table, innermost first
	Root   replay.StackID // how it ends
}

// Resolve looks up the addresses in all wanted stacks, and returns these in the order in
// which they were wanted.
func (n *Names) Resolve() []Stack {
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
	named := make([]Stack, len(n.stacks))
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
			all = append(all, n.Marker(rootNames[at]))
		}
		if len(all) == start {
			all = append(all, n.Marker(unknownStack))
		}
		named[i] = Stack{all[start:len(all):len(all)], replay.StackID(roots[id])}
	}
	return named
}

// IsDoubted reports whether a wanted stack, which was resolved, leads through an address at which the code of several functions was in
// turn, so that it may have been another's than its frame says.
func (n *Names) IsDoubted(id replay.StackID) bool {
	if len(n.doubted) == 0 {
		return false
	}
	for ; !id.IsRoot(); id = n.state.Stacks.Caller(id) {
		if n.doubted[n.nodes[id]] {
			return true
		}
	}
	return false
}

// name makes the frames of the places.
func (n *Names) name() {
	named := max(len(n.frames), 1)
	n.frames = append(n.frames, make([][]uint32, len(n.places)-len(n.frames))...)
	// In the order of modules and addresses: neighbours share debug information,
	// and the same events give the same file.
	order := make([]uint32, 0, len(n.places))
	for slot := named; slot < len(n.places); slot++ {
		if int(n.places[slot].Module()) != n.own {
			order = append(order, uint32(slot))
		}
	}
	made := n.made(order)
	slices.SortFunc(order, func(a, b uint32) int {
		return n.places[a].Compare(n.places[b])
	})
	n.lookUp(order)
	python := slices.ContainsFunc(n.places, func(at replay.Place) bool { return at.Module() == wire.Python })
	for _, slot := range order {
		at := n.places[slot]
		if at.Module() == wire.Python {
			n.frames[slot] = []uint32{n.frame(n.pythonFrame(at))}
			continue
		}
		m, ok := n.state.Modules[at.Module()]
		if !ok {
			f := profile.Frame{Addr: at.PC()}
			if found, ok := made[at.PC()]; ok {
				f = madeFrame(at.PC(), &found)
				if found.Others {
					n.doubted[slot] = true
				}
			}
			if python && f.Language == profile.Python {
				continue // a trampoline (python3 -X perf): the function has a frame of its own, with its line
			}
			n.frames[slot] = []uint32{n.frame(f)}
			continue
		}
		n.frames[slot] = n.framesAt(at, m, n.opened[at.Module()].file)
		if all := n.frames[slot]; n.entries[at] {
			n.frames[slot] = all[len(all)-1:]
		}
	}
	for number, m := range n.modules {
		o := n.opened[number]
		m.Nameless = o.nameless()
		if o.file != nil {
			m.MissingSplit = o.file.MissingSplit()
		}
	}
}

// lookUp opens the modules of places, which come in the order of modules, and has their
// files look up the addresses, on all processors. The files keep the answers.
func (n *Names) lookUp(order []uint32) {
	var all []symbol.Wanted
	for len(order) > 0 {
		number := n.places[order[0]].Module()
		end := slices.IndexFunc(order, func(slot uint32) bool { return n.places[slot].Module() != number })
		if end < 0 {
			end = len(order)
		}
		of := order[:end]
		order = order[end:]
		m, ok := n.state.Modules[number]
		if !ok {
			continue
		}
		o, known := n.opened[number]
		if !known {
			o.file, o.err = OpenModule(m, n.options.Resolver)
			n.opened[number] = o
		}
		if o.file == nil {
			continue // it has no names, and the module stands for them
		}
		w := symbol.Wanted{Module: o.file, Addresses: make([]uint64, len(of))}
		for i, slot := range of {
			w.Addresses[i] = n.places[slot].PC() - m.Bias
		}
		all = append(all, w)
	}
	symbol.LookUp(all, n.options.Progress)
}

// nameless returns why no function in the file has a name; "" if some may have.
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

// framesAt returns the frames at a place in the module m, whose file may be nil, as indices
// in the frame table.
func (n *Names) framesAt(at replay.Place, m replay.Module, file *symbol.Module) []uint32 {
	in := n.module(at.Module(), m)
	var frames []symbol.Frame
	if file != nil {
		frames = file.Frames(at.PC() - m.Bias)
	}
	if len(frames) == 0 {
		return []uint32{n.frame(profile.Frame{Addr: at.PC(), Module: in})}
	}
	indices := make([]uint32, len(frames))
	for i := range frames {
		indices[i] = n.frame(frames[i].At(at.PC(), in))
	}
	return indices
}

// Called returns the function that the innermost call of a stack, which was resolved, calls
// by its address; ok is false where the code does not tell. If the stack was recorded in another
// function than that, this one has jumped there, and is missing in the stack. index has it
// made a frame of the table.
func (n *Names) Called(id replay.StackID) (f symbol.Frame, index func() uint32, ok bool) {
	if id.IsRoot() {
		return symbol.Frame{}, nil, false
	}
	at := n.state.Stacks.Place(id)
	m, file := n.state.Modules[at.Module()], n.opened[at.Module()].file
	if file == nil {
		return symbol.Frame{}, nil, false
	}
	f, entry, ok := file.Callee(at.PC() - m.Bias)
	return f, func() uint32 { return n.frame(f.At(entry+m.Bias, n.module(at.Module(), m))) }, ok
}

// module returns the profile's module for the module m, which the image has under the
// number.
func (n *Names) module(number uint16, m replay.Module) *profile.Module {
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
		n.Modules = append(n.Modules, made)
	}
	return made
}

// Marker returns the index in the frame table of the marker with the given text.
func (n *Names) Marker(text string) uint32 { return n.frame(profile.Marker(text)) }

// frame returns the index in the frame table of a frame, which may be new.
func (n *Names) frame(f profile.Frame) uint32 {
	i, ok := n.indices[f]
	if !ok {
		i = uint32(len(n.Frames))
		n.indices[f] = i
		n.Frames = append(n.Frames, f)
	}
	return i
}
