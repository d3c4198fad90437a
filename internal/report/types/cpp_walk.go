package types

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// cppTypes tells the types of blocks that are allocated through C++'s libraries, or by new.
type cppTypes struct {
	frames  *frames.Table
	profile *profile.Profile
	said    []*block          // by frame, once it is asked for
	byName  map[string]*block // by function
	wrong   []bool            // of each frame: its Created is of another size than the blocks
	calls   map[string]int    // by function without debug information: from how many places it calls the allocator
	nothing block
}

// newCPPTypes looks at the stacks of a profile's points, from the allocator's caller outward.
func newCPPTypes(p *profile.Profile, f *frames.Table, outward func(point int) []uint32) *cppTypes {
	c := &cppTypes{frames: f, profile: p, said: make([]*block, len(p.Frames)), byName: make(map[string]*block), wrong: make([]bool, len(p.Frames)), calls: make(map[string]int)}
	exact := p.Sampling.IsExact() // else sizes are estimates
	const calls, creates = 1, 2
	seen, sizes := make([]uint8, len(p.Frames)), make(map[uint32]uint64)
	for i := range p.Points {
		stack := outward(i)
		if len(stack) == 0 {
			continue
		}
		frame := stack[0]
		if seen[frame] == 0 {
			seen[frame] = calls
			if d := &p.Frames[frame]; exact && d.Created != "" {
				seen[frame] |= creates
				sizes[frame] = d.TypeSize
				if pt := &p.Points[i]; d.TypeSize == 0 && pt.TotalBlocks > 0 && !strings.HasSuffix(d.Created, "[]") {
					sizes[frame] = pt.TotalBytes / pt.TotalBlocks
				}
			}
			if f := f.Frame(frame); f.File == "" {
				c.calls[f.Function]++
			}
		}
		if seen[frame]&creates != 0 && !fits(&p.Points[i], p.Frames[frame].Created, sizes[frame]) {
			c.wrong[frame] = true
		}
	}
	return c
}

// isReliable reports whether what a frame says that calls the allocator holds. Without debug
// information the frame stands for all that is inlined into it too, as the constructor of an element of a
// vector, which may allocate for itself.
func (c *cppTypes) isReliable(i uint32, b *block) bool {
	f := c.frames.Frame(i)
	switch {
	case f.File != "", b.contents == "" && b.family != "unique_ptr" && b.family != "any", sizeOf(b.contents) != 0:
		return true
	case b.family == "vector" || b.family == "deque":
		// These leave it to other functions to get memory for the elements.
		path := names.CPPPath(f.Function)
		if adding[path[len(path)-1].Name] {
			return false
		}
	}
	return c.calls[f.Function] == 1
}

// adding are methods of vectors and deques that others call to make room.
var adding = map[string]bool{
	"push_back": true, "emplace_back": true, "push_front": true, "emplace_front": true, "emplace": true, "insert": true, "resize": true, "assign": true, "operator=": true,
}

// fits reports whether a point's blocks may be of the type that a frame has Created: they have its
// size. Where debug information does not tell that, the size is that of the first blocks, and others show that it is no
// object that was made alone, but elements of a vector that is copied, say.
func fits(p *profile.Point, created string, size uint64) bool {
	if strings.HasSuffix(created, "[]") { // perhaps with their number in front
		return size == 0 || p.TotalBytes%size == 0 || (p.TotalBytes-p.TotalBlocks*word)%size == 0
	}
	return p.TotalBytes == p.TotalBlocks*size
}

// block returns what a frame says.
func (c *cppTypes) block(i uint32) *block {
	if c.said[i] == nil {
		c.said[i] = c.find(i)
	}
	return c.said[i]
}

func (c *cppTypes) find(i uint32) *block {
	f := c.frames.Frame(i)
	if !mayBeCPP(f.Function) {
		return &c.nothing
	}
	b, ok := c.byName[f.Function]
	if !ok {
		said := blockOf(f.Function)
		b = &said
		c.byName[f.Function] = b
	}
	return b
}

// mayBeCPP reports whether a function has scopes or arguments, and is none of Rust's.
func mayBeCPP(function string) bool {
	return strings.Contains(function, "::") && !strings.HasPrefix(function, "<") && !strings.HasPrefix(function, "core::") && !strings.HasPrefix(function, "alloc::")
}

