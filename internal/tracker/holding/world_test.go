package holding

import (
	"encoding/binary"
	"errors"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// world is a program's memory that tests lay out: roots below, blocks above them.
type world struct {
	Input
	bytes []byte // from worldStart on
	roots int    // bytes of roots so far
}

const (
	worldStart = 0x5500_0000_0000
	worldRoots = 1 << 12 // bytes for roots
)

// newWorld returns a world without blocks, whose sites are points of their own, of so many types.
func newWorld(types ...string) *world {
	w := &world{bytes: make([]byte, worldRoots)}
	w.Memory = w
	w.Kind, w.Padded, w.Zeroed = profile.PeakSnapshot, true, true
	for i, name := range types {
		w.Types = append(w.Types, Type{Name: name})
		w.Points = append(w.Points, i)
	}
	return w
}

// ReadAt reads memory that the world has.
func (w *world) ReadAt(p []byte, addr uint64) (int, error) {
	if addr < worldStart || addr-worldStart >= uint64(len(w.bytes)) {
		return 0, errors.New("there is nothing")
	}
	n := copy(p, w.bytes[addr-worldStart:])
	if n < len(p) {
		return n, errors.New("it ends")
	}
	return n, nil
}

// block lays a block of a point behind the others, a multiple of 16 bytes from them, and returns its address.
func (w *world) block(point int, size uint64) uint64 {
	addr := uint64(worldStart + len(w.bytes))
	w.bytes = append(w.bytes, make([]byte, (size+1+15)&^15)...)
	w.Blocks = append(w.Blocks, graph.Block{Addr: addr, Size: size, Site: uint32(point)})
	return addr
}

// filled is block with bytes in it.
func (w *world) filled(point int, b []byte) uint64 {
	addr := w.block(point, uint64(len(b)))
	copy(w.bytes[addr-worldStart:], b)
	return addr
}

// put writes words.
func (w *world) put(addr uint64, words ...uint64) {
	for i, word := range words {
		binary.LittleEndian.PutUint64(w.bytes[addr-worldStart+uint64(8*i):], word)
	}
}

// root makes a variable that has words, of an owner of its own, which it returns.
func (w *world) root(name string, words ...uint64) int {
	return w.owner(profile.Owner{Kind: profile.GlobalOwner, Name: name, In: "prog"}, graph.Firm, words...)
}

func (w *world) owner(o profile.Owner, s graph.Stratum, words ...uint64) int {
	start := uint64(worldStart + w.roots)
	w.roots += 8 * len(words)
	w.put(start, words...)
	w.Roots = append(w.Roots, graph.Root{Owner: uint32(len(w.Owners)), Stratum: s, Start: start, End: uint64(worldStart + w.roots)})
	w.Owners = append(w.Owners, o)
	return len(w.Owners) - 1
}

// inspector returns one of the world.
func (w *world) inspector() *inspector {
	k := newKinds(&w.Input)
	index, err := graph.NewIndex(w.Blocks)
	if err != nil {
		panic(err)
	}
	return newInspector(&w.Input, k, newHeaders(&w.Input, k, index))
}

// contents returns the facts of contents alone, of blocks that are read in parts of at most so many bytes.
func (w *world) contents(part uint64) []profile.Contents {
	n := w.inspector()
	n.headers.lookAtRoots(w.Roots, w.Memory)
	for i, b := range w.Blocks {
		at := w.bytes[b.Addr-worldStart:][:b.Size]
		for offset := uint64(0); offset < b.Size; offset += part {
			n.visit(i, offset, at[offset:min(offset+part, b.Size)])
		}
	}
	return n.contents()
}

// make is Make of a world that has no faults.
func (w *world) make() profile.Snapshot {
	s, err := Make(w.Input)
	if err != nil {
		panic(err)
	}
	return s
}
