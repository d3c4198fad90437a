package dwarf

import "strings"

// typed is what an entry says of its type.
type typed struct {
	tag        tag
	is, origin value
	name       string
	member     uint64 // bytes from the beginning of the class around it
	hasMember  bool
	children   cursor // at the entries within it; bad if there are none
}

// typed reads the entry at off.
func (u *unit) typed(off uint64) typed {
	c := u.at(off)
	a := u.entry(&c)
	if a == nil {
		return typed{children: cursor{bad: true}}
	}
	return u.readTyped(&c, a)
}

func (u *unit) readTyped(c *cursor, a *abbrev) typed {
	t := typed{tag: a.tag, hasMember: true}
	u.eachAttr(c, a, func(at attr, v value) {
		switch at {
		case attrName:
			t.name = string(u.string(v))
		case attrType:
			t.is = v
		case attrAbstractOrigin, attrSpecification:
			t.origin = v
		case attrMemberLocation:
			t.member, t.hasMember = v.num, v.class == classConstant
		}
	})
	t.children = *c
	t.children.bad = t.children.bad || !a.hasChildren
	return t
}

// typeOf returns the type of the variable whose entry is at off, and a unit that the value is of; nil where
// it is not known.
func (u *unit) typeOf(off uint64) (*unit, value) {
	at := u
	for i := 0; at != nil && i < maxOrigins; i++ {
		t := at.typed(off)
		if t.is.class != classNone {
			return at, t.is
		}
		at, off = at.follow(t.origin)
	}
	return nil, value{}
}

// plain returns the entry of the type that v refers to, behind its other names, const and
// volatile. alias is the innermost of these names. It is nil where there is no type, as behind void*.
func (u *unit) plain(v value) (at *unit, off uint64, alias string) {
	at, off = u.follow(v)
	for i := 0; at != nil && i < maxTypes; i++ {
		t := at.typed(off)
		switch t.tag {
		case tagTypedef:
			alias = t.name
		case tagConstType, tagVolatileType:
		default:
			return at, off, alias
		}
		if t.is.class == classNone {
			break
		}
		at, off = at.follow(t.is)
	}
	return nil, 0, ""
}

// pointee returns what the type is to which values of the type v refers to point; zero where that is no
// pointer, or one to void.
func (u *unit) pointee(v value) Pointer {
	at, off, _ := u.plain(v)
	if at == nil {
		return Pointer{}
	}
	t := at.typed(off)
	if t.tag != tagPointerType || t.is.class == classNone {
		return Pointer{}
	}
	return Pointer{at.typeName(t.is, 0), at.typeSize(t.is)}
}

// typeName returns the name of the type that v refers to, empty for those that are not known by a name
// of their own.
func (u *unit) typeName(v value, depth int) string {
	at, off, alias := u.plain(v)
	if at == nil || depth > maxTypes {
		return ""
	}
	switch t := at.typed(off); {
	case t.tag == tagBaseType:
		return plainSpelling.Replace(t.name)
	case isClass(t.tag) || t.tag == tagEnumerationType:
		if t.name == "" && alias != "" {
			return at.scope(off, "::") + alias
		}
		if t.name == "" {
			return ""
		}
		return plainSpelling.Replace(at.className(off))
	case t.tag == tagPointerType && t.is.class == classNone:
		return "void*"
	case t.tag == tagPointerType:
		if name := at.typeName(t.is, depth+1); name != "" {
			return name + "*"
		}
	}
	return ""
}

// plainSpelling spells the numbers' types as demanglers do.
var plainSpelling = strings.NewReplacer(plainSpellings...)

var plainSpellings = []string{
	"long long unsigned int", "unsigned long long", "long unsigned int", "unsigned long", "short unsigned int", "unsigned short",
	"long long int", "long long", "long int", "long", "short int", "short",
}

// memberOf returns what the pointer is for that is a member of the class to which values of the type that v refers
// to point, offset bytes from its beginning, perhaps in a member or a base of that.
func (u *unit) memberOf(v value, offset int64) Pointer {
	at, off, _ := u.plain(v)
	if at == nil || offset < 0 {
		return Pointer{}
	}
	t := at.typed(off)
	if t.tag != tagPointerType {
		return Pointer{}
	}
	is := t.is
	for i := 0; i < maxTypes; i++ {
		if at, off, _ = at.plain(is); at == nil {
			return Pointer{}
		}
		t := at.typed(off)
		if !isClass(t.tag) || t.tag == tagUnionType {
			return Pointer{}
		}
		var ok bool
		if is, offset, ok = at.memberAt(t.children, offset); !ok {
			return Pointer{}
		}
		if offset == 0 {
			if p := at.pointee(is); p.Type != "" {
				return p
			}
		}
	}
	return Pointer{}
}

// memberAt returns the type of the member or base of a class that begins last before an offset in it, and how many bytes
// it is behind that one's beginning. The cursor is at the entries in the class. It is false
// where there are two at one place.
func (u *unit) memberAt(c cursor, offset int64) (is value, behind int64, ok bool) {
	best := int64(-1)
	for depth := 1; depth > 0 && c.more(); {
		a := u.entry(&c)
		if a == nil {
			depth--
			continue
		}
		if depth == 1 && (a.tag == tagMember || a.tag == tagInheritance) {
			t := u.readTyped(&c, a)
			at := int64(t.member)
			switch size := u.typeSize(t.is); {
			case !t.hasMember || at > offset || size == 0 || size <= uint64(offset-at):
			case at > best:
				is, best, ok = t.is, at, true
			case at == best && size > 1: // an empty base has one byte
				if best, is, ok = at, t.is, u.typeSize(is) <= 1; !ok {
					return value{}, 0, false
				}
			}
		} else if a.hasSibling && a.hasChildren {
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		} else {
			u.skipEntry(&c, a)
		}
		if a.hasChildren {
			depth++
		}
	}
	return is, offset - best, ok
}
