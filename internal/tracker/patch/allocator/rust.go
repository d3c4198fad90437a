package allocator

import (
	"bytes"
	"strconv"

	"heapprof/internal/object/clone"
)

// methodOf returns which method of which type a symbol is, in Rust's legacy mangling,
// where a hash and E follow the name, or in v0, where the crate may follow that it was
// made in; false for other functions, and for parts that were split off from methods.
func MethodOf(symbol []byte) (of, name string, ok bool) {
	const hash = len("17h0123456789abcdefE")
	symbol = clone.OriginalOfWhole(symbol)
	isLegacy := bytes.HasPrefix(symbol, []byte("_ZN"))
	trait := []byte("11GlobalAlloc")
	if isLegacy {
		trait = []byte("core..alloc..global..GlobalAlloc$GT$")
	} else if !bytes.HasPrefix(symbol, []byte("_RNvX")) {
		return "", "", false
	}
	at := bytes.LastIndex(symbol, trait)
	if at < 0 {
		return "", "", false
	}
	rest := symbol[at+len(trait):]
	digits := len(rest) - len(bytes.TrimLeft(rest, "0123456789"))
	length, err := strconv.Atoi(string(rest[:digits]))
	if rest = rest[digits:]; err != nil || length > len(rest) {
		return "", "", false
	}
	of, name, rest = string(symbol[:at]), string(rest[:length]), rest[length:]
	_, isRust := rust[name]
	if isLegacy {
		return of, name, isRust && len(rest) == hash
	}
	return of, name, isRust && (len(rest) == 0 || rest[0] == 'C') && bytes.IndexByte(rest, '.') < 0
}

// isSystem reports whether a type is std::alloc::System, which calls malloc.
func IsSystem(of string) bool {
	return bytes.Contains([]byte(of), []byte("std..alloc..System")) || bytes.Contains([]byte(of), []byte("_3std5alloc")) && bytes.Contains([]byte(of), []byte("_6System"))
}
