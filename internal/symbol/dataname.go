package symbol

import (
	"strings"

	"heapprof/internal/profile"

	"github.com/ianlancetaylor/demangle"
)

// nameOfVariable returns what a person calls the variable of a linker's name, and the function that it is in, empty
// where that does not tell. internal is set of what no source declares.
func (m *Module) nameOfVariable(symbol string) (name, in string, internal bool) {
	if isInternal(symbol) {
		return m.readable(symbol), "", true
	}
	symbol = withoutNumber(withoutSuffix(symbol))
	if name, in, ok := m.nameWithin(symbol); ok {
		return name, in, false
	}
	name = m.readable(symbol)
	if languageOfSymbol(symbol) == profile.Rust {
		return rustVariable(name), "", false
	}
	if isMangled(symbol) {
		if _, of, ok := strings.Cut(name, " for "); ok && strings.HasPrefix(name, "reference temporary ") { // of: const T &of = T();
			name = of
		}
		name = withoutTags(name)
	}
	return name, "", false
}

// isInternal reports whether a linker's name is that of what compilers make beside the source's variables.
func isInternal(symbol string) bool {
	switch symbol {
	case "__tls_guard", "completed.0": // whether the thread's variables are made; whether destructors ran
		return true
	}
	for _, prefix := range [...]string{
		"_ZGV",    // guards of variables that are made when first used
		"DW.ref.", // addresses for the unwinding of exceptions
		"anon.",   // Rust's constants
		"_rust_extern_with_linkage_",
	} {
		if strings.HasPrefix(symbol, prefix) {
			return true
		}
	}
	hash, ok := strings.CutPrefix(symbol, "alloc_") // Rust's constants by their contents
	return ok && len(hash) == 32 && strings.Trim(hash, "0123456789abcdef") == ""
}

// withoutNumber returns a linker's name without the number that compilers of C append to tell a function's variable from
// others of the name: counter.0.
func withoutNumber(symbol string) string {
	if i := strings.LastIndexByte(symbol, '.'); i > 0 && i+1 < len(symbol) && strings.Trim(symbol[i+1:], "0123456789") == "" {
		return symbol[:i]
	}
	return symbol
}

// nameWithin returns the name of a variable that is in a function of C++, and the function, and reports whether
// it is such.
func (m *Module) nameWithin(symbol string) (name, in string, ok bool) {
	if !strings.HasPrefix(symbol, "_ZZ") || len(symbol) > maxMangled {
		return "", "", false
	}
	tree, err := demangle.ToAST(symbol, demangle.NoClones, demangle.MaxLength(maxNamePower+1))
	if err != nil {
		return "", "", false
	}
	local, ok := tree.(*demangle.Qualified)
	if !ok || !local.LocalName {
		return "", "", false
	}
	text := func(a demangle.AST) string {
		return shortened(leftovers.Replace(demangle.ASTToString(a, demangle.MaxLength(maxNamePower+1))), symbol)
	}
	return withoutTags(text(local.Name)), text(local.Scope), true
}

// withoutTags returns a name of C++ without its ABI tags: [abi:cxx11].
func withoutTags(name string) string {
	for {
		before, rest, ok := strings.Cut(name, "[abi:")
		_, after, closed := strings.Cut(rest, "]")
		if !ok || !closed {
			return name
		}
		name = before + after
	}
}

// rustVariable returns the name that the source gives to a variable of Rust, of which the linker's may be that
// of what a macro has made inside.
func rustVariable(name string) string {
	const lazy = " as core::ops::deref::Deref>::deref::" // what lazy_static! has made: <app::CACHE as …>::deref::__stability::LAZY
	if own, _, ok := strings.Cut(name, lazy); ok && strings.HasPrefix(own, "<") {
		return own[1:]
	}
	end := len(name)
	for _, inside := range [...]string{"::{{constant}}", "::{K#", "::__getit", "::__init::", "::__rust_std_internal_", "::__RUST_STD_INTERNAL_"} { // of thread_local!
		if i := strings.Index(name, inside); i > 0 {
			end = min(end, i)
		}
	}
	return name[:end]
}
