package symbol

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// demangleLegacyRust decodes the names of Rust before its v0 scheme, and reports whether
// name is one: it has the form of a C++ namespace, _ZN then each part after its length then
// E, in which the last part is a hash and the others spell what C++ forbids as $LT$ and the
// like (rustc's rustc_symbol_mangling/src/legacy.rs). The demangle package decodes such
// names too, but drops an underscore from parts that begin with one.
func demangleLegacyRust(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "_ZN")
	if !ok {
		return "", false
	}
	var parts []string
	for !strings.HasPrefix(rest, "E") {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || n > len(rest)-digits {
			return "", false
		}
		parts = append(parts, rest[digits:digits+n])
		rest = rest[digits+n:]
	}
	last := len(parts) - 1
	if rest != "E" || last < 1 || !isRustHash(parts[last]) {
		return "", false
	}
	for i, p := range parts[:last] {
		parts[i] = unescapeRust(p)
	}
	return strings.Join(parts[:last], "::"), true
}

// isRustHash reports whether s, a part of a mangled name, is the hash that rustc appends:
// "h" and 64 bits in hex. Nobody would give a C++ namespace such a name.
func isRustHash(s string) bool {
	return len(s) == 17 && s[0] == 'h' && strings.Trim(s[1:], "0123456789abcdef") == ""
}

// rustEscapes are the characters that the abbreviations between two dollar signs stand for
// in legacy Rust names.
var rustEscapes = map[string]string{
	"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
}

// unescapeRust decodes one part of a legacy Rust name: $LT$ and the like, and ".." for
// "::".
func unescapeRust(s string) string {
	if strings.HasPrefix(s, "_$") { // no part may begin with a dollar sign
		s = s[1:]
	}
	var b strings.Builder
	for s != "" {
		if s[0] == '$' {
			if code, after, ok := strings.Cut(s[1:], "$"); ok {
				if r, ok := unescapeRustCode(code); ok {
					b.WriteString(r)
					s = after
					continue
				}
			}
		}
		if after, ok := strings.CutPrefix(s, ".."); ok {
			b.WriteString("::")
			s = after
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}

// unescapeRustCode decodes what stands between two dollar signs in a legacy Rust name: an
// abbreviation, or u and a code point in hex. It reports false for anything else.
func unescapeRustCode(code string) (string, bool) {
	if r, ok := rustEscapes[code]; ok {
		return r, true
	}
	hex, ok := strings.CutPrefix(code, "u")
	n, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil || n < ' ' || n > utf8.MaxRune {
		return "", false
	}
	return string(rune(n)), true
}
