package symbol

import (
	"fmt"
	"hash/fnv"
	"strings"

	"heapprof/internal/object/clone"

	"github.com/ianlancetaylor/demangle"
)

// isMangled reports whether name is encoded as the C++ ABI or Rust encode names.
func isMangled(name string) bool {
	return strings.HasPrefix(name, "_Z") || strings.HasPrefix(name, "_R") || strings.HasPrefix(name, "___Z")
}

// isEncoded reports whether a linker's name encodes more than the function's name in the
// source, such as namespaces, modules or types. The encodings of C++, Rust, D, Swift and
// Fortran do.
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
// __module_MOD_procedure, to module::procedure. It reports false for any other name.
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

// Limits for names. In the encodings of C++ and Rust a part of a name may refer back to an
// earlier part, and that to another: a few dozen characters may stand for megabytes.
const (
	maxNamePower = 12
	maxName      = 1 << maxNamePower // the length of a readable name, in bytes

	// maxMangled is the length in bytes of the longest name that is demangled: the time is
	// quadratic in the depth of pointers, a second for 20,000 of them.
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
	} else if other, ok := m.decodeOther(r); ok {
		r = other
	} else if isMangled(r) && len(r) <= maxMangled {
		r = leftovers.Replace(decoded(r))
	}
	r = shortened(r, name)
	if isStub {
		r += pltSuffix
	}
	m.names[name] = r
	return r
}

// decoded returns what a name in the encoding of C++ or Rust encodes, the name itself where that is not known.
func decoded(name string) string {
	options := []demangle.Option{demangle.NoClones, demangle.MaxLength(maxNamePower + 1)}
	r, err := demangle.ToString(name, options...)
	if err != nil && strings.HasPrefix(name, "_R") {
		// The package takes the two names of no bytes, of a closure in a closure, for one of 00.
		for _, apart := range withZerosApart(name) {
			if r, err = demangle.ToString(apart, options...); err == nil {
				break
			}
		}
	}
	if err != nil {
		return name
	}
	return r
}

// maxApart bounds how many ways are tried in which the zeros of a name may be lengths.
const maxApart = 64

// withZerosApart returns what Rust's encoding may also write for a name that has zeros before digits: with an underscore after
// each that is a length. Zeros may end an identifier or be a part of another number, too; a name
// with the wrong ones for lengths is for nothing.
func withZerosApart(name string) []string {
	names := []string{""} // the ways to write what was read so far
	from := 0
	for i := 0; i < len(name); i++ {
		if name[i] != '0' {
			continue
		}
		end := i
		for end < len(name) && name[end] == '0' {
			end++
		}
		most := end - i // zeros of the run that may be lengths, the last ones
		if end == i+1 && (end == len(name) || !isDigit(name[end])) {
			most = 0 // which is read as it is
		}
		if most = min(most, maxApart/len(names)-1); most > 0 {
			var longer []string
			for _, before := range names {
				for n := most; n >= 0; n-- {
					longer = append(longer, before+name[from:end-n]+strings.Repeat("0_", n))
				}
			}
			names, from = longer, end
		}
		i = end - 1
	}
	for n := range names {
		names[n] += name[from:]
	}
	return names
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// shortened returns readable, cut to maxName bytes where it is longer. What is cut ends in
// a hash of the linker's name, so that two names that begin alike still differ.
func shortened(readable, name string) string {
	if len(readable) <= maxName {
		return readable
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	end := fmt.Sprintf("…#%08x", h.Sum32())
	return strings.ToValidUTF8(readable[:maxName-len(end)], "") + end
}

// leftovers removes separators that the demangler leaves with nothing after them: those of
// an empty parameter pack, and of the constructor function of a Rust enum's variant.
var leftovers = strings.NewReplacer(", >", ">", "::>", ">", "::,", ",")

// withoutSuffix returns a symbol's name without its version and without what compilers
// append to the names of clones, as neither is in the source.
func withoutSuffix(name string) string { return clone.Original(withoutVersion(name)) }

// withoutVersion returns a symbol's name without its version: fopen for fopen@@GLIBC_2.2.5.
func withoutVersion(name string) string {
	if i := strings.IndexByte(name, '@'); i > 0 {
		return name[:i]
	}
	return name
}

// underscores returns how many underscores a name begins with. They mark a name as private
// to its library; an encoding's own underscores do not count.
func underscores(name string) int {
	if isMangled(name) {
		return 0
	}
	return len(name) - len(strings.TrimLeft(name, "_"))
}
