package names

import (
	"bytes"
	"slices"
	"strings"
)

// ShortCPP returns a type as people write it in C++: without the arguments that are what the
// standard library has where none are given, without its inline namespaces, const in front.
//
//	std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >     std::string
//	std::map<int, char const*, std::less<int>, std::allocator<…> >                      std::map<int, const char*>
func ShortCPP(name string) string { return shortCPP(Limit(name)) }

func shortCPP(name string) string {
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); {
		if strings.HasPrefix(name[i:], Anonymous) {
			out = append(out, Anonymous...)
			i += len(Anonymous)
			continue
		}
		if startsOperator(name, i) {
			op := operatorToken(name[i:])
			out = append(out, op...)
			i += len(op)
			continue
		}
		switch c := name[i]; c {
		case '<':
			inner, n := withinBrackets(name[i:])
			arguments := splitArguments(inner)
			for j := range arguments {
				arguments[j] = withoutLetters(shortCPP(arguments[j]))
			}
			start := headOf(out)
			out = append(out[:start], withArguments(string(out[start:]), arguments)...)
			i += n
		case '(', '[', '{':
			inner, n := withinBrackets(name[i:])
			list := splitArguments(inner)
			for j := range list {
				list[j] = shortCPP(list[j])
			}
			if c == '(' && !strings.HasPrefix(inner, "*") && !strings.HasPrefix(inner, "&") { // int (char)
				out = bytes.TrimSuffix(out, []byte(" "))
			}
			out = append(out, c)
			out = append(out, strings.Join(list, ", ")...)
			out = append(out, closing[c])
			i += n
		default:
			out = append(out, c)
			i++
		}
	}
	return constInFront(withoutInlineNamespaces(string(out)))
}

// withoutLetters returns a number without the letters by which demanglers tell its type: 3ul is 3. It
// returns any other argument as it is.
func withoutLetters(argument string) string {
	digits := strings.TrimRight(argument, "ul")
	if digits == argument || strings.Trim(strings.TrimPrefix(digits, "-"), "0123456789") != "" || digits == "" || digits == "-" {
		return argument
	}
	return digits
}

// withoutInlineNamespaces drops the namespaces by which standard libraries tell their
// versions apart.
func withoutInlineNamespaces(name string) string {
	if before, rest, ok := strings.Cut(name, "absl::"); ok {
		if n := abseilVersion(rest); n > 0 && strings.HasPrefix(rest[n:], "::") {
			rest = rest[n+len("::"):]
		}
		name = before + "absl::" + withoutInlineNamespaces(rest)
	}
	if !strings.Contains(name, "std::") {
		return name
	}
	for _, n := range inlineNamespaces {
		if strings.Contains(name, n) {
			name = strings.ReplaceAll(name, "std::"+n+"::", "std::")
			name = strings.ReplaceAll(name, "std::filesystem::"+n+"::", "std::filesystem::")
			name = strings.ReplaceAll(name, "std::chrono::"+n+"::", "std::chrono::")
		}
	}
	return name
}

// constInFront writes "const char*" for "char const*". The const of "Foo::walk() const::{lambda()#1}" is
// the method's.
func constInFront(name string) string {
	core, qualifier, ok := cutTopLevel(name, " const")
	if !ok || core == "" || strings.HasPrefix(qualifier, "::") || strings.ContainsAny(core[len(core)-1:], "*&") || strings.HasPrefix(core, "const ") {
		return name
	}
	if i := strings.IndexAny(core, "*&("); i >= 0 && !strings.Contains(core, Anonymous) && !strings.ContainsAny(core, "<{") {
		return name
	}
	return "const " + core + qualifier
}

// cutTopLevel cuts a name around the first occurrence of a word outside of all brackets.
func cutTopLevel(name, word string) (before, after string, ok bool) {
	for i := 0; i < len(name); {
		switch name[i] {
		case '<', '(', '[', '{':
			i += skipBrackets(name[i:])
		default:
			if i > 0 && strings.HasPrefix(name[i:], word) && !isIdent(at(name, i+len(word))) {
				return name[:i], name[i+len(word):], true
			}
			i++
		}
	}
	return name, "", false
}

