package symbol

import (
	"fmt"
	"hash/fnv"
	"strings"

	"heapprof/internal/object/clone"

	"github.com/ianlancetaylor/demangle"
)

// isMangled reports whether name is in the C++ ABI's or Rust's encoding.
func isMangled(name string) bool {
	return strings.HasPrefix(name, "_Z") || strings.HasPrefix(name, "_R") || strings.HasPrefix(name, "___Z")
}

// isEncoded reports whether a linker's name has more than the source's, namespaces,
// modules or types: those of isMangled, and D's, Swift's and Fortran's.
func isEncoded(name string) bool {
	if isMangled(name) || strings.HasPrefix(name, "$s") || strings.HasPrefix(name, "$S") {
		return true
	}
	if rest, ok := strings.CutPrefix(name, "_D"); ok {
		return rest != "" && rest[0] >= '0' && rest[0] <= '9'
	}
	_, ok := demangleFortran(name)
	return ok
}

// demangleFortran decodes gfortran's name of a procedure in a module,
// __module_MOD_procedure.
func demangleFortran(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "__")
	if !ok {
		return "", false
	}
	module, procedure, ok := strings.Cut(rest, "_MOD_")
	if !ok || module == "" || procedure == "" || strings.ToLower(module) != module {
		return "", false
	}
	return module + "::" + procedure, true
}

// A few dozen characters of C++ or Rust may stand for a name of megabytes, for
// they may say "that once more" of what says so of something else.
const (
	maxNamePower = 12
	maxName      = 1 << maxNamePower // bytes that people see of a name

	// maxMangled bounds what is demangled: the time is quadratic in the depth of
	// pointers, a second for 20,000 of them.
	maxMangled = 32 << 10
)

// readable returns a linker's name as people read it: demangled with its
// parameters, without Rust's hash, version or the suffix of a clone, and cut
// where it is longer than maxName.
func (m *Module) readable(name string) string {
	if r, ok := m.names[name]; ok {
		return r
	}
	bare, isStub := strings.CutSuffix(name, pltSuffix)
	r := withoutSuffix(bare)
	if rust, ok := demangleLegacyRust(r); ok {
		r = rust
	} else if fortran, ok := demangleFortran(r); ok {
		r = fortran
	} else if isMangled(r) && len(r) <= maxMangled {
		r = leftovers.Replace(demangle.Filter(r, demangle.NoClones, demangle.MaxLength(maxNamePower+1)))
	}
	r = shortened(r, name)
	if isStub {
		r += pltSuffix
	}
	m.names[name] = r
	return r
}

// shortened cuts what is longer than maxName. What begins alike is told apart
// by a number that is made of the linker's name.
func shortened(readable, name string) string {
	if len(readable) <= maxName {
		return readable
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	end := fmt.Sprintf("…#%08x", h.Sum32())
	return strings.ToValidUTF8(readable[:maxName-len(end)], "") + end
}

// leftovers are separators that the demangler leaves before nothing: of an
// empty parameter pack, of the constructor function of a Rust enum's variant.
var leftovers = strings.NewReplacer(", >", ">", "::>", ">", "::,", ",")

// withoutSuffix cuts a symbol's version and what compilers append to the names of clones.
// People know the function without.
func withoutSuffix(name string) string { return clone.Original(withoutVersion(name)) }

// withoutVersion cuts the version of a symbol, as in fopen@@GLIBC_2.2.5.
func withoutVersion(name string) string {
	if i := strings.IndexByte(name, '@'); i > 0 {
		return name[:i]
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
