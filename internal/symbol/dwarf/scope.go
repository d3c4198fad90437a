package dwarf

import (
	"bytes"
	"iter"
	"slices"
	"sort"
	"strings"
)

// scope is a namespace, class or function around other entries of its unit.
type scope struct {
	off, end uint64 // of its entry in the section, and one past the last entry within it
	parent   int32  // index of the scope around it, -1 for none
	tag      tag
}

// scopes are all of a unit, in the order of their offsets.
type scopes []scope

// maxScopes bounds how many scopes are named around one function, as damage could nest as
// many as there are bytes. Compilers were seen to nest 20.
const maxScopes = 100

// isScope reports whether the names of functions within an entry begin with the entry's own.
func isScope(t tag) bool {
	switch t {
	case tagNamespace, tagClassType, tagStructureType, tagUnionType, tagInterfaceType, tagEnumerationType, tagModule, tagSubprogram:
		return true
	}
	return false
}

// readScopes walks the unit. Entries do not know what they are in, so it is done once for
// all: a unit of a large program has thousands of functions whose names need it.
func (u *unit) readScopes() scopes {
	const none = -1
	type level struct {
		around int32 // the innermost scope around the entries of this level
		own    bool  // that scope ends with this level
	}
	found := make(scopes, 0, 64) // not nil: it was read
	var levels []level
	c := u.at(u.first)
	for c.more() {
		off := uint64(c.off)
		a := u.entry(&c)
		if a == nil {
			if len(levels) == 0 {
				break
			}
			if last := levels[len(levels)-1]; last.own {
				found[last.around].end = uint64(c.off)
			}
			levels = levels[:len(levels)-1]
			continue
		}
		if len(levels) > 0 && a.hasSibling && !mayHoldFunctions(a.tag) {
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		}
		u.skipEntry(&c, a)
		if !a.hasChildren {
			continue
		}
		inner := level{around: none}
		if len(levels) > 0 {
			inner.around = levels[len(levels)-1].around
		}
		if isScope(a.tag) {
			found = append(found, scope{off: off, end: u.end, parent: inner.around, tag: a.tag})
			inner = level{around: int32(len(found) - 1), own: true}
		}
		levels = append(levels, inner)
	}
	return found
}

// around returns the index of the innermost scope around the entry at off, -1 if there is
// none.
func (s scopes) around(off uint64) int32 {
	// Of the scopes that begin before the entry, the last is the innermost, or ended before it
	// within what is around both.
	i := int32(sort.Search(len(s), func(i int) bool { return s[i].off >= off })) - 1
	for i >= 0 && s[i].end <= off {
		i = s[i].parent
	}
	return i
}

// scope returns the namespaces, classes and functions around the entry at off,
// each followed by the separator.
func (u *unit) scope(off uint64, separator string) string {
	var names [][]byte // innermost first
	for s := range u.around(off) {
		names = append(names, u.ownName(s.off, s.tag))
	}
	return joinScopes(names, separator, nil)
}

// around yields the scopes around the entry at off, the innermost first.
func (u *unit) around(off uint64) iter.Seq[scope] {
	if u.scopes == nil {
		u.scopes = u.readScopes()
	}
	return func(yield func(scope) bool) {
		for i, n := u.scopes.around(off), 0; i >= 0 && n < maxScopes; i, n = u.scopes[i].parent, n+1 {
			if !yield(u.scopes[i]) {
				return
			}
		}
	}
}

// joinScopes returns names, the innermost first, as they stand before the name of what is
// within, and that.
func joinScopes(names [][]byte, separator string, own []byte) string {
	length := len(own)
	for _, name := range names {
		length += len(name) + len(separator)
	}
	var b strings.Builder
	b.Grow(length)
	for _, name := range slices.Backward(names) {
		b.Write(name)
		b.WriteString(separator)
	}
	b.Write(own)
	return b.String()
}

// rustPath returns what Rust calls the function whose entry, with the name own, is at off in
// the unit: after the modules, types and functions around it. A generic function's name has
// the arguments of the type around it, too, which are left out before it: whether they are
// there hangs on how much debug information there is.
func (u *unit) rustPath(own []byte, off uint64) string {
	generic := isGeneric(own)
	var room [16][]byte
	names := room[:0] // innermost first
	for s := range u.around(off) {
		name := u.ownName(s.off, s.tag)
		if generic && s.tag != tagNamespace {
			name, _, _ = bytes.Cut(name, []byte("<"))
		}
		names = append(names, name)
	}
	return joinScopes(names, namingEncoded.separator(), own)
}
