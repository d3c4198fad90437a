package names

import (
	"strings"

	"heapprof/internal/object/clone"
)

// WithoutCloneSuffix removes what a compiler adds to the name of a function's
// specialised or split copy: malloc.part.0, grow.constprop.0.isra.0, and as
// valgrind's demangler writes it: build(int) [clone .cold].
func WithoutCloneSuffix(name string) string {
	if i := strings.Index(name, " [clone "); i > 0 {
		name = name[:i]
	}
	return clone.Original(name)
}

// Stable returns a function's name without what a rebuild changes: the hash that
// ends a Rust name of the legacy scheme.
func Stable(name string) string {
	if i := strings.LastIndex(name, "::h"); i >= 0 && len(name)-i == len("::h")+16 && isHex(name[i+3:]) {
		return name[:i]
	}
	return name
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// IsLinkersName reports whether a function's name may be a symbol of a file.
func IsLinkersName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 || !isIdent(byte(r)) && r != '.' && r != '$' && r != '@' }) < 0
}
