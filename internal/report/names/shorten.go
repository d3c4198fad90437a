package names

import (
	"strings"
	"unicode/utf8"
)

// Shorten makes a function's name fit into width columns. The end, which holds
// the function's own name, stays: first the parameters go, then template
// arguments, of a function of Go's the way to its package, and what is still too long is cut in the middle.
//
//	std::vector<foo, std::allocator<foo> >::push_back(foo const&)
//	std::vector<foo, std::allocator<foo> >::push_back(…)
//	std::vector<…>::push_back(…)
//	std::vec…::push_back
func Shorten(name string, width int) string {
	if Width(name) <= width {
		return name
	}
	name = collapseParameters(name)
	if Width(name) <= width {
		return name
	}
	name = collapseArguments(name)
	if Width(name) <= width {
		return name
	}
	if i := packageStart(name); i > 0 {
		return CutMiddle("…/"+name[i:], width)
	}
	name = strings.TrimSuffix(dropReturnType(strings.TrimSuffix(name, " const")), "(…)")
	return CutMiddle(name, width)
}

// packageStart returns where the last part of the package of a function of Go's begins in its name, as dhat does in
// "example.com/shop/dhat.(*scanner).bytes"; 0 where the name has no such parts.
func packageStart(name string) int {
	path := name
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '(' || c == '[':
			path = name[:i]
			i = len(name)
		case strings.IndexByte("/._-~%", c) >= 0 || c >= utf8.RuneSelf:
		case c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z':
			return 0
		}
	}
	start := strings.LastIndexByte(path, '/') + 1
	if !strings.Contains(path[start:], ".") {
		return 0 // C++'s operator/
	}
	return start
}

// collapseParameters replaces a C++ function's parameters, with what follows
// them, by (…).
func collapseParameters(name string) string {
	if at, n := findParameters(name); n > len("()") {
		return name[:at] + "(…)"
	}
	return name
}

// collapseArguments replaces template and generic arguments by <…>, but keeps a
// Rust implementation's <X as Trait>, whose arguments it collapses inside.
func collapseArguments(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		switch {
		case startsNamed(name, i):
			n := skipBrackets(name[i:])
			b.WriteString(name[i : i+n])
			i += n
		case name[i] == '<':
			n := skipBrackets(name[i:])
			inner := name[i+1 : max(i+1, i+n-1)]
			if (i == 0 || name[i-1] == ' ') && strings.HasPrefix(name[i+n:], "::") {
				b.WriteString("<" + collapseArguments(inner) + ">")
			} else if utf8.RuneCountInString(inner) > 1 {
				b.WriteString("<…>")
			} else {
				b.WriteString(name[i : i+n])
			}
			i += n
		case startsOperator(name, i):
			op := operatorToken(name[i:])
			b.WriteString(op)
			i += len(op)
		default:
			b.WriteByte(name[i])
			i++
		}
	}
	return b.String()
}

// dropReturnType removes what a template's name begins with: "void f<…>(…)". What Rust's
// closures have before a space is the function around them: "app::load {closure}".
func dropReturnType(name string) string {
	if strings.HasPrefix(name, "<") {
		return name
	}
	start := 0
	for i := 0; i < len(name); {
		switch {
		case startsOperator(name, i):
			return name[start:]
		case strings.IndexByte("<({[", name[i]) >= 0:
			i += skipBrackets(name[i:])
		case name[i] == ' ' && at(name, i+1) != '{':
			if n, isScope := qualifiersOfScope(name[i:]); isScope {
				i += n
				continue
			}
			i++
			start = i
		default:
			i++
		}
	}
	return name[start:]
}

// CutType shortens the name of a type to at most width columns. What stands behind its arguments
// stays, as it tells blocks of one container apart: "std::map<int, sho…> node".
func CutType(name string, width int) string {
	from, to := strings.IndexByte(name, '<'), strings.LastIndexByte(name, '>')
	if Width(name) <= width || from < 0 || to < from || to == len(name)-1 {
		return CutEnd(name, width)
	}
	arguments, rest := name[from+1:to], name[to:]
	for _, head := range []string{name[:from+1], strings.TrimPrefix(name[:from+1], "std::")} {
		if room := width - Width(head) - Width(rest); room > 0 {
			return head + CutEnd(arguments, room) + rest
		}
	}
	return CutMiddle(name, width)
}
