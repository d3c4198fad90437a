package testkit

import (
	"debug/elf"
	"testing"
)

// Symbols returns the symbol table of an ELF file; the test fails if it has none.
func Symbols(t testing.TB, path string) []elf.Symbol {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	return symbols
}
