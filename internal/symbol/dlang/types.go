package dlang

import (
	"strconv"
	"strings"
)

// basic are the names of types that are one letter.
var basic = map[byte]string{
	'n': "typeof(null)", 'v': "void", 'g': "byte", 'h': "ubyte", 's': "short", 't': "ushort", 'i': "int", 'k': "uint", 'l': "long", 'm': "ulong",
	'f': "float", 'd': "double", 'e': "real", 'o': "ifloat", 'p': "idouble", 'j': "ireal", 'q': "cfloat", 'r': "cdouble", 'c': "creal",
	'b': "bool", 'a': "char", 'u': "wchar", 'w': "dchar",
}

// stringTypes have names of their own in D.
var stringTypes = map[string]string{"immutable(char)[]": "string", "immutable(wchar)[]": "wstring", "immutable(dchar)[]": "dstring"}

// typeName reads a type.
func (d *decoder) typeName() string {
	if !d.enter() {
		return ""
	}
	defer d.leave()
	return d.bounded(d.typeOf())
}

func (d *decoder) typeOf() string {
	c := d.peek()
	if c == 'Q' {
		return d.referred(d.typeName)
	}
	if isConvention(c) {
		return d.function("function")
	}
	if c == 0 {
		return d.fail()
	}
	d.at++
	switch c {
	case 'O':
		return "shared(" + d.typeName() + ")"
	case 'x':
		return "const(" + d.typeName() + ")"
	case 'y':
		return "immutable(" + d.typeName() + ")"
	case 'N':
		switch {
		case d.take("g"):
			return "inout(" + d.typeName() + ")"
		case d.take("h"):
			return "__vector(" + d.typeName() + ")"
		case d.take("n"):
			return "noreturn"
		}
	case 'A', 'G', 'H', 'P', 'B':
		return d.made(c)
	case 'C', 'S', 'E', 'T', 'I':
		if d.isName() {
			return d.qualified()
		}
	case 'D':
		d.modifiers()
		if d.peek() == 'Q' {
			return d.referred(func() string { return d.function("delegate") })
		}
		return d.function("delegate")
	case 'z':
		switch {
		case d.take("i"):
			return "cent"
		case d.take("k"):
			return "ucent"
		}
	default:
		if name, ok := basic[c]; ok {
			return name
		}
	}
	return d.fail()
}

// referred has read read what a reference means, which is next.
func (d *decoder) referred(read func() string) string {
	at := d.reference()
	if at < 0 || !d.enter() {
		return d.fail()
	}
	defer d.leave()
	next := d.at
	d.at = at
	part := read()
	d.at = next
	return part
}

// modifiers passes over the type modifiers of a method or a delegate.
func (d *decoder) modifiers() {
	for d.take("x") || d.take("y") || d.take("O") || d.take("Ng") {
	}
}

// isConvention reports whether a function's type begins with a byte, which says how it is called.
func isConvention(c byte) bool { return c != 0 && strings.IndexByte("FUVWRY", c) >= 0 }

// function reads the type of a function or of a pointer to one: int function(char, long).
func (d *decoder) function(kind string) string {
	parameters := d.parameters()
	return d.typeName() + " " + kind + "(" + parameters + ")"
}

// attributes are the letters after an N that say how a function is. Other letters begin a parameter or a type.
const attributes = "abcdefijlm"

// parameters reads the type of a function but for what it returns.
func (d *decoder) parameters() string {
	if !isConvention(d.peek()) {
		return d.fail()
	}
	d.at++
	for d.peek() == 'N' && strings.IndexByte(attributes, d.byteAt(d.at+1)) >= 0 && d.byteAt(d.at+1) != 0 {
		d.at += 2
	}
	var all []string
	size := 0
	for {
		switch {
		case d.take("Z"):
			return strings.Join(all, ", ")
		case d.take("X"):
			return strings.Join(all, ", ") + "..."
		case d.take("Y"):
			return strings.Join(append(all, "..."), ", ")
		}
		for d.take("M") || d.take("Nk") { // scope, return
		}
		word := ""
		for _, storage := range []struct{ letter, word string }{{"I", "in "}, {"J", "out "}, {"K", "ref "}, {"L", "lazy "}} {
			if d.take(storage.letter) {
				word += storage.word
			}
		}
		parameter := word + d.typeName()
		if size += len(parameter); d.failed || size > maxName {
			return d.fail()
		}
		all = append(all, parameter)
	}
}

// made reads the rest of a type that is made of others, by the letter that it begins with.
func (d *decoder) made(c byte) string {
	switch c {
	case 'A':
		list := d.typeName() + "[]"
		if name, ok := stringTypes[list]; ok {
			return name
		}
		return list
	case 'G':
		n := d.number()
		return d.typeName() + "[" + strconv.Itoa(n) + "]"
	case 'H':
		key := d.typeName()
		return d.typeName() + "[" + key + "]"
	case 'P':
		if isConvention(d.peek()) {
			return d.function("function")
		}
		return d.typeName() + "*"
	default: // 'B'
		var all []string
		for n := d.number(); n > 0 && !d.failed; n-- {
			all = append(all, d.typeName())
		}
		return "(" + strings.Join(all, ", ") + ")"
	}
}
