package dwarf

import (
	"strconv"
	"strings"
)

// typeWriter writes a type as the source does.
type typeWriter struct {
	c        bool              // which says struct before a structure's name
	spelling *strings.Replacer // of names
	left     int               // entries that it may read, as damage could make a type of more than anybody has room for
}

// maxTypeEntries bounds of how many entries a type's text is made: a function's type has one for each parameter.
const maxTypeEntries = 200

// writeType returns the type that v refers to as the source writes it: by the names that it uses there, with what is
// around them. The source is of a language, a value of DW_AT_language. It is empty where that is not known.
func (u *unit) writeType(v value, language uint64) string {
	w := typeWriter{c: isC(language), spelling: closeSpelling, left: maxTypeEntries}
	if language == languageRust { // in whose names a pointer begins with the star
		w.spelling = plainSpelling
	}
	before, after := w.write(u, v)
	return before + after
}

// closeSpelling spells types as plainSpelling does, and pointers in the arguments of a template without the space that clang
// writes.
var closeSpelling = strings.NewReplacer(append(plainSpellings, " *", "*", " &", "&")...)

// isC reports whether a value of DW_AT_language stands for C.
func isC(language uint64) bool {
	switch language {
	case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e:
		return true
	}
	return false
}

// write returns the text of a type as it stands before and behind the name of what is of that type.
func (w *typeWriter) write(u *unit, v value) (before, after string) {
	if v.class == classNone {
		return "void", ""
	}
	at, off := u.follow(v)
	if w.left--; at == nil || w.left < 0 {
		return "…", ""
	}
	t := at.typed(off)
	switch t.tag {
	case tagConstType, tagVolatileType, tagRestrictType, tagAtomicType:
		return w.qualified(at, t)
	case tagPointerType, tagReferenceType, tagRvalueReferenceType, tagPointerToMember:
		if t.name != "" { // Rust's are called &str, *mut T
			return t.name, ""
		}
		return w.pointer(at, t)
	case tagArrayType:
		before, after = w.write(at, t.is)
		return before, at.dimensions(t.children) + after
	case tagSubroutineType:
		before, after = w.write(at, t.is)
		return before, "(" + w.parameters(at, t.children) + ")" + after
	case tagTypedef:
		return at.scope(off, "::") + t.name, ""
	case tagBaseType:
		return plainSpelling.Replace(t.name), ""
	}
	return w.named(at, off, t), ""
}

// qualified returns the text of a type with const or the like before it, or behind where it is a pointer.
func (w *typeWriter) qualified(at *unit, t typed) (before, after string) {
	before, after = w.write(at, t.is)
	word := ""
	switch t.tag {
	case tagConstType:
		word = "const"
	case tagVolatileType:
		word = "volatile"
	default: // which tells nothing of what the type is
		return before, after
	}
	switch {
	case strings.HasSuffix(before, "*"):
		return before + " " + word, after
	case strings.HasPrefix(before, word+" "): // of an array and of its elements
		return before, after
	}
	return word + " " + before, after
}

// pointer returns the text of a pointer or reference.
func (w *typeWriter) pointer(at *unit, t typed) (before, after string) {
	mark := "*"
	switch t.tag {
	case tagReferenceType:
		mark = "&"
	case tagRvalueReferenceType:
		mark = "&&"
	case tagPointerToMember:
		mark = " ::*"
	}
	before, after = w.write(at, t.is)
	if strings.HasPrefix(after, "(") || strings.HasPrefix(after, "[") { // to a function or an array
		return before + " (" + mark, ")" + after
	}
	return before + mark, after
}

// named returns the name of a class, an enumeration or what else has one.
func (w *typeWriter) named(at *unit, off uint64, t typed) string {
	kind := ""
	switch t.tag {
	case tagStructureType, tagClassType:
		kind = "struct"
	case tagUnionType:
		kind = "union"
	case tagEnumerationType:
		kind = "enum"
	}
	name := string(at.ownName(off, t.tag))
	switch {
	case kind == "":
		return t.name
	case name == namelessClass && w.c:
		return kind + " {...}"
	case name == namelessClass:
		return at.scope(off, "::") + name
	case w.c:
		return kind + " " + name
	}
	return w.spelling.Replace(at.scope(off, "::") + name)
}

// dimensions returns the numbers of elements of an array, each in brackets. The cursor is at the entries within the array's.
func (u *unit) dimensions(c cursor) string {
	var text strings.Builder
	u.eachChild(c, func(a *abbrev, c cursor) bool {
		if a.tag != tagSubrangeType {
			return true
		}
		text.WriteByte('[')
		if n := u.count(&c, a); n > 0 {
			text.WriteString(strconv.FormatUint(n, 10))
		}
		text.WriteByte(']')
		return text.Len() < maxTypeEntries
	})
	return text.String()
}

// parameters returns the types of a function's parameters. The cursor is at the entries within the function's type.
func (w *typeWriter) parameters(u *unit, c cursor) string {
	var list []string
	u.eachChild(c, func(a *abbrev, c cursor) bool {
		switch a.tag {
		case tagFormalParameter:
			before, after := w.write(u, u.readTyped(&c, a).is)
			list = append(list, before+after)
		case tagUnspecifiedParameters:
			list = append(list, "...")
		}
		return w.left > 0
	})
	return strings.Join(list, ", ")
}

// eachChild yields the entries within another one, but not those within these, each with a cursor at its attributes,
// until yield is false. The cursor is at the first.
func (u *unit) eachChild(c cursor, yield func(a *abbrev, c cursor) bool) {
	for depth := 1; depth > 0 && c.more(); {
		a := u.entry(&c)
		if a == nil {
			depth--
			continue
		}
		if depth == 1 && !yield(a, c) {
			return
		}
		if a.hasChildren && a.hasSibling {
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		}
		u.skipEntry(&c, a)
		if a.hasChildren {
			depth++
		}
	}
}
