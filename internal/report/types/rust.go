package types

import (
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// reader takes the names of functions apart.
type reader struct {
	table   *Table
	kinds   map[string]*kind // by the head of a type
	modules map[string]*kind // by the module
	byName  map[string]*kind
	crates  map[string]bool
	clues   map[function]clue
}

func newReader(t *Table) *reader {
	r := &reader{table: t, kinds: map[string]*kind{}, modules: map[string]*kind{}, byName: map[string]*kind{}, crates: map[string]bool{}, clues: map[function]clue{}}
	for _, c := range containerCrates {
		r.crates[c] = true
	}
	for i := range rustKinds {
		k := &rustKinds[i]
		r.byName[k.name] = k
		for _, head := range k.types {
			r.kinds[head] = k
			crate, _, _ := strings.Cut(head, "::")
			r.crates[crate] = true
		}
		for _, m := range k.modules {
			r.modules[m] = k
		}
	}
	r.byName[literal] = &kind{name: literal, params: 1, filled: true}
	return r
}

// rustName is what the names of a function of Rust's tell, taken together: the linker's, which has
// the path and, in the legacy scheme, no arguments, and the source's, which has the arguments
// and, where debug information is of lines only, no path.
type rustName struct {
	module   string     // "alloc::collections::vec_deque"
	self     names.Type // the type that it is a method of, with arguments as far as they are known; zero where that is not known
	trait    string     // the last part of the trait whose method it is: "SpecFromElem"
	function string     // "push_back"
	closure  bool       // it is a closure in that function
	args     []names.Type
}

// rustName takes the name of a frame apart.
func (r *reader) rustName(d *profile.Frame) rustName {
	var n rustName
	linkage := names.ParseType(d.Function)
	if linkage.Shape != names.Named {
		linkage = names.ParseType(d.Instance)
	}
	n.read(linkage)
	if d.Instance != "" {
		var source rustName
		source.read(names.ParseType(d.Instance))
		if len(source.args) > 0 {
			n.args = source.args
		}
		if n.module == "" {
			n.module = source.module
		}
	}
	if m := moduleOf(d.File); m != "" && r.crates[crateOf(m)] {
		n.module = m
	} else if n.module == "" || primitives[n.module] {
		n.module = moduleOfPrimitive(n.self)
	}
	n.self = substitute(n.self, n.args)
	return n
}

// crateOf is what a path begins with.
func crateOf(path string) string {
	crate, _, _ := strings.Cut(path, "::")
	return crate
}

// moduleOfPrimitive is where the methods of slices and strings are that allocate.
func moduleOfPrimitive(self names.Type) string {
	switch {
	case self.Shape == names.Slice:
		return "alloc::slice"
	case self.Head() == "str":
		return "alloc::str"
	}
	return ""
}

// read takes a path apart: the modules, the type, the function.
func (n *rustName) read(t names.Type) {
	var modules []string
	for i, s := range t.Path {
		switch {
		case s.Name == "":
			n.self = s.Args[0]
			if len(s.Args) > 1 {
				n.trait = s.Args[1].Last().Name
				if modules == nil {
					modules = moduleParts(s.Args[1])
				}
			}
			if head := n.self.Head(); modules == nil && strings.Contains(head, "::") {
				modules = moduleParts(n.self)
			}
		case strings.HasPrefix(s.Name, "{impl#"):
		case strings.HasPrefix(s.Name, "{"):
			n.closure = true
		case i < len(t.Path)-1 && isTypeName(s.Name):
			if n.self.IsZero() {
				n.self = names.Type{Shape: names.Named, Path: t.Path[:i+1]}
			}
		case n.function == "" && (i == len(t.Path)-1 || followedByBraces(t.Path[i+1:])):
			n.function, n.args = s.Name, s.Args
		case n.function == "":
			modules = append(modules, s.Name)
		}
	}
	n.module = strings.Join(modules, "::")
}

// followedByBraces reports whether the rest of a path is closures and the like.
func followedByBraces(rest []names.Segment) bool {
	return !slices.ContainsFunc(rest, func(s names.Segment) bool {
		return !strings.HasPrefix(s.Name, "{") || strings.HasPrefix(s.Name, "{impl#")
	})
}

// moduleParts are the modules in the path of a type or trait.
func moduleParts(t names.Type) []string {
	var parts []string
	for _, s := range t.Path {
		if isTypeName(s.Name) {
			break
		}
		parts = append(parts, s.Name)
	}
	return parts
}

// isTypeName reports whether a part of a path is a type's or a trait's, by Rust's convention,
// which its libraries keep.
func isTypeName(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

// moduleOf is the module that a source file of a crate has: alloc::vec for
// library/alloc/src/vec/mod.rs, hashbrown::raw for hashbrown-0.16.1/src/raw/mod.rs.
func moduleOf(file string) string {
	before, within, ok := strings.Cut(file, "/src/")
	for ok && strings.Contains(within, "/src/") {
		var more string
		more, within, ok = strings.Cut(within, "/src/")
		before += "/src/" + more
	}
	if !ok || !strings.HasSuffix(within, ".rs") {
		return ""
	}
	crate := path.Base(before)
	if i := strings.LastIndexByte(crate, '-'); i > 0 && i+1 < len(crate) && crate[i+1] >= '0' && crate[i+1] <= '9' {
		crate = crate[:i]
	}
	within = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(within, ".rs"), "mod"), "/")
	if within == "lib" || within == "main" {
		within = ""
	}
	module := strings.ReplaceAll(crate, "-", "_")
	if within != "" {
		module += "::" + strings.ReplaceAll(within, "/", "::")
	}
	return module
}

// substitute puts the arguments of an instance for the parameters that generic code's name has, in
// the order in which both have them: Vec<T, A> and [app::Event, Global] make Vec<app::Event, Global>.
func substitute(t names.Type, args []names.Type) names.Type {
	bound := map[string]names.Type{}
	return bind(t, args, bound)
}

func bind(t names.Type, args []names.Type, bound map[string]names.Type) names.Type {
	if t.IsParameter() {
		name := t.Path[0].Name
		if _, ok := bound[name]; !ok && len(bound) < len(args) {
			bound[name] = args[len(bound)]
		}
		if b, ok := bound[name]; ok {
			return b
		}
		return t
	}
	out := t
	out.Args = bindAll(t.Args, args, bound)
	if t.Shape == names.Named {
		out.Path = make([]names.Segment, len(t.Path))
		for i, s := range t.Path {
			out.Path[i] = names.Segment{Name: s.Name, Args: bindAll(s.Args, args, bound)}
		}
	}
	return out
}

func bindAll(types, args []names.Type, bound map[string]names.Type) []names.Type {
	if len(types) == 0 {
		return types
	}
	out := make([]names.Type, len(types))
	for i, t := range types {
		out[i] = bind(t, args, bound)
	}
	return out
}
