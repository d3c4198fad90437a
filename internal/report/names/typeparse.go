package names

import "strings"

// ParseType takes the name of a type apart, in any of the spellings of Rust and C++. What
// it does not understand stays as it stands, a Verbatim. It also takes paths of functions:
// the last part is then the function, with its generic arguments.
func ParseType(name string) Type {
	name = strings.TrimSpace(Printable(name))
	if name == "" {
		return Type{}
	}
	if len(name) > maxTypeName {
		return verbatim(name)
	}
	p := typeParser{text: name, budget: maxTypeParts}
	t := p.aType(0)
	p.space()
	if p.failed || p.at < len(p.text) {
		return verbatim(name)
	}
	return t
}

// maxTypeParts is of how many parts a name may be made to be taken apart. The largest
// that was seen, a parser's combinator, has 900.
const maxTypeParts = 20_000

// maxTypeName is how many bytes a name may have to be taken apart. The longest that was seen has 16,000.
const maxTypeName = 1 << 16

// typeParser reads a name from left to right, never twice.
type typeParser struct {
	text   string
	at     int
	budget int
	failed bool // the rest is not understood
}

func verbatim(text string) Type { return Type{Shape: Verbatim, Text: text} }

func (p *typeParser) rest() string { return p.text[p.at:] }

func (p *typeParser) peek() byte { return at(p.text, p.at) }

// accept skips a text if it comes next.
func (p *typeParser) accept(text string) bool {
	if strings.HasPrefix(p.rest(), text) {
		p.at += len(text)
		return true
	}
	return false
}

func (p *typeParser) space() {
	for p.peek() == ' ' {
		p.at++
	}
}

// fail gives up.
func (p *typeParser) fail() Type {
	p.failed = true
	return Type{}
}

// aType reads one type.
func (p *typeParser) aType(depth int) Type {
	p.budget--
	if depth > MaxNesting || p.budget < 0 {
		return p.fail()
	}
	p.space()
	p.binder()
	switch c := p.peek(); {
	case c == '&' || c == '*':
		return p.pointer(depth)
	case c == '[':
		return p.sliceOrArray(depth)
	case c == '(' && !strings.HasPrefix(p.rest(), Anonymous):
		return p.suffixes(p.parenthesized(depth), depth)
	case c >= '0' && c <= '9' || c == '-' || c == '\'' || c == '"':
		return p.constant()
	case p.accept("dyn "):
		return p.traits("dyn ", depth)
	case p.accept("impl "):
		return p.traits("impl ", depth)
	case p.startsFunction():
		return p.function(depth)
	case p.accept("const "), p.accept("volatile "):
		// As debug information of C++ writes what the demangler calls "char const".
		return p.aType(depth + 1)
	}
	return p.suffixes(p.path(depth), depth)
}

// binder skips the lifetimes that a type is for: for<'a, 'b>.
func (p *typeParser) binder() {
	if strings.HasPrefix(p.rest(), "for<") {
		p.at += len("for")
		p.at += skipBrackets(p.rest())
		p.space()
	}
}

// pointer reads a reference or a raw pointer of Rust.
func (p *typeParser) pointer(depth int) Type {
	t := Type{Shape: Pointer}
	switch {
	case p.accept("*const "):
		t.Text = "*const "
	case p.accept("*mut "):
		t.Text = "*mut "
	case p.accept("&"):
		if p.peek() == '\'' {
			p.lifetime()
			if !p.accept(" ") {
				return p.fail()
			}
		}
		t.Text = "&"
		if p.accept("mut ") {
			t.Text = "&mut "
		}
	default:
		return p.fail()
	}
	t.Args = []Type{p.aType(depth + 1)}
	return t
}

// lifetime skips a lifetime, 'a.
func (p *typeParser) lifetime() {
	for p.at++; isIdent(p.peek()); p.at++ {
	}
}

// isLifetime reports whether what comes next is a lifetime, and no character.
func (p *typeParser) isLifetime() bool {
	n := 1
	for isIdent(at(p.rest(), n)) {
		n++
	}
	return p.peek() == '\'' && n > 1 && at(p.rest(), n) != '\''
}

