package types

import (
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// frame returns what a frame says of what is allocated below it.
func (r *reader) frame(d *profile.Frame) clue {
	if !isRust(d) {
		return clue{}
	}
	key := function{d.Function, d.Instance, d.File, d.Inlined}
	c, ok := r.clues[key]
	if !ok {
		c = r.rustFrame(d)
		r.clues[key] = c
	}
	return c
}

// function is what a clue depends on. Frames of one function differ by their lines.
type function struct {
	name, instance, file string
	inlined              bool
}

// isRust reports whether a frame is a function of Rust.
func isRust(d *profile.Frame) bool {
	switch d.Language {
	case profile.Rust:
		return true
	case profile.UnknownLanguage:
		return names.LanguagesOf(d.Function, d.File)&names.Rust != 0 && !names.HasParameters(d.Function)
	}
	return false
}

// rustFrame reads a frame of Rust.
func (r *reader) rustFrame(d *profile.Frame) clue {
	if !r.isOfContainers(d.Function, d.File) {
		return clue{}
	}
	if m := moduleOf(d.File); m != "" && r.crates[crateOf(m)] && alwaysCallsBack(m) {
		return clue{role: callback} // as most frames are: the name need not be taken apart
	}
	n := r.rustName(d)
	if is := r.role(n); n.closure || is == callback {
		return clue{role: is}
	}
	c, says := r.candidate(n)
	if d.File == "" {
		return r.withoutDebug(n, c)
	}
	if c == nil || !says {
		return clue{role: through}
	}
	return clue{role: container, is: r.table.intern(c), alone: !d.Inlined && reliable[n.function]}
}

// withoutDebug returns what a function says that there is no debug information of, where c is the container
// that it is of. Whatever it calls may be inlined into it. And compilers make one function of those that
// are the same code, as those are that depend on the size of an element alone: of what it is nothing is
// known then.
func (r *reader) withoutDebug(n rustName, c *candidate) clue {
	switch {
	case c == nil || !reliable[n.function] && !n.holdsPlain():
		return clue{}
	case !c.kind.comparing && c.content != u8.Last().Name:
		c = c.kind.newCandidate(nil)
	}
	return clue{role: container, is: r.table.intern(c), alone: true}
}

// isOfContainers reports whether a function is of one of the crates that the walk goes through: all
// the paths that its name consists of must be, and its file where it has no path, as where
// debug information is of lines only.
func (r *reader) isOfContainers(function, file string) bool {
	if !strings.HasPrefix(function, "<") && !strings.Contains(beforeArguments(function), "::") {
		crate, _, _ := strings.Cut(moduleOf(file), "::")
		return r.crates[crate]
	}
	return !slices.ContainsFunc(names.RustPaths(function), func(p string) bool {
		crate, _, ok := strings.Cut(p, "::")
		return !(ok && r.crates[crate] || primitives[crate])
	})
}

// beforeArguments is a name up to its first argument.
func beforeArguments(name string) string {
	before, _, _ := strings.Cut(name, "<")
	return before
}

// role returns whether a function of a container's crate hands on what is wanted, or calls code of
// its caller's.
func (r *reader) role(n rustName) role {
	if alwaysCallsBack(n.module) || strings.HasPrefix(n.module, "core::iter") && (n.closure || !collecting[n.function]) {
		return callback
	}
	return through
}

// alwaysCallsBack reports whether a module's functions are such as may call code of their callers', whatever
// they are called.
func alwaysCallsBack(module string) bool {
	if crate := crateOf(module); crate != "core" && crate != "std" || inModules(module, passing) {
		return false
	}
	return !strings.HasPrefix(module, "core::iter") || strings.HasPrefix(module, "core::iter::adapters")
}

// inModules reports whether a module is one of a list's, or in one.
func inModules(module string, list []string) bool {
	return slices.ContainsFunc(list, func(m string) bool { return module == m || strings.HasPrefix(module, m+"::") })
}

// candidate returns the container that a function allocates for, nil if the tables do not
// tell. It reports false where the function says nothing.
func (r *reader) candidate(n rustName) (*candidate, bool) {
	if name, ok := r.returned(n); ok {
		if name == "" {
			return nil, false
		}
		t := bindElement(names.ParseType(name), r.firstArgument(n))
		return r.byName[t.Head()].newCandidate(t.Last().Args), true
	}
	if k := r.kinds[n.self.Head()]; k != nil {
		return r.method(k, n)
	}
	if !n.self.IsZero() && !n.self.IsParameter() {
		return nil, false
	}
	if k := r.moduleKind(n.module); k != nil {
		return r.method(k, rustName{module: n.module, function: n.function, args: n.args})
	}
	return nil, false
}

// returned looks a function up in the table of that name.
func (r *reader) returned(n rustName) (string, bool) {
	module := n.module
	for {
		if name, ok := returned[module+"::"+n.function]; ok {
			return name, true
		}
		i := strings.LastIndex(module, "::")
		if i < 0 {
			return "", false
		}
		module = module[:i]
	}
}

// bindElement puts a type for the parameter T.
func bindElement(t, element names.Type) names.Type {
	if element.IsZero() {
		return t
	}
	return bind(t, []names.Type{element}, map[string]names.Type{})
}

// moduleKind is the kind whose module a function is in.
func (r *reader) moduleKind(module string) *kind {
	for {
		if k := r.modules[module]; k != nil {
			return k
		}
		i := strings.LastIndex(module, "::")
		if i < 0 {
			return nil
		}
		module = module[:i]
	}
}

// firstArgument is the type that a function is an instance for: what its type holds if that is a
// container or a slice, else the first of its arguments.
func (r *reader) firstArgument(n rustName) names.Type {
	switch {
	case n.trait == "ConvertVec" || n.trait == "SpecFromElem":
		return n.self // what elements have, for the sake of a Vec of them
	case n.self.Shape == names.Slice:
		return n.self.Args[0]
	case n.self.Head() == "str":
		return u8
	case r.kinds[n.self.Head()] != nil:
		if args := n.self.Last().Args; len(args) > 0 {
			return r.kinds[n.self.Head()].elementOf(args[0])
		}
	}
	if args := typeArguments(n.args); len(args) > 0 {
		return args[0]
	}
	return names.Type{}
}

// typeArguments are the arguments without those that say only where memory comes from.
func typeArguments(args []names.Type) []names.Type {
	for len(args) > 0 && (args[0].IsDefault() || strings.HasPrefix(args[0].Head(), btreeMark)) {
		args = args[1:]
	}
	return args
}

// method returns the container of a kind of which a function is.
func (r *reader) method(k *kind, n rustName) (*candidate, bool) {
	args := n.self.Last().Args
	if n.self.IsZero() {
		if args = n.args; k.inner && (len(args) < 2 || args[0].IsDefault()) {
			args = nil
		}
	}
	if strings.HasSuffix(n.self.Head(), "Inner") {
		args = nil // RawVecInner<A>, RawTableInner: they know sizes, and no types
	}
	if n.self.Head() == btreeHandle && len(args) > 0 {
		args = args[0].Last().Args
	}
	args = typeArguments(args)
	if len(args) == 0 {
		if (k.name == rc || k.name == arc) && n.function == "from" && n.self.IsZero() {
			return k.newCandidate([]names.Type{names.NewType("str")}), true
		}
		return k.newCandidate(nil), true
	}
	if k.name == box || k.name == rc || k.name == arc {
		args[0] = initialized(args[0])
	}
	if k.name == box {
		return r.boxOf(args[0], n.function), true
	}
	return k.newCandidate(args), true
}

// initialized is T for a MaybeUninit<T>, which a block is of before the T is there.
func initialized(t names.Type) names.Type {
	if args := t.Last().Args; len(args) == 1 && t.Head() == "core::mem::maybe_uninit::MaybeUninit" {
		return args[0]
	}
	return t
}

// boxOf is the container that a Box of t is memory of.
func (r *reader) boxOf(t names.Type, function string) *candidate {
	if node := rustNodes[t.Head()]; node != "" {
		return r.byName[node].newCandidate(t.Last().Args)
	}
	if t.Shape == names.Array && (function == "new_uninit" || function == "box_new") {
		return r.byName[literal].newCandidate(t.Args)
	}
	return r.byName[box].newCandidate([]names.Type{t})
}

// holdsPlain reports whether a function is one of a container whose elements own nothing, so that all that
// it allocates is the container's.
func (n rustName) holdsPlain() bool {
	head := n.self.Head()
	if head == text {
		return true
	}
	args := n.self.Last().Args
	return len(args) > 0 && isPlain(args[0])
}

// isPlain reports whether a type is one of Rust's own numbers.
func isPlain(t names.Type) bool {
	_, ok := plainSizes[t.Head()]
	return ok
}
