package types

import (
	"strings"

	"heapprof/internal/report/names"
)

// candidate is a type that a frame tells of.
type candidate struct {
	kind *kind // nil for what is no container that the tables know
	is   names.Type
	full string // is, with all paths
	// element is what its memory consists of: one T of a Vec, the pair of a map, an array's or slice's
	// element; zero where it is not known. content is its full name.
	element names.Type
	content string
	// one is the T of what holds Ts: the element, but of a Box of an array that array. size is
	// how many bytes it has, where that is known without it.
	one  names.Type
	size uint64
}

// unsized reports whether the candidate is a pointer to a slice or a str.
func (c *candidate) unsized() bool {
	args := c.is.Last().Args
	return len(args) == 1 && (args[0].Shape == names.Slice || args[0].Head() == "str")
}

// u8 is the element of strings.
var u8 = names.NewType("u8")

// newCandidate makes a container of that kind with its arguments. Those that are missing or no
// more than a parameter are not known.
func (k *kind) newCandidate(args []names.Type) *candidate {
	if k.bytes {
		return k.with(nil, u8)
	}
	known := make([]names.Type, 0, k.params)
	for _, a := range args {
		if len(known) == k.params {
			break
		}
		if a.IsParameter() {
			break
		}
		known = append(known, a)
	}
	if len(known) < k.params {
		return k.with([]names.Type{names.Elided}, names.Type{})
	}
	if k.params == 2 {
		return k.with(known, names.Type{Shape: names.Tuple, Args: known})
	}
	return k.with(known, k.elementOf(known[0]))
}

// elementOf is what blocks of the kind hold several of where its argument is t.
func (k *kind) elementOf(t names.Type) names.Type {
	switch {
	case !k.spread:
	case t.Shape == names.Slice || t.Shape == names.Array:
		return t.Args[0]
	case t.Head() == "str":
		return u8
	}
	return t
}

func (k *kind) with(args []names.Type, element names.Type) *candidate {
	c := &candidate{kind: k, is: names.NewType(k.name, args...), element: element, one: element}
	if len(args) == 1 && args[0].Shape == names.Array && (k.name == box || k.name == rc || k.name == arc) {
		c.one = args[0]
	}
	c.is = displayed(c.is)
	c.full = c.is.String()
	if !element.IsZero() {
		c.content = element.String()
	}
	return c
}

// displayed is what a type that is a matter of the library's inside is called outside.
func displayed(t names.Type) names.Type {
	args := t.Last().Args
	switch head := t.Head(); {
	case head == literal:
		return names.NewType(vec, args...)
	case head == rawTable && len(args) == 1 && args[0].Shape == names.Tuple && len(args[0].Args) == 2:
		return displayed(names.NewType(hashMap, args[0].Args...))
	case head == hashMap && len(args) == 2 && args[1].Shape == names.Tuple && len(args[1].Args) == 0:
		return names.NewType(hashSet, args[0])
	case head == btreeMap && len(args) == 2 && args[1].Head() == btreeZST:
		return names.NewType(btreeSet, args[0])
	}
	return t
}

// pair is two candidates of adjacent frames, indices into Table.known, and whether the inner is alone.
type pair struct {
	inner, outer int32
	alone        bool
}

// join returns what a block is of that the frames further inward say to be one type, and
// the next one outward another, or 0 where it is memory of the inner one only. alone is as in a
// clue, of the frame that is next inward.
func (t *Table) join(inner, outer int32, alone bool) int32 {
	if inner == 0 || inner == outer {
		return outer
	}
	p := pair{inner, outer, alone}
	is, ok := t.joined[p]
	if !ok {
		if c := joinCandidates(t.known[inner], t.known[outer], alone); c != nil {
			is = t.intern(c)
		}
		t.joined[p] = is
	}
	return is
}

// joinCandidates joins a, which is further inward, and b; nil where b has its own memory elsewhere.
func joinCandidates(a, b *candidate, alone bool) *candidate {
	if a.kind != nil && b.kind != nil && a.kind.name == box && a.content == "" && b.kind.hasNodes() {
		return b // an ArcInner is made by Box::new, whose T is not told where other tools have no names for inlined functions
	}
	if a.kind == nil || b.kind == nil || a.kind != b.kind && !b.kind.isBuiltOf(a) {
		return nil
	}
	switch {
	case b.kind.hasPart(a.element):
		return b
	case b.content == "":
		return b.kind.around(a)
	case a.content != "" && !b.holds(a) && !alone:
		return nil
	case a.unsized() && a.kind == b.kind && !b.unsized():
		return a // the rest of an unsized type's functions know its elements only
	case b.kind.name == box && !b.unsized() && a.kind.name != literal && a.kind != b.kind:
		return b.kind.newCandidate([]names.Type{{Shape: names.Slice, Args: []names.Type{b.element}}})
	}
	return b
}

// holds reports whether what a holds is what b holds: for a set, the key of a map whose values are
// empty.
func (b *candidate) holds(a *candidate) bool {
	return a.content == b.content || b.kind.params == 1 && a.element.Shape == names.Tuple && len(a.element.Args) == 2 && a.element.Args[0].String() == b.content
}

// hasNodes reports whether what the container holds is in nodes that are made as a Box.
func (k *kind) hasNodes() bool {
	for _, name := range rustNodes {
		if name == k.name {
			return true
		}
	}
	return false
}

// isBuiltOf reports whether blocks of another kind become blocks of k.
func (k *kind) isBuiltOf(c *candidate) bool {
	if k.name == vec && c.kind.name == box {
		// Vec::from([a, b]) takes over the Box of an array.
		args := c.is.Last().Args
		return len(args) == 1 && args[0].Shape == names.Array
	}
	for _, h := range k.holds {
		if h == c.kind.name {
			return true
		}
	}
	return false
}

// hasPart reports whether the container has blocks of that type besides those of its
// arguments.
func (k *kind) hasPart(t names.Type) bool {
	head := t.Head()
	for _, p := range k.parts {
		if head == p || strings.HasSuffix(p, "::") && strings.HasPrefix(head, p) {
			return true
		}
	}
	return false
}

// around makes a container of that kind of which only its memory is known.
func (k *kind) around(a *candidate) *candidate {
	element := a.element
	switch {
	case a.kind == k:
		return a
	case element.IsZero():
		return k.newCandidate(nil)
	case k.params == 2 && element.Shape == names.Tuple && len(element.Args) == 2:
		return k.newCandidate(element.Args)
	case k.params == 1 && k.name == box:
		return k.newCandidate([]names.Type{{Shape: names.Slice, Args: []names.Type{element}}})
	case k.params == 1 && k.name == hashSet && element.Shape == names.Tuple && len(element.Args) == 2:
		return k.newCandidate(element.Args[:1])
	case k.params == 1:
		return k.newCandidate([]names.Type{element})
	}
	return k.newCandidate(nil)
}