// withArguments returns a template with its arguments, of which those are dropped that are
// the standard library's own choice.
func withArguments(head string, arguments []string) string {
	head = withoutInlineNamespaces(head)
	plain := strings.TrimPrefix(head, "std::")
	if plain != head {
		if of, ok := charTemplates[plain]; ok && len(arguments) > 0 {
			if prefix, ok := charPrefixes[arguments[0]]; ok && !slices.ContainsFunc(arguments[1:], isChosen) {
				return "std::" + prefix + of
			}
		}
	}
	least := len(arguments) // how many stay
	switch {
	case plain == head: // not the standard library's
		least = min(1, least)
		for least < len(arguments) && !strings.HasPrefix(arguments[least], "std::allocator<") {
			least++
		}
		if slices.ContainsFunc(arguments[least:], isChosen) {
			least = len(arguments)
		}
	case keyAndValue[plain] > 0:
		least = keyAndValue[plain]
	}
	for len(arguments) > least && (!isChosen(arguments[len(arguments)-1]) || isUnderlying(plain, arguments)) {
		arguments = arguments[:len(arguments)-1]
	}
	return head + "<" + strings.Join(arguments, ", ") + ">"
}

// isUnderlying reports whether the last argument of an adapter is the container that it has
// where none is given.
func isUnderlying(adapter string, arguments []string) bool {
	container := adapters[adapter]
	return container != "" && len(arguments) == 2 && arguments[1] == container+arguments[0]+">"
}

var adapters = map[string]string{"stack": "std::deque<", "queue": "std::deque<", "priority_queue": "std::vector<"}

// isChosen reports whether a template argument is the program's choice, not what the
// standard library has where none is given.
func isChosen(argument string) bool {
	for _, prefix := range usualArguments {
		if strings.HasPrefix(argument, prefix) {
			return false
		}
	}
	return true
}

var usualArguments = []string{"std::allocator<", "std::less<", "std::hash<", "std::equal_to<", "std::char_traits<", "std::default_delete<"}

// keyAndValue is how many arguments the standard library's templates need, of those that
// have more.
var keyAndValue = map[string]int{
	"vector": 1, "deque": 1, "list": 1, "forward_list": 1, "set": 1, "multiset": 1, "unordered_set": 1, "unordered_multiset": 1,
	"map": 2, "multimap": 2, "unordered_map": 2, "unordered_multimap": 2, "unique_ptr": 1, "basic_string": 1,
	"stack": 1, "queue": 1, "priority_queue": 1,
}

// charTemplates are the templates of characters, and what follows the character's prefix in
// the names that they have for char and its like.
var charTemplates = map[string]string{
	"basic_string": "string", "basic_string_view": "string_view", "basic_ostream": "ostream", "basic_istream": "istream", "basic_iostream": "iostream",
	"basic_stringbuf": "stringbuf", "basic_filebuf": "filebuf", "basic_streambuf": "streambuf", "basic_stringstream": "stringstream",
	"basic_ostringstream": "ostringstream", "basic_istringstream": "istringstream", "basic_fstream": "fstream", "basic_ofstream": "ofstream",
	"basic_ifstream": "ifstream", "basic_ios": "ios", "basic_regex": "regex",
}

var charPrefixes = map[string]string{"char": "", "wchar_t": "w", "char8_t": "u8", "char16_t": "u16", "char32_t": "u32"}

// ElideCPP puts … for the template arguments of a type of C++ that are deepest in brackets,
// until the type fits into width columns or there is nothing more to leave out.
//
//	std::map<std::string, app::Value<app::Traits<int>>>    std::map<std::string, app::Value<…>>
func ElideCPP(name string, width int) string {
	for depth := 8; depth > 0 && Width(name) > width; depth-- {
		name = elideBelow(name, depth)
	}
	return name
}

// elideBelow puts … for what is in so many brackets < and more.
func elideBelow(name string, depth int) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		switch c := name[i]; {
		case startsOperator(name, i):
			op := operatorToken(name[i:])
			b.WriteString(op)
			i += len(op)
		case c == '<':
			inner, n := withinBrackets(name[i:])
			if depth == 1 {
				inner = "…"
			} else {
				inner = elideBelow(inner, depth-1)
			}
			b.WriteString("<" + inner + ">")
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}
