package names

import "strings"

// CPPFunction returns the name of a demangled function of C++ as people write it: types as
// ShortCPP has them, without the return type, ABI tags, and template arguments of a function of
// the standard library, which its parameters tell.
//
//	load_row(std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > const&)
//	load_row(const std::string&)
//
//	std::vector<int, std::allocator<int> > app::take<int>(int)
//	app::take<int>(int)
//
// A name without any of these comes back as it is.
func CPPFunction(name string) string {
	if !strings.ContainsAny(name, "<[") && !strings.Contains(name, "std::") && !strings.Contains(name, " const") {
		return name
	}
	name = withoutReturnedFunction(Limit(name))
	head, parameters, end := cutParameters(name)
	head = shortCPP(WithoutTags(dropReturnType(head)))
	if strings.HasPrefix(head, "std::") && strings.HasSuffix(head, ">") {
		if open := openingOf(head); open > 0 && !strings.HasSuffix(head[:open], "operator") {
			head = strings.TrimSuffix(head[:open], " ")
		}
	}
	if end == "" && parameters == "" {
		return head
	}
	list := splitArguments(parameters[1 : len(parameters)-1])
	for i := range list {
		list[i] = shortCPP(list[i])
	}
	return head + "(" + strings.Join(list, ", ") + ")" + WithoutTags(end)
}

// cutParameters cuts the name of a function around its parameters, which have their
// parentheses; they are "" where the name has none.
func cutParameters(name string) (head, parameters, end string) {
	at, n := findParameters(name)
	if n == 0 || name[at+n-1] != ')' {
		return name, "", ""
	}
	return name[:at], name[at : at+n], name[at+n:]
}

// findParameters returns where the parameters of a C++ function begin in its name, and how many
// bytes they have with their parentheses, of which a name that was cut may lack the last; 0 where
// the name has none.
func findParameters(name string) (at, n int) {
	lastScope := strings.LastIndex(name, "::")
	for i := 0; i < len(name); {
		switch name[i] {
		case '<', '[', '{':
			i += skipBrackets(name[i:])
		case '(':
			n := skipBrackets(name[i:])
			inScope := strings.HasPrefix(name[i:], Anonymous) || lastScope >= i+n
			isOperator := strings.HasPrefix(name[i+n:], "(") // operator()(…)
			isReturned := strings.HasSuffix(name[:i], "decltype")
			if i > 0 && !inScope && !isOperator && !isReturned && name[i-1] != ' ' && !startsReceiver(name, i) {
				return i, n
			}
			i += n
		case 'o':
			if startsOperator(name, i) {
				i += len(operatorToken(name[i:]))
				continue
			}
			i++
		default:
			i++
		}
	}
	return 0, 0
}

// WithoutTags returns a name without its ABI tags: [abi:cxx11].
func WithoutTags(name string) string {
	const tag = "[abi:"
	for {
		before, rest, ok := strings.Cut(name, tag)
		if !ok {
			return name
		}
		_, after, closed := strings.Cut(rest, "]")
		if !closed {
			return name
		}
		name = before + after
	}
}
