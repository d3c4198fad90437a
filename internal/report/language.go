package report

import (
	"path"
	"strings"
)

// languages is a set of languages that a frame may be written in, as far as its
// source file and the form of its name tell. Namespaces and crates have the same
// form, so that core:: is Rust's core in one program and the core of a game in
// another.
type languages uint8

const (
	langC   languages = 1 << iota // and whatever has the linker's names of C
	langCPP                       // C++, as far as the linker's name differs from C's
	langRust
	langOther // D, Fortran, Zig, Ada, Go …

	anyLanguage = langC | langCPP | langRust | langOther
)

// fileLanguages are the languages of a source file by its name's extension. C++
// is also written in .c; libstdc++'s headers have no extension.
var fileLanguages = map[string]languages{
	".c": langC | langCPP, ".h": langC | langCPP, ".s": langC | langCPP, ".S": langC | langCPP, ".m": langC | langCPP,
	".cc": langC | langCPP, ".cpp": langC | langCPP, ".cxx": langC | langCPP, ".c++": langC | langCPP, ".C": langC | langCPP, ".CPP": langC | langCPP,
	".hh": langC | langCPP, ".hpp": langC | langCPP, ".hxx": langC | langCPP, ".h++": langC | langCPP, ".H": langC | langCPP,
	".tcc": langCPP, ".ipp": langCPP, ".inl": langCPP, ".ixx": langCPP, ".cppm": langCPP, ".mm": langC | langCPP, ".cu": langC | langCPP, ".cuh": langC | langCPP, "": langCPP,
	".rs": langRust,
	".d":  langOther, ".di": langOther, ".zig": langOther, ".go": langOther, ".swift": langOther, ".nim": langOther, ".v": langOther,
	".f": langOther, ".for": langOther, ".f77": langOther, ".f90": langOther, ".f95": langOther, ".f03": langOther, ".f08": langOther, ".F": langOther, ".F90": langOther,
	".adb": langOther, ".ads": langOther, ".ada": langOther, ".pas": langOther, ".pp": langOther, ".hs": langOther, ".ml": langOther, ".cr": langOther, ".odin": langOther,
}

// languagesOf returns what a function of that name in that file may be written
// in. Either may be empty.
func languagesOf(name, file string) languages {
	set := anyLanguage
	if file != "" {
		if l, ok := fileLanguages[path.Ext(path.Base(file))]; ok {
			set = l
		}
	}
	switch {
	case name == "":
		return set
	case hasRustForm(name):
		return narrow(set, langRust)
	case hasParameters(name):
		return narrow(set, langCPP)
	case strings.Contains(name, "::"):
		return narrow(set, set&^langC)
	}
	return set | langC // a linker's name without any form
}

// narrow returns what of the set is possible, or all of it if nothing were left.
func narrow(set, possible languages) languages {
	if set&possible != 0 {
		return set & possible
	}
	return set
}

// hasRustForm reports whether a name is spelled as only Rust's are.
func hasRustForm(name string) bool {
	return strings.HasPrefix(name, "<") || strings.Contains(name, "{{") || strings.Contains(name, "{closure#") ||
		strings.Contains(name, "{impl#") || strings.Contains(name, "{shim:") || strings.Contains(name, "::<impl ")
}

// hasParameters reports whether a name has a list of parameters, as those of C++
// have.
func hasParameters(name string) bool {
	for i := 0; i < len(name); {
		rest := name[i:]
		switch c := name[i]; {
		case strings.HasPrefix(rest, anonymous):
			i += len(anonymous)
		case c == '(':
			return rest != "(below main)"
		case c == '<' || c == '[' || c == '{':
			i += skipBrackets(rest)
		case startsOperator(name, i):
			i += len(operatorToken(rest))
		default:
			i++
		}
	}
	return false
}

// rustPaths returns the paths of which each must be a plumbing crate's for the
// function to be plumbing. "<X as Trait>::f" is the code of X's crate or of the
// trait's: <alloc::vec::Vec<T> as app::Widen>::widen is the program's own. Slices,
// tuples and pointers are Rust's own types, and so is what has no path; what
// is behind a reference may be the program's.
func rustPaths(name string) []string {
	if !strings.HasPrefix(name, "<") {
		return []string{qualifiedName(name)}
	}
	n := skipBrackets(name)
	inner := name[1:max(n-1, 1)]
	self, trait := inner, ""
	if i := topLevelAs(inner); i >= 0 {
		self, trait = inner[:i], inner[i+len(" as "):]
	}
	for strings.HasPrefix(self, "&") {
		self = strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(self, "&"), "mut "), "dyn ")
	}
	var paths []string
	if strings.Contains(self, "::") && strings.IndexByte("*[(", self[0]) < 0 {
		paths = rustPaths(self)
	}
	if trait != "" {
		paths = append(paths, qualifiedName(trait))
	}
	if len(paths) == 0 {
		paths = []string{"core::"} // <str>::trim, <[T]>::concat
	}
	return paths
}
