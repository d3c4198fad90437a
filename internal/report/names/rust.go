package names

import (
	"path"
	"strings"
)

// RustFunction returns the name of a function of Rust as a person says it: the path of the
// type whose method it is or of the module that it is in, without generic arguments, and
// its own name. Both manglings, debug information and what Rust's compiler makes of one
// function come to one name, so that it also tells whether two are the same:
//
//	alloc::vec::Vec<T,A>::push, <alloc::vec::Vec<u8>>::push    alloc::vec::Vec::push
//	<app::Tree as core::clone::Clone>::clone                   app::Tree::clone
//	app::_::<impl serde::Deserialize for app::Tree>::f         app::Tree::f
//	<T as core::convert::Into<U>>::into                        core::convert::Into::into
//	app::run::{{closure}}, app::run::{closure#0}               app::run {closure}
//
// instance is what profile.Frame.Instance has of it: it tells async functions from closures.
// crate, as functions spell it, and file are where its source is, "" where that is not known: they tell
// what a trait's default method or an implementation for all types is, which is the trait's.
func RustFunction(function, instance, crate, file string) string {
	t := ParseType(withoutShim(Stable(function)))
	if t.Shape != Named || len(t.Path) == 0 {
		return function
	}
	r := rustName{crate: crate, module: moduleStem(file)}
	if file == "" {
		r.crate = ""
	}
	r.path(t)
	if kinds := closuresOf(instance); len(kinds) == len(r.closures) {
		for i, kind := range kinds {
			r.parts[r.closures[i]] = kind
		}
	}
	if name := r.String(); name != "" {
		return name
	}
	return function
}

// SameFunction returns what of a name that RustFunction made is the same in all builds:
// without debug information an async function is a closure.
func SameFunction(name string) string {
	if !strings.HasSuffix(name, "}") && !strings.Contains(name, "} ") && !strings.Contains(name, "}::") {
		return name
	}
	return strings.NewReplacer(asyncWord, closureWord, genWord, closureWord).Replace(name)
}

// LastPart returns a function's own name: what comes after the last :: or blank of a name
// that RustFunction made.
func LastPart(name string) string {
	name = name[strings.LastIndexByte(name, ' ')+1:]
	if i := strings.LastIndex(name, "::"); i >= 0 {
		return name[i+len("::"):]
	}
	return name
}

// What a part of a path in braces is called.
const (
	closureWord = "{closure}"
	asyncWord   = "{async}"
	genWord     = "{gen}"
)

// withoutShim removes what marks a function that the compiler makes to call another.
func withoutShim(function string) string {
	if i := strings.Index(function, "{{vtable.shim}}"); i > 0 {
		return function[:i]
	}
	return function
}

// rustName puts a name together.
type rustName struct {
	crate, module string // where the source is; see RustFunction and moduleStem
	parts         []string
	closures      []int // which parts are closures
}

// path appends a path. An implementation takes the place of the module that it is in.
func (r *rustName) path(t Type) {
	for _, s := range t.Path {
		switch {
		case s.Name == "" && len(s.Args) > 0:
			r.parts, r.closures = r.parts[:0], r.closures[:0]
			r.implementation(s.Args)
		case strings.HasPrefix(s.Name, "{"):
			if word := braceWord(s.Name); word != "" {
				r.closures = append(r.closures, len(r.parts))
				r.parts = append(r.parts, word)
			}
		case s.Name != "_":
			r.parts = append(r.parts, s.Name)
		}
	}
}

// braceWord returns what a part in braces is called; "" for one that says nothing to a
// reader, as the number of an implementation.
func braceWord(s string) string {
	switch {
	case strings.Contains(s, "async"):
		return asyncWord
	case strings.HasPrefix(s, "{gen"), strings.Contains(s, "coroutine"):
		return genWord
	case strings.Contains(s, "closure"):
		return closureWord
	}
	return ""
}

// closuresOf returns what the closures in the path of a function are, as debug information
// spells it.
func closuresOf(instance string) []string {
	if !strings.Contains(instance, "{") {
		return nil
	}
	r := rustName{}
	r.path(ParseType(instance))
	var kinds []string
	for _, i := range r.closures {
		kinds = append(kinds, r.parts[i])
	}
	return kinds
}

// implementation appends whose method it is: the type's, or the trait's.
func (r *rustName) implementation(args []Type) {
	self, builtin := r.typePath(args[0])
	if len(args) > 1 {
		if trait, _ := r.typePath(args[1]); r.isTraits(self, trait, builtin) {
			self = trait
		}
	}
	if self != "" {
		r.parts = append(r.parts, self)
	}
}

// typePath returns the path of a type, "" for a parameter of generic code, and whether it
// is one that the language has, not a crate.
func (r *rustName) typePath(t Type) (name string, builtin bool) {
	switch t.Shape {
	case Named:
		if t.IsParameter() {
			return "", false
		}
		inner := rustName{crate: r.crate, module: r.module}
		inner.path(t)
		name = inner.String()
		return name, !strings.Contains(name, "::")
	case Pointer, Dyn:
		if len(t.Args) > 0 {
			return r.typePath(t.Args[0])
		}
	case Slice:
		return "slice", true // as Rust's documentation calls it
	case Array:
		return "array", true
	case Tuple:
		return "tuple", true
	case Function:
		return "fn", true
	}
	return "", false
}

// isTraits reports whether the code of a trait's method is the trait's own, which all
// types share, or no type is known.
func (r *rustName) isTraits(self, trait string, builtin bool) bool {
	if self == "" || trait == "" {
		return self == ""
	}
	ofSelf, ofTrait := cratePart(self), cratePart(trait)
	if builtin {
		ofSelf = "core"
	}
	switch {
	case r.crate == "" || r.crate != ofSelf && r.crate != ofTrait:
		return isRustsOwn(ofSelf) && !isRustsOwn(ofTrait)
	case ofSelf != ofTrait:
		return r.crate == ofTrait
	}
	return r.module == moduleOfItem(trait) && r.module != moduleOfItem(self)
}

// cratePart returns the crate that a path begins with.
func cratePart(name string) string {
	crate, _, _ := strings.Cut(name, "::")
	return crate
}

// moduleOfItem returns the innermost module of a path, "" for the crate itself.
func moduleOfItem(name string) string {
	parts := strings.Split(name, "::")
	if len(parts) < 3 {
		return ""
	}
	return parts[len(parts)-2]
}

// moduleStem returns the innermost module that a source file is, "" for the crate itself.
func moduleStem(file string) string {
	stem := strings.TrimSuffix(path.Base(file), ".rs")
	switch stem {
	case "mod":
		return path.Base(path.Dir(file))
	case "lib", "main", ".":
		return ""
	}
	return stem
}

// String joins the parts. A closure is said after what it is in.
func (r *rustName) String() string {
	var b strings.Builder
	for i, part := range r.parts {
		switch {
		case i == 0:
		case strings.HasPrefix(part, "{"):
			b.WriteByte(' ')
		default:
			b.WriteString("::")
		}
		b.WriteString(part)
	}
	return b.String()
}
