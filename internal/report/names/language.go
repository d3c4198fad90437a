package names

import (
	"path"
	"strings"
)

// Languages is a set of languages that a frame may be written in, as far as its
// source file and the form of its name tell. Namespaces and crates have the same
// form, so that core:: is Rust's core in one program and the core of a game in
// another.
type Languages uint8

// The languages, and the set of all.
const (
	C   Languages = 1 << iota // and whatever has the linker's names of C
	CPP                       // C++, as far as the linker's name differs from C's
	Rust
	Other // D, Fortran, Zig, Ada, Go …

	AnyLanguage = C | CPP | Rust | Other
)

// fileLanguages are the languages of a source file by its name's extension. C++
// is also written in .c; libstdc++'s headers have no extension.
var fileLanguages = map[string]Languages{
	".c": C | CPP, ".h": C | CPP, ".s": C | CPP, ".S": C | CPP, ".m": C | CPP,
	".cc": C | CPP, ".cpp": C | CPP, ".cxx": C | CPP, ".c++": C | CPP, ".C": C | CPP, ".CPP": C | CPP,
	".hh": C | CPP, ".hpp": C | CPP, ".hxx": C | CPP, ".h++": C | CPP, ".H": C | CPP,
	".tcc": CPP, ".ipp": CPP, ".inl": CPP, ".ixx": CPP, ".cppm": CPP, ".mm": C | CPP, ".cu": C | CPP, ".cuh": C | CPP, "": CPP,
	".rs": Rust,
	".d":  Other, ".di": Other, ".zig": Other, ".go": Other, ".swift": Other, ".nim": Other, ".v": Other,
	".f": Other, ".for": Other, ".f77": Other, ".f90": Other, ".f95": Other, ".f03": Other, ".f08": Other, ".F": Other, ".F90": Other,
	".adb": Other, ".ads": Other, ".ada": Other, ".pas": Other, ".pp": Other, ".hs": Other, ".ml": Other, ".cr": Other, ".odin": Other,
}

// LanguagesOf returns what a function of that name in that file may be written
// in. Either may be empty.
func LanguagesOf(name, file string) Languages {
	set := AnyLanguage
	if file != "" {
		if l, ok := fileLanguages[path.Ext(path.Base(file))]; ok {
			set = l
		}
	}
	switch {
	case name == "":
		return set
	case hasRustForm(name):
		return narrow(set, Rust)
	case HasParameters(name):
		return narrow(set, CPP)
	case strings.Contains(name, "::"):
		return narrow(set, set&^C)
	}
	return set | C // a linker's name without any form
}

// narrow returns what of the set is possible, or all of it if nothing were left.
func narrow(set, possible Languages) Languages {
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

// HasParameters reports whether a name has a list of parameters, as those of C++
// have.
func HasParameters(name string) bool {
	for i := 0; i < len(name); {
		rest := name[i:]
		switch c := name[i]; {
		case strings.HasPrefix(rest, Anonymous):
			i += len(Anonymous)
		case startsReceiver(name, i):
			i += skipBrackets(rest)
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

// RustPaths returns the paths of which each must be a plumbing crate's for the
// function to be plumbing. "<X as Trait>::f" is the code of X's crate or of the
// trait's: <alloc::vec::Vec<T> as app::Widen>::widen is the program's own. Slices,
// tuples and pointers are Rust's own types, and so is what has no path; what
// is behind a reference may be the program's.
func RustPaths(name string) []string {
	if !strings.HasPrefix(name, "<") {
		return []string{Qualified(name)}
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
		paths = RustPaths(self)
	}
	if trait != "" {
		paths = append(paths, Qualified(trait))
	}
	if len(paths) == 0 {
		paths = []string{"core::"} // <str>::trim, <[T]>::concat
	}
	return paths
}
