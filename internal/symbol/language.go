package symbol

import (
	"strings"

	"heapprof/internal/profile"
)

// languageOf returns the language that a value of DW_AT_language stands for. The numbers
// are DWARF's: table 7.17 of version 5, and the list of languages that dwarfstd.org has
// added since.
func languageOf(code uint64) profile.Language {
	switch code {
	case 0:
		return profile.UnknownLanguage
	case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e:
		return profile.C
	case 0x04, 0x1a, 0x21, 0x2a, 0x2b, 0x3a:
		return profile.CPlusPlus
	case 0x1c:
		return profile.Rust
	case 0x13:
		return profile.D
	case 0x07, 0x08, 0x0e, 0x22, 0x23, 0x2d, 0x45:
		return profile.Fortran
	case 0x03, 0x0d, 0x2e, 0x2f:
		return profile.Ada
	case 0x16:
		return profile.Go
	case 0x27:
		return profile.Zig
	case 0x1e:
		return profile.Swift
	case 0x09:
		return profile.Pascal
	case 0x31, 0x8001:
		return profile.Assembly
	}
	return profile.OtherLanguage
}

// languageOfSymbol returns the language whose encoding a linker's name is in. It is
// profile.UnknownLanguage for a name that is not encoded: that may be C's, or of any
// language that exports a function under a plain name.
func languageOfSymbol(name string) profile.Language {
	if _, ok := demangleLegacyRust(withoutSuffix(name)); ok || strings.HasPrefix(name, "_R") {
		return profile.Rust
	}
	if _, ok := demangleFortran(name); ok {
		return profile.Fortran
	}
	switch {
	case isOCaml(name):
		return profile.OtherLanguage
	case isMangled(name):
		return profile.CPlusPlus
	case strings.HasPrefix(name, "$s"), strings.HasPrefix(name, "$S"):
		return profile.Swift
	case isEncoded(name):
		return profile.D
	}
	return profile.UnknownLanguage
}