func (p *typeParser) sliceOrArray(depth int) Type {
	p.at++
	t := Type{Shape: Slice, Args: []Type{p.aType(depth + 1)}}
	p.space()
	if p.accept(";") {
		p.space()
		n := strings.IndexByte(p.rest(), ']')
		if n < 0 {
			return p.fail()
		}
		t.Shape, t.Text = Array, withoutSuffix(p.rest()[:n])
		p.at += n
	}
	if !p.accept("]") {
		return p.fail()
	}
	return t
}

// parenthesized reads a tuple, or what has parentheses around it for its own sake: a trait
// object, a constant of C++'s with its type.
func (p *typeParser) parenthesized(depth int) Type {
	start := p.at
	p.at++
	list, comma := p.list(')', depth)
	if p.failed {
		return Type{}
	}
	if c := p.peek(); isIdent(c) || c == '-' {
		// (app::Colour)1
		for isIdent(p.peek()) || p.peek() == '-' {
			p.at++
		}
		return verbatim(p.text[start:p.at])
	}
	if len(list) == 1 && !comma && list[0].Shape == Dyn {
		return list[0]
	}
	return Type{Shape: Tuple, Args: list}
}

// list reads types up to a closing bracket, which it skips. It reports whether there was a
// comma after the last.
func (p *typeParser) list(closing byte, depth int) (types []Type, comma bool) {
	for !p.failed {
		p.space()
		if p.peek() == closing {
			p.at++
			return types, comma
		}
		comma = false
		if p.isLifetime() {
			p.lifetime()
		} else {
			types = append(types, p.argument(depth+1))
		}
		p.space()
		switch {
		case p.accept(","):
			comma = true
		case p.peek() != closing:
			p.fail()
		}
	}
	return nil, false
}

// argument reads a type that may have a name, which is a trait's: Output=R.
func (p *typeParser) argument(depth int) Type {
	n := 0
	for isIdent(at(p.rest(), n)) {
		n++
	}
	after := strings.TrimLeft(p.rest()[n:], " ")
	if n == 0 || !strings.HasPrefix(after, "=") {
		if p.accept("...") {
			return verbatim("...")
		}
		return p.aType(depth)
	}
	name := p.rest()[:n]
	p.at = len(p.text) - len(after) + 1
	return Type{Shape: Associated, Text: name, Args: []Type{p.aType(depth)}}
}

// constant reads an argument that is a value: 16, 16usize, -1, 'a', "text".
func (p *typeParser) constant() Type {
	start := p.at
	if quote := p.peek(); quote == '\'' || quote == '"' {
		n := strings.IndexByte(p.rest()[1:], quote)
		if n < 0 {
			return p.fail()
		}
		p.at += n + 2
		return verbatim(p.text[start:p.at])
	}
	for p.at++; isIdent(p.peek()); p.at++ {
	}
	return verbatim(withoutSuffix(p.text[start:p.at]))
}

// withoutSuffix removes the type that v0's names have after a decimal number: 16usize, 4_usize.
func withoutSuffix(number string) string {
	digits := strings.TrimLeft(strings.TrimPrefix(number, "-"), "0123456789")
	if strings.HasPrefix(number, "0x") || len(digits) == len(number) {
		return number
	}
	return number[:len(number)-len(digits)]
}

// traits reads the traits of a trait object: A + B<C>.
func (p *typeParser) traits(word string, depth int) Type {
	t := Type{Shape: Dyn, Text: word}
	for !p.failed {
		p.space()
		p.binder()
		if p.isLifetime() {
			p.lifetime()
		} else {
			t.Args = append(t.Args, p.path(depth+1))
		}
		p.space()
		if !p.accept("+ ") {
			return t
		}
	}
	return Type{}
}

// functionWords may stand before fn.
var functionWords = [...]string{"fn(", "unsafe fn(", `extern "`, `unsafe extern "`}

func (p *typeParser) startsFunction() bool {
	for _, w := range functionWords {
		if strings.HasPrefix(p.rest(), w) {
			return true
		}
	}
	return false
}

// function reads a pointer to a function of Rust.
func (p *typeParser) function(depth int) Type {
	n := strings.Index(p.rest(), "fn(")
	if n < 0 {
		return p.fail()
	}
	t := Type{Shape: Function, Text: p.rest()[:n] + "fn"}
	p.at += n + len("fn(")
	t.Args, _ = p.list(')', depth)
	result := verbatim("")
	if p.accept(" -> ") {
		result = p.aType(depth + 1)
	}
	t.Args = append(t.Args, result)
	return t
}