// typeOf returns the type of the blocks of a stack (indices of frames from the allocator's
// caller outward), "" where it is not known, and the size in bytes of one of its elements; 0 if that is not known.
//
// The innermost container is whose block it is: a vector that grows within a map's
// operator[] is no map. Frames further out only say more of the same container, as
// std::multimap does of the tree in it.
func (c *cppTypes) typeOf(stack []uint32) (name string, size uint64) {
	if len(stack) > 0 {
		if r := c.frames.Frame(stack[0]).Runtime; r != nil && r.Place == "libstdc++" {
			return "libstdc++ emergency pool", 0 // what exceptions are thrown from where malloc has nothing left
		}
	}
	var found block
	for n, i := range stack {
		b := c.block(i)
		switch {
		case b.passes:
			continue
		case b.isZero() && found.isZero():
			if c.isAllocator(stack[n:]) {
				continue
			}
			return c.created(i)
		case b.isZero():
			if found.element || !c.frames.Frame(i).Plumbing {
				return found.String(), found.size()
			}
		case found.isZero():
			if n == 0 && !c.isReliable(i, b) {
				return c.created(i)
			}
			found = *b
		case !found.isPartOf(b):
			return found.String(), found.size()
		default:
			found.take(b)
		}
	}
	return found.String(), found.size()
}

// isAllocator reports whether a stack begins with a function of the program's own that a
// container calls for memory.
func (c *cppTypes) isAllocator(stack []uint32) bool {
	if len(stack) < 2 || c.block(stack[1]).isZero() {
		return false
	}
	path := names.CPPPath(c.frames.Frame(stack[0]).Function)
	return len(path) > 1 && path[len(path)-1].Name == "allocate" && len(path[len(path)-2].Arguments) > 0
}

// created returns the type of the object that a frame's call of new is for, "" where it is
// not known, and the size of one in bytes.
func (c *cppTypes) created(i uint32) (name string, size uint64) {
	d := &c.profile.Frames[i]
	if d.Created == "" || c.wrong[i] {
		return "", 0
	}
	created := names.Printable(d.Created)
	if b := blockOfType(created); !b.isZero() {
		return b.String(), 0
	}
	return names.ShortCPP(created), d.TypeSize
}

// size returns the size in bytes of the elements that the blocks are full of, 0 where they are
// not, or it is not known.
func (b *block) size() uint64 {
	if b.part == "" && (b.element || filled[b.family]) {
		return sizeOf(b.contents)
	}
	return 0
}

// filled are the families whose blocks are full of what they hold.
var filled = map[string]bool{"vector": true, "deque": true, "valarray": true}

// sizeOf returns the size in bytes of a type of C++ that has the same one in all programs; 0
// of any other.
func sizeOf(name string) uint64 {
	if strings.HasSuffix(name, "*") {
		return word
	}
	return cppSizes[strings.TrimSuffix(name, " const")]
}

var cppSizes = map[string]uint64{
	"bool": 1, "char": 1, "signed char": 1, "unsigned char": 1, "char8_t": 1, "short": 2, "unsigned short": 2, "char16_t": 2,
	"int": 4, "unsigned int": 4, "float": 4, "wchar_t": 4, "char32_t": 4, "long": 8, "unsigned long": 8, "long long": 8, "unsigned long long": 8, "double": 8,
	"__int128": 16, "unsigned __int128": 16, "long double": 16,
}

// isPartOf reports whether a block that was found further in may be one of those that a
// container has.
func (b *block) isPartOf(outer *block) bool {
	switch {
	case b.element: // as an allocator says it
		return outer.contents == "" || outer.contents == b.contents || outer.contents+"*" == b.contents
	case b.family != outer.family:
		return false
	}
	return b.contents == "" || outer.contents == "" || b.contents == outer.contents
}

// take adds what the frame further out says of the same container.
func (b *block) take(outer *block) {
	part := b.part
	if b.element || part == "" {
		part = outer.part
	}
	if outer.element || outer.contents == "" && b.contents != "" { // it says no more
		return
	}
	*b = *outer
	b.part = part
}
