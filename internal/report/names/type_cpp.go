package names

import (
	"slices"
	"strings"
)

// CPPPart is one part of a function's or a type's name in C++, as between the :: of
// std::vector<int, std::allocator<int> >::push_back.
type CPPPart struct {
	Name      string   // without arguments
	Arguments []string // of the template, as they stand; nil where it is none
}

// CPPPath returns the parts of a demangled function of C++, outermost scope first, without
// return type and parameters. Inline namespaces of the standard libraries, which name a
// version of them, are no parts: std::__cxx11::list is std, list.
func CPPPath(function string) []CPPPart {
	r := partReader{text: function, start: none, stop: none}
	for i := 0; i < len(function); {
		rest := function[i:]
		switch c := function[i]; {
		case strings.HasPrefix(rest, "::"):
			r.end(i)
			i += 2
		case startsOperator(function, i):
			r.begin(i)
			i += len(operatorToken(rest))
			r.stop = i
			if strings.HasPrefix(function[i:], " <") { // operator< <int>
				i++
			}
		case strings.HasPrefix(rest, Anonymous):
			r.begin(i)
			i += len(Anonymous)
		case c == '<':
			r.endName(i)
			inner, n := withinBrackets(rest)
			r.arguments = splitArguments(inner)
			i += n
		case c == '[': // an ABI tag
			r.endName(i)
			i += skipBrackets(rest)
		case c == '(':
			n := skipBrackets(rest)
			if r.start != none && !strings.HasPrefix(function[i+n:], "::") {
				r.end(i)
				return r.path
			}
			r.endName(i) // of a function around a lambda or a class
			i += n
		case c == '{':
			r.begin(i)
			i += skipBrackets(rest)
		case strings.HasPrefix(rest, " const::"): // of the method around a lambda
			i += len(" const")
		case c == ' ', c == '*', c == '&': // what came before was a return type
			r = partReader{text: function, start: none, stop: none}
			i++
		default:
			r.begin(i)
			i++
		}
	}
	r.end(len(function))
	return r.path
}

// partReader reads the parts of a name from left to right.
type partReader struct {
	text      string
	path      []CPPPart
	start     int      // of the part that is being read, or none
	stop      int      // where its name ends, or none as long as that goes on
	arguments []string // of the part
}

const none = -1

// begin begins a part, if none is being read.
func (r *partReader) begin(i int) {
	if r.start == none {
		r.start = i
	}
}

// endName ends the name of the part that is being read, which something else follows.
func (r *partReader) endName(i int) {
	if r.start != none && r.stop == none {
		r.stop = i
	}
}

// end ends the part that is being read.
func (r *partReader) end(i int) {
	r.endName(i)
	if r.start != none && r.start < r.stop {
		if name := r.text[r.start:r.stop]; !isInlineNamespace(name, r.path) {
			r.path = append(r.path, CPPPart{name, r.arguments})
		}
	}
	r.start, r.stop, r.arguments = none, none, nil
}

// isInlineNamespace reports whether a part behind others is one of the namespaces by which
// standard libraries tell their versions apart.
func isInlineNamespace(part string, before []CPPPart) bool {
	switch {
	case len(before) == 0:
		return false
	case len(before) == 1 && before[0].Name == "absl":
		return abseilVersion(part) == len(part)
	}
	return before[0].Name == "std" && slices.Contains(inlineNamespaces, part)
}

// abseilVersion returns how long the name of Abseil's inline namespace is with which a text begins: its own
// lts_20220623, or debian3; 0 where it begins with none.
func abseilVersion(text string) int {
	for _, prefix := range []string{"lts_", "debian"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return len(text) - len(strings.TrimLeft(rest, "0123456789"))
		}
	}
	return 0
}

// inlineNamespaces are libstdc++'s, libc++'s and Android's.
var inlineNamespaces = []string{"__cxx11", "__1", "__2", "__ndk1", "__8", "__fs", "__debug", "__cxx1998", "_V2"}

// withinBrackets returns what is in the brackets that s begins with, and how long they are
// with it.
func withinBrackets(s string) (inner string, n int) {
	n = skipBrackets(s)
	return strings.TrimSuffix(s[1:n], string(rune(closing[s[0]]))), n
}

var closing = map[byte]byte{'<': '>', '(': ')', '[': ']', '{': '}'}

// splitArguments returns what stands between the commas of a list of template arguments.
func splitArguments(list string) []string {
	all := []string{}
	start := 0
	for i := 0; i < len(list); {
		switch list[i] {
		case '<', '(', '[', '{':
			i += skipBrackets(list[i:])
		case ',':
			all = append(all, strings.TrimSpace(list[start:i]))
			i++
			start = i
		default:
			i++
		}
	}
	if last := strings.TrimSpace(list[start:]); last != "" {
		all = append(all, last)
	}
	return all
}

// headOf returns where the last name of a text begins, which may have scopes in front.
func headOf(text []byte) int {
	for i := len(text); i > 0; i-- {
		c := text[i-1]
		if isIdent(c) || c == ':' || c == '~' {
			continue
		}
		switch c {
		case '>', ')', '}', ']': // the scopes have arguments, or are (anonymous namespace)
			if i < len(text) && text[i] == ':' {
				if open := openingOf(text[:i]); open >= 0 {
					i = open + 1
					continue
				}
			}
		}
		return i
	}
	return 0
}

// openingOf returns where the bracket opens that the last byte of text closes, or -1.
func openingOf[T string | []byte](text T) int {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case '>', ')', '}', ']':
			depth++
		case '<', '(', '{', '[':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
