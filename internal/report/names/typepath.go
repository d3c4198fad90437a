package names

import "strings"

// path reads a path with its arguments.
func (p *typeParser) path(depth int) Type {
	t := Type{Shape: Named}
	for !p.failed {
		p.budget--
		if s, ok := p.segment(depth); !ok {
			return p.fail()
		} else if s.Name != "" || len(s.Args) > 0 {
			t.Path = append(t.Path, s)
		}
		if !p.accept("::") {
			return t
		}
		if c := p.peek(); c == '<' && !strings.HasPrefix(p.rest(), "<impl ") && len(t.Path) > 0 && len(t.Path[len(t.Path)-1].Args) == 0 {
			// The arguments of what came before, as v0's names of functions have them.
			p.at++
			t.Path[len(t.Path)-1].Args, _ = p.list('>', depth)
			if !p.accept("::") {
				return t
			}
		}
	}
	return Type{}
}

// segment reads one part of a path.
func (p *typeParser) segment(depth int) (Segment, bool) {
	var s Segment
	switch c := p.peek(); {
	case c == '<':
		return p.implementation(depth)
	case c == '{':
		n := skipBrackets(p.rest())
		s.Name = canonicalBraces(p.rest()[:n])
		p.at += n
	case strings.HasPrefix(p.rest(), Anonymous):
		s.Name = Anonymous
		p.at += len(Anonymous)
	case strings.HasPrefix(p.rest(), Elided.Text):
		return p.elided(), true
	case c == '!' || c == '?':
		s.Name = string(c)
		p.at++
	default:
		s.Name = p.word()
		if s.Name == "" {
			return s, false
		}
	}
	if p.accept("<") {
		s.Args, _ = p.list('>', depth)
	}
	if p.peek() == '(' {
		// A function of C++'s in which the type is.
		if n := skipBrackets(p.rest()); strings.HasPrefix(p.rest()[n:], "::") {
			p.at += n
		}
	}
	return s, !p.failed
}

// elided reads what stands for a part of a name that was left out: … and a hash of it, which
// tells two such names apart.
func (p *typeParser) elided() Segment {
	start := p.at
	p.at += len(Elided.Text)
	if p.accept("#") {
		for isIdent(p.peek()) {
			p.at++
		}
	}
	return Segment{Name: p.text[start:p.at]}
}

// implementation reads what Rust's names of functions begin with: <T>, <T as Trait>,
// <impl T>, <impl Trait for T>. It is a part without a name, of the type and the trait.
func (p *typeParser) implementation(depth int) (Segment, bool) {
	p.at++
	first := p.implemented(depth)
	s := Segment{Args: []Type{first}}
	switch p.space(); {
	case p.accept("as "):
		s.Args = append(s.Args, p.aType(depth+1))
	case p.accept("for "):
		s.Args = []Type{p.aType(depth + 1), first}
	}
	return s, p.accept(">") && !p.failed
}

// implemented reads the first type of an implementation, after the impl that may stand there.
func (p *typeParser) implemented(depth int) Type {
	p.accept("impl ")
	return p.aType(depth + 1)
}

// basicWords are what names of C++'s own types are made of.
var basicWords = map[string]bool{"unsigned": true, "signed": true, "long": true, "short": true, "int": true, "char": true, "double": true, "__int128": true}

// word reads an identifier, or a type of C++'s own that is several.
func (p *typeParser) word() string {
	start := p.at
	for isIdent(p.peek()) || p.peek() == '$' || p.peek() == '~' || p.peek() == '@' {
		p.at++
	}
	name := p.text[start:p.at]
	for basicWords[name[strings.LastIndexByte(name, ' ')+1:]] && p.peek() == ' ' {
		n := 1
		for isIdent(at(p.rest(), n)) {
			n++
		}
		if !basicWords[p.rest()[1:n]] {
			break
		}
		p.at += n
		name = p.text[start:p.at]
	}
	return name
}

// suffixes reads what C++ writes after a type: pointers, references, const, arrays,
// and the parameters of a function's.
func (p *typeParser) suffixes(t Type, depth int) Type {
	for ; !p.failed; depth++ {
		if depth > MaxNesting {
			return p.fail()
		}
		start := p.at
		switch {
		case p.accept(" const"), p.accept(" volatile"), p.accept("*"), p.accept("&&"), p.accept("&"),
			p.accept(" *"), p.accept(" &&"), p.accept(" &"):
			t = Type{Shape: Suffixed, Text: strings.TrimPrefix(p.text[start:p.at], " "), Args: []Type{t}}
		case strings.HasPrefix(p.rest(), " ["), strings.HasPrefix(p.rest(), " ("), p.peek() == '(':
			p.space()
			n := skipBrackets(p.rest())
			t = Type{Shape: Suffixed, Text: " " + p.rest()[:n], Args: []Type{t}}
			p.at += n
		default:
			return t
		}
	}
	return t
}

// canonicalBraces is how both of Rust's manglings and debug information's types write a part
// in braces: the type {closure_env#0} is that of {closure#0}, and the legacy scheme has no
// numbers.
func canonicalBraces(s string) string {
	s = strings.ReplaceAll(s, "_env#", "#")
	if s == "{{closure}}" {
		return "{closure}"
	}
	return s
}
