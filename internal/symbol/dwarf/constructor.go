package dwarf

import (
	"bytes"
	"strings"
)

// Class is a class of C++ that has a constructor.
type Class struct {
	Name    string // within the namespaces and classes around it
	Linkage string // the linker's name of the constructor; empty where none is given
	Size    uint64 // in bytes; 0 where it is not known
}

// ConstructorAt returns the class of the constructor whose code begins at entry. It is false
// where there is none, or it is not known.
func (d *Data) ConstructorAt(entry uint64) (Class, bool) {
	body := d.bodyAt(entry)
	if body == nil {
		return Class{}, false
	}
	fn := body.functionAt(entry)
	if fn == nil || fn.entry != entry {
		return Class{}, false
	}
	return body.constructed(fn.off)
}

// InlinedConstructor returns the class, or only the linker's name, of the constructor that is inlined at the address use
// and called by the function, itself perhaps inlined, whose code is at call. It is false where
// nothing is inlined there, and the zero Class where that is no constructor, or not known.
func (d *Data) InlinedConstructor(call, use uint64) (Class, bool) {
	body := d.bodyAt(call)
	if body == nil {
		return Class{}, false
	}
	fn := body.functionAt(call)
	if fn == nil || fn != body.functionAt(use) {
		return Class{}, false
	}
	around := fn.inlineAt(call)
	for i := fn.inlineAt(use); i >= 0 && i != around; i = fn.inlines[i].parent {
		if fn.inlines[i].parent == around {
			class, _ := body.constructed(fn.inlines[i].off)
			return class, true
		}
	}
	return Class{}, false
}

// ClassSize returns the size in bytes of the class of that name, within its namespaces, in the unit
// that has code at addr; 0 where that does not tell.
func (d *Data) ClassSize(addr uint64, name string) uint64 {
	body := d.bodyAt(addr)
	if body == nil {
		return 0
	}
	if body.classes == nil {
		body.classes = body.readClasses()
	}
	for _, off := range body.classes[lastName(name)] {
		if size := body.byteSize(off); size > 0 && spelling.Replace(body.className(off)) == spelling.Replace(name) {
			return size
		}
	}
	return 0
}

// spelling takes away what compilers and demanglers write of types in two ways.
var spelling = strings.NewReplacer(" ", "", "__cxx11::", "", "__1::", "")

// lastName returns what stands behind the last :: of a name, without template arguments.
func lastName(name string) string {
	if i := strings.IndexByte(name, '<'); i > 0 {
		name = name[:i]
	}
	return name[strings.LastIndex(name, ":")+1:]
}

// bodyAt returns the unit that has code at addr, nil if there is none.
func (d *Data) bodyAt(addr uint64) *unit {
	if d == nil {
		return nil
	}
	id, ok := d.units.Find(addr)
	if !ok {
		return nil
	}
	return d.body(d.file.units[id])
}

// constructed returns the class of the constructor whose entry is at off. Where the debug
// information has no classes, as that of line tables only, it has the linker's name only, which may be
// that of any function. It is false of a function that is no constructor.
func (u *unit) constructed(off uint64) (Class, bool) {
	var class Class
	for at, i := u, 0; at != nil && i < maxOrigins; i++ {
		c := at.at(off)
		a := at.entry(&c)
		if a == nil {
			break
		}
		var own, linkage, origin value
		at.eachAttr(&c, a, func(attr attr, v value) {
			switch attr {
			case attrName:
				own = v
			case attrLinkageName, attrMIPSLinkageName:
				linkage = v
			case attrAbstractOrigin, attrSpecification:
				origin = v
			}
		})
		if l := at.string(linkage); class.Linkage == "" && isEncoded(l) {
			class.Linkage = string(l)
		}
		if name := at.string(own); len(name) > 0 {
			for around := range at.around(off) {
				if !isClass(around.tag) || !isNameOf(name, string(at.ownName(around.off, around.tag))) {
					break
				}
				class.Name, class.Size = at.className(around.off), at.byteSize(around.off)
				return class, true
			}
			break
		}
		at, off = at.follow(origin)
	}
	return class, class.Linkage != ""
}

// isNameOf reports whether a function in a class has the name of the class, without its template arguments
// or with them.
func isNameOf(function []byte, class string) bool {
	plain, _, _ := bytes.Cut(function, []byte("<"))
	before, _, _ := strings.Cut(class, "<")
	return string(plain) == before
}

func isClass(t tag) bool { return t == tagClassType || t == tagStructureType || t == tagUnionType }

// className returns the name of the class whose entry is at off, with what is around it.
func (u *unit) className(off uint64) string {
	return u.scope(off, "::") + string(u.ownName(off, tagClassType))
}

// byteSize returns the size of the type whose entry is at off, 0 for a declaration.
func (u *unit) byteSize(off uint64) uint64 {
	c := u.at(off)
	a := u.entry(&c)
	if a == nil {
		return 0
	}
	var size uint64
	u.eachAttr(&c, a, func(at attr, v value) {
		if at == attrByteSize && v.class == classConstant {
			size = v.num
		}
	})
	return size
}

// readClasses returns where the unit's classes are, by their names without template arguments.
func (u *unit) readClasses() map[string][]uint64 {
	classes := make(map[string][]uint64)
	if u.scopes == nil {
		u.scopes = u.readScopes()
	}
	for _, s := range u.scopes {
		if isClass(s.tag) {
			name := lastName(string(u.ownName(s.off, s.tag)))
			classes[name] = append(classes[name], s.off)
		}
	}
	return classes
}
