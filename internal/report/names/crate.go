package names

import "strings"

// Crate returns the crate that the code of a function of Rust is part of, as far as its
// name tells; "" where that is nothing. An implementation of a trait is in the crate of its
// type or in that of the trait: of those it returns the one that is not Rust's own, the
// type's where neither is. sure reports whether the name says it outright, as a path does
// that begins with the crate.
//
//	app::parse::<u8>                            app, sure
//	<app::Tree as core::clone::Clone>::clone    app
//	<T as serde::ser::Serialize>::serialize     serde
//	alloc::slice::<impl [T]>::to_vec            alloc, sure
func Crate(function string) (crate string, sure bool) {
	if !strings.HasPrefix(function, "<") {
		crate, _, ok := strings.Cut(function, "::")
		if !ok || !isCrateName(crate) {
			return "", false
		}
		return crate, true
	}
	for _, path := range RustPaths(function) {
		c, _, _ := strings.Cut(path, "::")
		if !isCrateName(c) {
			continue
		}
		if crate == "" || isRustsOwn(crate) {
			crate = c
		}
	}
	return crate, false
}

// HasScope reports whether a function's name says what is around it: "app::run", "<T as
// Clone>::clone", but not "run<app::Tree>".
func HasScope(function string) bool {
	if strings.HasPrefix(function, "<") {
		return true
	}
	for i := 0; i < len(function); {
		switch function[i] {
		case '<', '(', '[', '{':
			i += skipBrackets(function[i:])
		default:
			if strings.HasPrefix(function[i:], "::") {
				return true
			}
			i++
		}
	}
	return false
}

// isRustsOwn reports whether a crate comes with the compiler.
func isRustsOwn(crate string) bool {
	return crate == "core" || crate == "alloc" || crate == "std"
}

// isCrateName reports whether a component of a path may be a crate: an identifier.
func isCrateName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < 0x80 && !isIdent(byte(r)) }) < 0
}

// SameCrate reports whether a and b are one crate: a package may have hyphens where its
// functions have underscores.
func SameCrate(a, b string) bool { return CrateKey(a) == CrateKey(b) }

// CrateKey returns a crate's or a package's name as functions spell it.
func CrateKey(name string) string { return strings.ReplaceAll(name, "-", "_") }
