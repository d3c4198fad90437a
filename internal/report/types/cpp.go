package types

import (
	"strings"

	"heapprof/internal/report/names"
)

// block is what a function of a library of C++ says of the blocks that are allocated
// through it.
type block struct {
	name     string // of the type
	part     string // which of a container's blocks it is, "" for the only kind
	family   string // containers that are made of each other
	contents string // what the container holds, as the program wrote it; "" where the function does not say
	element  bool   // name is what an allocator gives memory for, in a container that does not show
	passes   bool   // it says nothing, and passes on what its callers want
}

func (b *block) isZero() bool { return *b == block{} }

// String returns the type's name, with the part.
func (b *block) String() string {
	if b.part == "" {
		return b.name
	}
	return b.name + " " + b.part
}

// blockOf returns what a demangled function of C++ says.
func blockOf(function string) block {
	path := names.CPPPath(function)
	if len(path) == 0 {
		return block{}
	}
	method := path[len(path)-1].Name
	// The innermost class that is known decides: std::_Function_base::_Base_manager.
	for n := len(path); n > 0; n-- {
		rule, ok := cppRules[qualified(path[:n])]
		if !ok {
			continue
		}
		return rule.of(path[n-1].Arguments, method)
	}
	return block{}
}

// blockOfType returns what a block of a type is that is not the program's own, as a node of a
// map; the zero block for any other type.
func blockOfType(name string) block {
	core := strings.TrimSuffix(name, "*")
	isPointer := core != name
	path := names.CPPPath(core)
	if len(path) == 0 {
		return block{}
	}
	rule, ok := nodeRules[qualified(path)]
	if !ok || rule.pointer != isPointer {
		return block{}
	}
	return rule.of(path[len(path)-1].Arguments, "")
}

// qualified joins the names of a path.
func qualified(path []names.CPPPart) string {
	if len(path) == 1 {
		return path[0].Name
	}
	var b strings.Builder
	for i, p := range path {
		if i > 0 {
			b.WriteString("::")
		}
		b.WriteString(p.Name)
	}
	return b.String()
}

// cppRule is how the arguments of a template become a block.
type cppRule struct {
	// name is the block's, with $0 for the template's first argument, $0.1 for the second
	// argument of that. It is empty for rules that need more: see made.
	name     string
	family   string
	contents string // as name
	part     string
	parts    map[string]string // by the names of methods, or how they begin; they go before part
	pointer  bool              // of a pointer to the type
	made     func(arguments []string, method string) block
}

// of returns the block for a template's arguments. It is zero where one is missing.
func (r *cppRule) of(arguments []string, method string) block {
	b := block{family: r.family, part: r.part}
	switch {
	case r.made != nil:
		b = r.made(arguments, method)
	case r.name == "":
		return block{passes: true}
	default:
		var ok, hasContents bool
		b.name, ok = fill(r.name, arguments, strings.TrimSpace)
		b.name = names.ShortCPP(b.name)
		b.contents, hasContents = fill(r.contents, arguments, strings.TrimSpace)
		if !ok || !hasContents {
			return block{}
		}
	}
	for prefix, part := range r.parts {
		if strings.HasPrefix(method, prefix) {
			b.part = part
		}
	}
	return b
}

// fill replaces $0 and its like in a pattern by template arguments, as write writes them. It is false
// where there are not so many.
func fill(pattern string, arguments []string, write func(string) string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "$")
		b.WriteString(before)
		if !ok {
			return b.String(), true
		}
		argument, found := "", false
		for list := arguments; rest != "" && rest[0] >= '0' && rest[0] <= '9'; {
			n := int(rest[0] - '0')
			if rest = rest[1:]; n >= len(list) {
				return "", false
			}
			argument, found = list[n], true
			if len(rest) < 2 || rest[0] != '.' || rest[1] < '0' || rest[1] > '9' {
				break
			}
			rest = rest[1:]
			list = argumentsOf(argument)
		}
		if !found {
			return "", false
		}
		b.WriteString(write(argument))
		pattern = rest
	}
}

