package symbol

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// isMangled says whether name is in the C++ ABI's or Rust's encoding.
func isMangled(name string) bool {
	return strings.HasPrefix(name, "_Z") || strings.HasPrefix(name, "_R") || strings.HasPrefix(name, "___Z")
}

// readable returns a linker's name as people read it: demangled with its
// parameters, without Rust's hash, version or the suffix of a clone.
func (m *Module) readable(name string) string {
	if r, ok := m.names[name]; ok {
		return r
	}
	r := demangle.Filter(withoutSuffix(name), demangle.NoClones)
	m.names[name] = r
	return r
}

// cloneSuffixes begin what compilers append to the name of a function that
// they split, specialised or made private. People know the function without.
var cloneSuffixes = []string{".cold", ".part.", ".isra.", ".constprop.", ".lto_priv.", ".localalias", ".llvm."}

// withoutSuffix cuts a symbol version (name@@GLIBC_2.2.5) and clones' suffixes.
func withoutSuffix(name string) string {
	if i := strings.IndexByte(name, '@'); i > 0 && !strings.HasSuffix(name, "@plt") {
		name = name[:i]
	}
	for _, s := range cloneSuffixes {
		if i := strings.Index(name, s); i > 0 {
			name = name[:i]
		}
	}
	return name
}

// underscores counts the underscores that a name begins with and that mark it
// as private to its library; those of an encoding do not count.
func underscores(name string) int {
	if isMangled(name) {
		return 0
	}
	return len(name) - len(strings.TrimLeft(name, "_"))
}
