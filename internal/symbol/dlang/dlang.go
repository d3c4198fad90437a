// Package dlang decodes the linker's names of D ("Name Mangling" in D's language reference, "Application Binary Interface")
// to names as debug information has them, without parameters and return types: std.array.Appender!string.put. It
// imports nothing of ours.
package dlang

import "strings"

// Limits for names. A part of a name may refer back to an earlier part, and that to another: a few dozen characters may
// stand for megabytes.
const (
	maxName  = 4096  // the length of a name and of each part of it, in bytes
	maxDepth = 64    // of types within types
	maxSteps = 20000 // parts that are read, some of them several times
)

// Main is what people call the function main of a program.
const Main = "D main"

// Demangle returns what a linker's name of D says, and reports whether it is one that is understood.
func Demangle(name string) (string, bool) {
	if name == "_Dmain" {
		return Main, true
	}
	if method, ok := ofThunk(name); ok {
		name = method
	}
	if !strings.HasPrefix(name, "_D") {
		return "", false
	}
	d := decoder{text: name, at: len("_D")}
	decoded := d.qualified()
	if d.failed {
		return "", false
	}
	return decoded, decoded != ""
}

// ofThunk returns the method that a thunk calls with another object: _D3app1C3runMFZv of _DTi16_D3app1C3runMFZv and of
// _DThn16_3app1C3runMFZv. It reports false for any other name.
func ofThunk(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "_DT")
	if !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, "hnivr0123456789")
	if method, ok := strings.CutPrefix(rest, "_"); ok {
		return "_D" + strings.TrimPrefix(method, "D"), true
	}
	return "", false
}

// decoder reads a name from at on.
type decoder struct {
	text   string
	at     int
	depth  int
	steps  int
	failed bool // what was read is no name, or is too long
}

// peek returns the next byte; 0 at the end.
func (d *decoder) peek() byte { return d.byteAt(d.at) }

func (d *decoder) byteAt(at int) byte {
	if d.failed || at >= len(d.text) {
		return 0
	}
	return d.text[at]
}

// take reports whether a text comes next, and reads it if so.
func (d *decoder) take(text string) bool {
	if d.failed || !strings.HasPrefix(d.text[d.at:], text) {
		return false
	}
	d.at += len(text)
	return true
}

// fail has all that follows fail.
func (d *decoder) fail() string {
	d.failed = true
	return ""
}

// enter begins a part that may hold others, and reports whether there is room for one. leave ends it.
func (d *decoder) enter() bool {
	d.depth++
	d.steps++
	if d.depth > maxDepth || d.steps > maxSteps {
		d.failed = true
	}
	return !d.failed
}

func (d *decoder) leave() { d.depth-- }

