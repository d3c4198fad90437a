package allocator

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/object/clone"
	"heapprof/internal/tracker/wire"
)

// rust is the functions that Rust's compiler makes between the standard library and
// the program's #[global_allocator] (library/alloc/src/alloc.rs).
//
// Two layers may be there: __rust_alloc, which all Rust code calls, and __rg_alloc,
// the allocator's own method, to which older compilers make __rust_alloc jump.
// Both are hooked where they are more than jumps; that a block is counted at the
// outermost hook only makes it come out once, and a block whose free was inlined is
// still seen at a layer below. An allocator in pure Rust over mmap has no other name
// than these.
//
// Link-time optimisation inlines one into the other and either into callers, and takes
// unused arguments away: package patch's planner sees to that.
var rust = shape{
	"alloc":        {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"alloc_zeroed": {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"dealloc":      {Action: wire.ActionFree, Pointer: 1, Align: 3},
	"realloc":      {Action: wire.ActionRealloc, Pointer: 1, Align: 3, Size: 4},
}

// rustSystem is the prefix of a third layer: __rdl_alloc is what __rust_alloc jumps to
// where the program has no allocator of its own. It calls malloc, which is hooked
// already, so it is left alone, and what jumps to it too.
const rustSystem = "__rdl_"

// RustNames returns the names of the functions that Rust's compiler makes, without their
// prefixes: "alloc" for __rust_alloc.
func RustNames() []string { return slices.Sorted(maps.Keys(rust)) }

// RustCall returns what a call of a function of RustNames means, with the arguments as the
// source has them: those of GlobalAlloc's method of the name, without self.
func RustCall(name string) Call { return rust[name] }

// RustFunction returns the name that RustNames would have for a symbol, whether or not it
// has it.
func RustFunction(symbol []byte) string {
	name := strings.TrimPrefix(string(plainName(symbol)), "__rust_")
	return strings.TrimPrefix(name, "__rg_")
}

// rustName returns the name of a function of the pseudo-crate __rustc, in Rust's v0
// mangling: _RNvCs, the crate's hash, _7___rustc, the length of the name, an
// underscore because the name begins with one, the name (The rustc book, "v0 Symbol
// Format"); or in its legacy one: _ZN, 7__rustc, length and name, 17h, a hash, E.
func rustName(symbol []byte) ([]byte, bool) {
	var identifier []byte
	if bytes.HasPrefix(symbol, []byte("_RNvC")) {
		_, identifier, _ = bytes.Cut(symbol, []byte("_7___rustc"))
	} else if rest, ok := bytes.CutPrefix(symbol, []byte("_ZN7__rustc")); ok {
		if end := bytes.LastIndex(rest, []byte("17h")); end > 0 {
			identifier = rest[:end]
		}
	}
	name := bytes.TrimLeft(identifier, "0123456789")
	length, err := strconv.Atoi(string(identifier[:len(identifier)-len(name)]))
	if err != nil {
		return nil, false
	}
	if len(name) == length+1 {
		name = bytes.TrimPrefix(name, []byte("_"))
	}
	return name, len(name) == length
}

// MethodOf returns the type, as far as the symbol has it, and the name of a method of the
// trait GlobalAlloc. The symbol is in Rust's legacy mangling, where a hash and E follow the
// name, or in v0, where the crate may follow in which the method was made. It is false for
// other functions, and for parts that were split off from methods.
func MethodOf(symbol []byte) (typeName, name string, ok bool) {
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
	typeName, name, rest = string(symbol[:at]), string(rest[:length]), rest[length:]
	_, isRust := rust[name]
	if isLegacy {
		return typeName, name, isRust && len(rest) == hash
	}
	return typeName, name, isRust && (len(rest) == 0 || rest[0] == 'C') && bytes.IndexByte(rest, '.') < 0
}

// IsSystem reports whether a type, as MethodOf returns it, is std::alloc::System, which
// calls malloc.
func IsSystem(typeName string) bool {
	return strings.Contains(typeName, "std..alloc..System") || strings.Contains(typeName, "_3std5alloc") && strings.Contains(typeName, "_6System")
}
