package dwarf

import (
	"bytes"
	"strings"
)

// name is the name of a function, and how much it tells.
type name struct {
	text     string
	mangled  bool   // it is the linker's, not the source's
	whole    bool   // it tells the function from others of that name, without the linker's
	bare     bool   // source lacks what is around the function
	source   string // what the source calls a function of Rust, within what is around it; empty where unknown
	argument uint64 // size in bytes of the first type argument in source; 0 where unknown
}

// maxOrigins bounds the way from an inlined call over its abstract origin to
// the declaration, which damage could close to a ring. Compilers make at most
// three or four steps.
const maxOrigins = 16

// nameOf returns the name of the function whose entry is at off. It is the linker's name if
// the entry or one of its origins has one that tells more than the source's; a linker's
// name that tells less is that of an assembler label, such as __GI_putwc in glibc. Else it
// is the source's name, within its namespaces, modules and types in the languages that have
// such.
func (u *unit) nameOf(off uint64) name {
	if n, ok := u.names[off]; ok {
		return n
	}
	if u.names == nil {
		u.names = make(map[uint64]name)
	}
	n := u.findName(off)
	u.names[off] = n
	return n
}

// entryName is what an entry of a function says of its name.
type entryName struct {
	source, linkage []byte // nil where the entry, or what it refers to, has none
	origin          value  // refers to the entry that says more
	within          cursor // at the first entry within
	hasChildren     bool
}

// readName reads the entry at off, and reports whether there is one.
func (u *unit) readName(off uint64) (entryName, bool) {
	c := u.at(off)
	a := u.entry(&c)
	if a == nil {
		return entryName{}, false
	}
	var e entryName
	var source, linkage value
	u.eachAttr(&c, a, func(attr attr, v value) {
		switch attr {
		case attrName:
			source = v
		case attrLinkageName, attrMIPSLinkageName:
			linkage = v
		case attrAbstractOrigin, attrSpecification:
			e.origin = v
		}
	})
	e.source, e.linkage = u.string(source), u.string(linkage)
	e.within, e.hasChildren = c, a.hasChildren
	return e, true
}

// named is an entry that has a name in the source.
type named struct {
	unit *unit
	off  uint64
	text []byte // nil where no entry has one
}

// findName looks up the name that nameOf returns and keeps.
func (u *unit) findName(off uint64) name {
	var source named
	var encoded, path []byte
	var argument uint64
	rust := u.language == languageRust
	first := off // the first entry with a name, if it is in this unit
	for at, i := u, 0; at != nil && i < maxOrigins; i++ {
		if at == u && encoded == nil && source.text == nil {
			if n, ok := u.names[off]; ok { // found for another call of the same function
				return n
			}
			first = off
		}
		e, ok := at.readName(off)
		if !ok {
			break
		}
		if encoded == nil && isEncoded(e.linkage) {
			encoded = e.linkage
		}
		if source.text == nil && len(e.source) > 0 {
			source = named{at, off, e.source}
			if isPathTo(e.linkage, e.source) {
				path = e.linkage
			}
		}
		if argument == 0 && e.hasChildren && rust && isGeneric(source.text) {
			argument = at.argumentSize(e.within)
		}
		if encoded != nil && (source.text != nil || !rust) {
			break
		}
		at, off = at.follow(e.origin)
	}
	var n name
	switch {
	case encoded != nil:
		n = name{text: string(encoded), mangled: true}
	case path != nil:
		n = name{text: string(path), whole: true}
	case source.text != nil:
		n = u.qualified(string(source.text), source.unit, source.off)
	}
	if rust && source.text != nil {
		n.argument = argument
		n.source = source.unit.rustPath(source.text, source.off)
		n.bare = len(n.source) == len(source.text)
	}
	u.names[first] = n
	return n
}

// isGeneric reports whether a function's name in Rust's debug information ends in the
// arguments of a generic one.
func isGeneric(source []byte) bool { return bytes.HasSuffix(source, []byte(">")) }

// qualified returns the name that the source gives to a function of u, prefixed with the
// scopes around its entry, which is at off in the unit at.
func (u *unit) qualified(text string, at *unit, off uint64) name {
	naming := namingOf(u.language)
	switch naming {
	case namingBare:
		return name{text: text}
	case namingAda:
		return adaName(text)
	}
	separator := naming.separator()
	scope := at.scope(off, separator)
	if text == "operator()" { // in a class without a name: a lambda
		if around, ok := strings.CutSuffix(scope, namelessClass+separator); ok {
			scope = around + "{lambda}" + separator
		}
	}
	return name{text: scope + text, whole: scope != "" && naming != namingEncoded}
}

// adaName returns what GNAT writes of a function, its packages in lower case
// with two underscores after each (exp_dbug.ads in its sources), with the dots
// of the source. The number at the end of an overloaded one stays.
func adaName(text string) name {
	parts := strings.Split(strings.TrimPrefix(text, "_ada_"), "__")
	var b strings.Builder
	for i, p := range parts {
		switch {
		case i == 0:
		case p == "" || p[0] < 'A' || p[0] == '_':
			b.WriteString("__")
		default:
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return name{text: b.String(), whole: len(parts) > 1}
}

// isPathTo reports whether a linker's name is the source's after its modules and
// types, as Zig's is: app.Texture.create, with a number behind where it is one
// of several instances.
func isPathTo(linkage, source []byte) bool {
	i := bytes.LastIndexByte(linkage, '.')
	return i > 0 && len(source) > 0 && bytes.HasPrefix(linkage[i+1:], source)
}

// isEncoded reports whether a linker's name encodes namespaces and types, as those
// of C++ and Rust do.
func isEncoded(s []byte) bool {
	return bytes.HasPrefix(s, []byte("_Z")) || bytes.HasPrefix(s, []byte("_R"))
}

// follow returns the unit and the offset of the entry that v refers to; the unit is nil if
// v refers to none.
func (u *unit) follow(v value) (*unit, uint64) {
	switch {
	case v.class == classRef && v.num >= u.first && v.num < u.end:
		return u, v.num
	case v.class == classRef:
		return u.file.unitAround(v.num), v.num
	case v.class == classRefAlt && u.file.alt != nil:
		return u.file.alt.unitAround(v.num), v.num
	}
	return nil, 0
}

const namelessClass = "(anonymous class)"

// ownName returns the name that an entry around others has in the source, or
// what C++ calls one without a name.
func (u *unit) ownName(off uint64, t tag) []byte {
	for at, i := u, 0; at != nil && i < maxOrigins; i++ {
		e, ok := at.readName(off)
		if !ok {
			break
		}
		if len(e.source) > 0 {
			return e.source
		}
		at, off = at.follow(e.origin)
	}
	switch t {
	case tagNamespace:
		return []byte("(anonymous namespace)")
	case tagSubprogram:
		return []byte("(unknown function)")
	}
	return []byte(namelessClass)
}