// bounded returns a part, and fails if it is too long.
func (d *decoder) bounded(part string) string {
	if len(part) > maxName {
		return d.fail()
	}
	return part
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads a decimal number.
func (d *decoder) number() int {
	from, n := d.at, 0
	for isDigit(d.peek()) {
		n = 10*n + int(d.peek()-'0')
		d.at++
		if n > 1<<30 {
			d.failed = true
			return 0
		}
	}
	if d.at == from {
		d.failed = true
	}
	return n
}

// reference reads a number that says how far back what is meant stands, and returns where that is. The letter Q is
// next. -1: it is none.
func (d *decoder) reference() int {
	from := d.at
	n := 0
	for at := from + 1; n <= len(d.text); at++ {
		switch c := d.byteAt(at); {
		case c >= 'A' && c <= 'Z':
			n = 26*n + int(c-'A')
		case c >= 'a' && c <= 'z':
			n = 26*n + int(c-'a')
			d.at = at + 1
			if n == 0 || n > from {
				return -1
			}
			return from - n
		default:
			return -1
		}
	}
	return -1
}

// isName reports whether a part of a qualified name comes next.
func (d *decoder) isName() bool {
	switch c := d.peek(); {
	case isDigit(c):
		return true
	case c == '_':
		return d.isTemplate()
	case c == 'Q':
		from := d.at
		at := d.reference()
		d.at = from
		return at >= 0 && isDigit(d.byteAt(at))
	}
	return false
}

func (d *decoder) isTemplate() bool {
	rest := d.text[d.at:]
	return !d.failed && (strings.HasPrefix(rest, "__T") || strings.HasPrefix(rest, "__U"))
}

// qualified reads a name within all that is around it. The parameters of functions are passed over.
func (d *decoder) qualified() string {
	if !d.enter() {
		return ""
	}
	defer d.leave()
	var parts []string
	for d.isName() {
		for d.peek() == '0' { // something without a name
			d.at++
		}
		if !d.isName() {
			break
		}
		part := d.identifier()
		if d.failed {
			return ""
		}
		if part != "" && !repeats(parts, part) {
			parts = append(parts, part)
		}
		d.skipFunction()
	}
	return d.bounded(strings.Join(parts, "."))
}

// repeats reports whether a part is what its template is of: Store!int.Store is Store!int.
func repeats(parts []string, part string) bool {
	if len(parts) == 0 {
		return false
	}
	template, _, ok := strings.Cut(parts[len(parts)-1], "!")
	return ok && template == part
}

// skipFunction passes over the parameters of a function, if they come next and are followed by more.
func (d *decoder) skipFunction() {
	from := d.at
	if d.take("M") {
		d.modifiers()
	}
	if !isConvention(d.peek()) {
		d.at = from
		return
	}
	d.parameters()
	if d.failed && d.depth <= maxDepth && d.steps <= maxSteps { // it was something else
		d.failed = false
		d.at = from
	}
}

// identifier reads one part of a qualified name; "" is for one that tells nothing.
func (d *decoder) identifier() string {
	switch {
	case d.peek() == 'Q':
		at := d.reference()
		if at < 0 || !isDigit(d.byteAt(at)) {
			return d.fail()
		}
		next := d.at
		d.at = at
		name := d.plain(d.number())
		d.at = next
		return name
	case d.isTemplate():
		return d.template()
	}
	n := d.number()
	if n >= len("__T1aZ") && d.isTemplate() { // as older compilers write it
		end := d.at + n
		name := d.template()
		if d.at != end {
			return d.fail()
		}
		return name
	}
	return d.plain(n)
}

// plain reads a name of so many bytes.
func (d *decoder) plain(n int) string {
	if d.failed || n == 0 || n > len(d.text)-d.at {
		return d.fail()
	}
	name := d.text[d.at : d.at+n]
	d.at += n
	switch name {
	case "__ctor":
		return "this"
	case "__dtor", "__xdtor":
		return "~this"
	case "__postblit", "__xpostblit":
		return "this(this)"
	}
	// Declarations of one name in one function are within __S and a number each.
	if digits, ok := strings.CutPrefix(name, "__S"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
		return ""
	}
	return d.bounded(name)
}

// template reads an instance of a template: Store!int, Pair!(int, string).
func (d *decoder) template() string {
	if !d.enter() {
		return ""
	}
	defer d.leave()
	d.at += len("__T")
	name := d.identifier()
	var all []string
	size := 0
	for !d.take("Z") {
		argument := d.argument()
		if size += len(argument); d.failed || size > maxName {
			return d.fail()
		}
		all = append(all, argument)
	}
	arguments := strings.Join(all, ", ")
	if len(all) != 1 || !isToken(arguments) {
		arguments = "(" + arguments + ")"
	}
	return d.bounded(name + "!" + arguments)
}

// isToken reports whether a text is one word, number or string, which needs no parentheses.
func isToken(text string) bool {
	if len(text) >= 2 && text[0] == '"' {
		return strings.IndexByte(text[1:], '"') == len(text)-2
	}
	for i := range len(text) {
		if c := text[i]; c != '_' && !isDigit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c < 0x80 {
			return false
		}
	}
	return text != ""
}

// argument reads an argument of a template.
func (d *decoder) argument() string {
	d.take("H") // it is of a specialization
	switch {
	case d.take("T"):
		return d.typeName()
	case d.take("S"):
		return d.symbol()
	case d.take("V"):
		kind := d.valueKind()
		d.typeName()
		return d.value(kind)
	case d.take("X"):
		return d.plain(d.number())
	}
	return d.fail()
}

// symbol reads an argument that is a symbol: a whole linker's name, perhaps after its length, or a qualified name.
func (d *decoder) symbol() string {
	from := d.at
	if isDigit(d.peek()) {
		d.number()
	}
	if d.take("_D") {
		return d.whole()
	}
	d.at = from
	if !d.isName() {
		return d.fail()
	}
	return d.qualified()
}

// whole reads what comes after the _D of a linker's name within another.
func (d *decoder) whole() string {
	name := d.qualified()
	if !d.take("Z") && d.peek() != 0 {
		d.take("M")
		d.typeName()
	}
	return name
}
