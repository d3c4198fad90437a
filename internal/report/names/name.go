package names

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Qualified reduces a demangled C++ or Rust name to its path: without
// return type, template or generic arguments, parameters and ABI tags.
//
//	void std::vector<int>::_M_realloc_insert<int>(…)     std::vector::_M_realloc_insert
//	<alloc::vec::Vec<T> as core::clone::Clone>::clone    alloc::vec::Vec::clone
//	<T as alloc::slice::hack::ConvertVec>::to_vec        alloc::slice::hack::ConvertVec::to_vec
//
// What Python, Java and Go write in brackets is a name: Store.load.<locals>.<listcomp>, Shop.<init>, rows.(*Table).Add. A name without any of these comes
// back as it is.
func Qualified(name string) string {
	if !strings.ContainsAny(name, "<( [") {
		return name
	}
	if strings.HasPrefix(name, "<") {
		if inner, rest, ok := splitImpl(name); ok {
			return Qualified(inner) + Qualified(rest)
		}
	}
	name = withoutReturnedFunction(name)
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); {
		rest := name[i:]
		switch c := name[i]; {
		case startsOperator(name, i):
			// operator new, operator(), operator<<: the name's last part,
			// made of characters that would mislead the scan.
			op := operatorToken(rest)
			out = append(out, op...)
			i += len(op)
			// operator< <int>: the demangler parts the two with a space.
			if strings.HasPrefix(name[i:], " <") {
				i++
			}
		case strings.HasPrefix(rest, Anonymous):
			out = append(out, Anonymous...)
			i += len(Anonymous)
		case strings.HasPrefix(rest, "(below main)"):
			return "(below main)"
		case startsNamed(name, i):
			n := skipBrackets(rest)
			out = append(out, rest[:n]...)
			i += n
		case c == '<':
			// Rust's generic arguments follow a ::.
			out = bytes.TrimSuffix(out, []byte("::"))
			i += skipBrackets(rest)
		case c == '[':
			// An ABI tag, [abi:cxx11].
			i += skipBrackets(rest)
		case c == '(':
			n := skipBrackets(rest)
			qualifiers, isScope := qualifiersOfScope(name[i+n:])
			if len(out) > 0 && !isScope && string(out) != "decltype" {
				// The parameters: qualifiers may follow, no name.
				return string(out)
			}
			// A lambda or local class inside a function: f(int)::{lambda()#1}::…
			// Or part of a return type: decltype (a+b) f(int), decltype(auto) f(int).
			i += n
			if isScope {
				i += qualifiers
			}
		case c == '{':
			// {lambda(int)#1}, {closure#0}, {{closure}}
			n := skipBrackets(rest)
			out = append(out, rest[:n]...)
			i += n
		case strings.HasPrefix(rest, " "+closureWord) || strings.HasPrefix(rest, " "+asyncWord):
			out = append(out, ' ') // as RustFunction writes what has no name in a function
			i++
		case c == ' ':
			// What came before was a return type.
			out = out[:0]
			i++
		case c == '*' || c == '&':
			if len(out) > 0 && i+1 < len(name) {
				out = out[:0]
			}
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return string(out)
}

// startsNamed reports whether brackets that are a name, or a part of one, begin at i: behind a dot, or as the whole name.
func startsNamed(name string, i int) bool {
	return name[i] == '<' && (i > 0 && name[i-1] == '.' || i == 0 && skipBrackets(name) == len(name)) || startsReceiver(name, i)
}

// startsReceiver reports whether the type of a method of Go's begins at i: rows.(*Table).Add.
func startsReceiver(name string, i int) bool {
	return i > 0 && name[i-1] == '.' && strings.HasPrefix(name[i:], "(*")
}

// Anonymous is what the demangler calls a namespace of C++ without a name.
const Anonymous = "(anonymous namespace)"

// MaxNesting is how deep brackets in a name are followed. A compiler's own limit for
// templates within templates is 900, and no name was seen with more than 60.
const MaxNesting = 200

// MaxLength is how many bytes of a name are looked at. What takes names apart may go back over what it has at
// each bracket: with so many that takes some milliseconds, and with 10 MB would take hours.
const MaxLength = 1 << 14

// Limit returns a name that can be taken apart: with … for what is in more brackets than MaxNesting, as each
// bracket is looked at once for each that it is in, and then for the middle of one that has more than MaxLength bytes.
func Limit(name string) string {
	name = limitNesting(name)
	if len(name) <= MaxLength {
		return name
	}
	head, tail := MaxLength/2, len(name)-MaxLength/2
	for head > 0 && !utf8.RuneStart(name[head]) {
		head--
	}
	for tail < len(name) && !utf8.RuneStart(name[tail]) {
		tail++
	}
	return name[:head] + "…" + name[tail:]
}

func limitNesting(name string) string {
	opening := 0
	for i := 0; i < len(name); i++ {
		if strings.IndexByte("<([{", name[i]) >= 0 {
			opening++
		}
	}
	if opening <= MaxNesting {
		return name
	}
	out := make([]byte, 0, len(name))
	depth := 0
	for i := 0; i < len(name); i++ {
		if strings.IndexByte(">)]}", name[i]) >= 0 && (i == 0 || name[i-1] != '-') {
			depth = max(depth-1, 0)
		}
		if depth < MaxNesting {
			out = append(out, name[i])
		}
		if strings.IndexByte("<([{", name[i]) >= 0 {
			if depth++; depth == MaxNesting {
				out = append(out, "…"...)
			}
		}
	}
	return string(out)
}

// splitImpl takes "<X as Trait>::rest" or "<X>::rest" apart. It returns the
// type that decides who owns the code: X, or Trait where X is a type parameter
// or a reference, slice or tuple.
func splitImpl(name string) (inner, rest string, ok bool) {
	n := skipBrackets(name)
	if n < 3 || n > len(name) || !strings.HasPrefix(name[n:], "::") {
		return "", "", false
	}
	inner, rest = name[1:n-1], name[n:]
	if i := topLevelAs(inner); i >= 0 {
		self, trait := inner[:i], inner[i+len(" as "):]
		if strings.Contains(self, "::") && !strings.ContainsAny(self[:1], "&*[(<") {
			return self, rest, true
		}
		return trait, rest, true
	}
	// Rust's documentation calls the types without a name so.
	switch inner = strings.TrimLeft(inner, "&*"); {
	case strings.HasPrefix(inner, "["):
		return "slice", rest, true
	case strings.HasPrefix(inner, "("):
		return "tuple", rest, true
	}
	return inner, rest, true
}

// topLevelAs returns where " as " stands outside of all brackets, or -1.
func topLevelAs(s string) int {
	for i := 0; i < len(s); {
		switch s[i] {
		case '<', '(', '[', '{':
			i += skipBrackets(s[i:])
		default:
			if strings.HasPrefix(s[i:], " as ") {
				return i
			}
			i++
		}
	}
	return -1
}

// skipBrackets returns how long the bracketed part is that s begins with, all
// of s if it is never closed. The > of -> closes nothing, nor does a > or < that
// compares, in parentheses as the demangler writes it: enable_if<((4)>(2))>.
func skipBrackets(s string) int {
	var room [32]byte
	open := room[:0]
	for i := 0; i < len(s); i++ {
		top := before(open)
		switch c := s[i]; c {
		case '(', '[', '{':
			open = append(open, c)
		case '<':
			if top != '(' || s[i-1] != ')' {
				open = append(open, c)
			}
		case 'o':
			// f<&Bar::operator> >: the first > is part of a name.
			if startsOperator(s, i) && at(s, i+len("operator")) != ' ' {
				i += len(operatorToken(s[i:])) - 1
			}
		case '>':
			if top == '<' && s[i-1] != '-' {
				open = open[:len(open)-1]
			}
		case ')', ']', '}':
			for len(open) > 1 && before(open) == '<' {
				open = open[:len(open)-1]
			}
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return i + 1
		}
	}
	return len(s)
}

// operatorToken returns the operator's whole name at the start of s:
// "operator new[]", "operator()", "operator<<", "operator std::string".
func operatorToken(s string) string {
	n := len("operator")
	for _, word := range [...]string{" new[]", " delete[]", " new", " delete", " co_await", "()", "[]"} {
		if strings.HasPrefix(s[n:], word) {
			return s[:n+len(word)]
		}
	}
	if n < len(s) && s[n] == ' ' {
		// A conversion: everything up to the parameters is the type.
		for i := n + 1; i < len(s); {
			switch s[i] {
			case '<', '[', '{':
				i += skipBrackets(s[i:])
			case '(':
				return s[:i]
			default:
				i++
			}
		}
		return s
	}
	for _, symbol := range operatorSymbols {
		if !strings.HasPrefix(s[n:], symbol) {
			continue
		}
		n += len(symbol)
		if symbol == `""` { // operator"" _km: of a literal, 5_km
			for n < len(s) && (s[n] == ' ' || isIdent(s[n])) {
				n++
			}
		}
		break
	}
	return s[:n]
}

// qualifiersOfScope returns how long the qualifiers of a method are that s begins with, and whether
// something in that method follows: " const::{lambda()#1}".
func qualifiersOfScope(s string) (n int, isScope bool) {
	rest := s
	for _, q := range [...]string{" const", " volatile", " &&", " &"} {
		rest = strings.TrimPrefix(rest, q)
	}
	return len(s) - len(rest), strings.HasPrefix(rest, "::")
}

// withoutReturnedFunction returns the name of a function that returns a pointer to a function or to
// an array, around which that type is written, without it: "void (*find(int))(char)" is find(int).
func withoutReturnedFunction(name string) string {
	if !strings.Contains(name, "(*") && !strings.Contains(name, "(&") {
		return name
	}
	for i := 0; i < len(name); {
		switch {
		case startsOperator(name, i):
			return name
		case name[i] == '(':
			n := skipBrackets(name[i:])
			inner, ok := strings.CutSuffix(name[i+1:i+n], ")")
			if function := strings.TrimLeft(inner, "*&"); ok && i > 0 && name[i-1] == ' ' && function != inner && strings.HasSuffix(function, ")") {
				return withoutReturnedFunction(function)
			}
			i += n
		case strings.IndexByte("<[{", name[i]) >= 0:
			i += skipBrackets(name[i:])
		default:
			i++
		}
	}
	return name
}

// operatorSymbols are what C++ lets a program define, longest first: what
// follows may be template arguments, as in operator><int>.
var operatorSymbols = [...]string{
	"<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "->", `""`,
	"+", "-", "*", "/", "%", "^", "&", "|", "~", "!", "=", "<", ">", ",",
}

// before is the last byte of out, 0 if there is none.
func before(out []byte) byte {
	if len(out) == 0 {
		return 0
	}
	return out[len(out)-1]
}

func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// startsOperator reports whether an operator's name starts at name[i].
func startsOperator(name string, i int) bool {
	return strings.HasPrefix(name[i:], "operator") && (i == 0 || !isIdent(name[i-1])) && !isIdent(at(name, i+len("operator")))
}

// at is s[i], 0 beyond the end.
func at(s string, i int) byte {
	if i >= len(s) {
		return 0
	}
	return s[i]
}
