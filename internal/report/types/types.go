package types

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// Type is what a block is of. The zero Type stands for what is not known.
type Type struct {
	Name    string // as it is shown: "Vec<Event>"; no two types of a profile have the same
	Full    string // with all paths: "alloc::vec::Vec<app::Event>"
	Element uint64 // bytes of one of the elements that the blocks are full of, as a Vec's and a Box's are; 0 where that is not known
}

// Table holds the types of one profile.
type Table struct {
	frames *frames.Table
	clues  []clue // of each frame
	known  []*candidate
	byName map[string]int32  // index into known, by kind and full name
	points []int32           // index into known of each point's type; 0 where there is none
	failed []int32           // the same of what each refusal of the recording would have been, and what crossed its limit
	drops  []int32           // the same of what each frame drops
	values map[int32]value   // those of known that are dropped
	naming map[string]string // what to call each type, by its full name
	joined map[pair]int32
	sizes  sizes
	cpp    *cppTypes
	libc   *libcTypes
	elided map[string]string // types by the shorter names that they have
}

// New finds the types of all points of a profile, whose frames are classified in f.
func New(p *profile.Profile, f *frames.Table) *Table {
	var buffer []uint32
	outward := func(point int) []uint32 { // of the allocator; valid until the next call
		stack := p.Points[point].Stack.Into(&buffer)
		return stack[f.PastAllocator(stack):]
	}
	t := &Table{
		frames: f, clues: make([]clue, len(p.Frames)), drops: make([]int32, len(p.Frames)), points: make([]int32, len(p.Points)),
		known: []*candidate{nil}, byName: map[string]int32{}, joined: map[pair]int32{}, sizes: newSizes(p), values: map[int32]value{},
		cpp: newCPPTypes(p, f, outward), libc: newLibcTypes(p, f), elided: map[string]string{},
	}
	c := newReader(t)
	for i := range p.Frames {
		t.clues[i], t.drops[i] = c.frame(&p.Frames[i]), c.dropped(&p.Frames[i])
	}
	if p.Measure().IsOfCalls() {
		t.nameAll(nil)
		return t // there are no blocks
	}
	for i := range p.Points {
		t.points[i] = t.find(outward(i))
	}
	t.findFailed(p.Recording)
	t.findClasses(p)
	t.nameAll(t.allDropped(p))
	return t
}

// Of returns the type of the blocks of a point, an index into the profile's points.
func (t *Table) Of(point int) Type { return t.shown(t.points[point]) }

// role is what a frame means for the type of a block that is allocated below it.
type role uint8

const (
	own       role = iota // the walk ends: the program's own code, or a library that is no container
	through               // it says nothing, and only hands on what its caller wanted
	callback              // it calls code of its caller's: what is allocated within belongs to that code
	container             // it allocates for a container of a type that may be known
)

// clue is what a frame says.
type clue struct {
	role role
	// is is the type that a container's frame tells, an index into Table.known.
	is int32
	// alone is set where the function is code of its own, no inlined call, and allocates for nothing
	// but its container, whatever that holds. Compilers make one function of several that are
	// the same code: it may be of another type than its caller's.
	alone bool
}

// find walks a stack outward from the allocator's caller, through the libraries that allocate for
// their callers, and returns the outermost container that the block is memory of, as an
// index into known, or 0.
func (t *Table) find(stack []uint32) int32 {
	if name := t.libc.typeOf(stack); name != "" {
		return t.internName(name, 0)
	}
	if name, size := t.cpp.typeOf(stack); name != "" {
		return t.internName(name, size)
	}
	var is int32
	alone := false
	for _, f := range stack {
		c := t.clues[f]
		switch c.role {
		case own:
			return is
		case callback:
			if is != 0 {
				return is
			}
		case container:
			outer := t.join(is, c.is, alone)
			if outer == 0 {
				return is
			}
			is = outer
		}
		alone = c.alone
	}
	return is
}

// intern returns the index of a candidate in known.
func (t *Table) intern(c *candidate) int32 {
	key := c.full
	if c.kind != nil {
		key = c.kind.name + " " + key // a table that is called a map, say
	}
	if i, ok := t.byName[key]; ok {
		return i
	}
	i := int32(len(t.known))
	t.known = append(t.known, c)
	t.byName[key] = i
	return i
}

func (t *Table) shown(i int32) Type {
	if i == 0 {
		return Type{}
	}
	c := t.known[i]
	name, ok := t.naming[c.full]
	if !ok {
		name = c.is.Short(nameWidth)
	}
	is := Type{Name: name, Full: c.full, Element: c.size}
	if c.kind != nil && c.kind.filled {
		is.Element = t.sizes.of(c.one)
	}
	return is
}