// argumentsOf returns the template arguments of a type; of a pointer to it, too.
func argumentsOf(name string) []string {
	path := names.CPPPath(strings.TrimRight(name, "*& "))
	if len(path) == 0 {
		return nil
	}
	return path[len(path)-1].Arguments
}

// mapOrSet returns the block of a tree or hash table: of a map if what it holds are pairs with
// a key.
func mapOrSet(prefix, contents, part string) block {
	b := block{family: prefix + "map", contents: contents, part: part}
	if key, value, ok := keyAndValue(contents); ok {
		b.name = "std::" + prefix + "map<" + names.ShortCPP(key) + ", " + names.ShortCPP(value) + ">"
	} else {
		b.name = "std::" + prefix + "set<" + names.ShortCPP(contents) + ">"
	}
	return b
}

// keyAndValue takes apart what maps hold: std::pair<K const, V>, and what libc++ has around
// it.
func keyAndValue(contents string) (key, value string, ok bool) {
	path := names.CPPPath(contents)
	if len(path) != 2 || path[0].Name != "std" {
		return "", "", false
	}
	arguments := path[1].Arguments
	switch path[1].Name {
	case "pair":
		if len(arguments) == 2 {
			if key, ok = strings.CutSuffix(arguments[0], " const"); !ok {
				key, ok = strings.CutPrefix(arguments[0], "const ")
			}
			return key, arguments[1], ok
		}
	case "__value_type", "__hash_value_type":
		if len(arguments) == 2 {
			return arguments[0], arguments[1], true
		}
	}
	return "", "", false
}

// node returns a rule for the nodes of a tree or hash table that hold their first argument.
func node(prefix string) cppRule {
	return cppRule{made: func(arguments []string, _ string) block {
		if len(arguments) == 0 {
			return block{}
		}
		return mapOrSet(prefix, arguments[0], "node")
	}}
}

// table returns a rule for a tree or hash table whose argument of that number is what it
// holds. Its methods whose names have equal in them are a multimap's.
func table(prefix string, holds int, part string, parts map[string]string) cppRule {
	return cppRule{parts: parts, made: func(arguments []string, method string) block {
		if holds >= len(arguments) {
			return block{}
		}
		b := mapOrSet(prefix, arguments[holds], part)
		if strings.Contains(method, "_equal") || strings.Contains(method, "_multi") {
			b.name = multi(b.name)
		}
		return b
	}}
}

// multi returns the name of the map or set that has several of one key.
func multi(name string) string {
	return strings.NewReplacer("std::map<", "std::multimap<", "std::set<", "std::multiset<",
		"std::unordered_map<", "std::unordered_multimap<", "std::unordered_set<", "std::unordered_multiset<").Replace(name[:strings.IndexByte(name, '<')+1]) +
		name[strings.IndexByte(name, '<')+1:]
}

// allocated returns the block that an allocator for a type gives.
func allocated(name string) block {
	if b := blockOfType(name); !b.isZero() {
		return b
	}
	if strings.HasPrefix(names.ShortCPP(name), "absl::container_internal::AlignedType<") {
		return block{passes: true} // bytes for a table
	}
	return block{name: names.ShortCPP(name) + "[]", contents: name, element: true}
}

// ofAllocator is the rule for an allocator, whose argument is what it gives memory for.
var ofAllocator = cppRule{made: func(arguments []string, method string) block {
	if len(arguments) == 0 {
		return block{passes: true}
	}
	if strings.Contains(method, "construct") || strings.Contains(method, "destroy") {
		return block{} // of an object in memory that is there
	}
	return allocated(arguments[0])
}}

// passedOn is the rule for what helps allocators, whose argument of that number is one.
func passedOn(n int) cppRule {
	return cppRule{made: func(arguments []string, method string) block {
		if n >= len(arguments) || strings.Contains(method, "construct") || strings.Contains(method, "destroy") {
			return block{}
		}
		if of := argumentsOf(arguments[n]); len(of) > 0 {
			return allocated(of[0])
		}
		return block{passes: true}
	}}
}
