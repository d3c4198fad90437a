package profile

import (
	"cmp"
	"strings"
)

// Frame is a function at one place of its source, in a call stack. A call that the compiler
// inlined is a frame of its own.
type Frame struct {
	Addr     uint64  // of the code, in the process; 0 where none is known
	Function string  // demangled; empty where unknown; for a marker its words in brackets
	File     string  // source file as the debug information names it; empty where unknown
	Line     int     // 0 where unknown
	Column   int     // 0 where unknown
	Module   *Module // the file that the code is in, one of Profile.Modules; nil where unknown
	Inlined  bool    // into the frame that follows it outward, at the same address
	Language Language

	// Entry is where in the process the function begins, where nothing names it and unwind information tells
	// that: all frames of one Module and one Entry are of one function. It is 0 where Function has a name, or the entry is
	// not known.
	Entry uint64

	// Instance is the function as its source names it, within the namespaces and functions
	// around it and with the arguments of a generic one, where that tells more than
	// Function: "app::login::{async_fn#0}", "alloc::vec::{impl#1}::push<app::Event,
	// alloc::alloc::Global>". It is empty where it is not known.
	Instance string
	// Created is the type of the object that the call at Addr gets memory for, as the
	// constructor tells that is called next; empty where that is not known, or the function
	// itself is an allocator's.
	Created string
	// TypeSize is the size in bytes of one object of the type Created or, where that is empty, of
	// the first type that Instance has as an argument, of one element where that is a slice;
	// 0 where it is not known.
	TypeSize uint64
}

// Root is the first entry of every frame table: DHAT's viewer shows the whole program
// by it.
var Root = Marker("[root]")

// Marker returns a frame that is no code but stands for something else, as "[truncated]"
// does for callers that were cut off. words are in brackets.
func Marker(words string) Frame { return Frame{Function: words} }

// IsMarker reports whether the frame is one that Marker made.
func (f *Frame) IsMarker() bool {
	return f.Addr == 0 && strings.HasPrefix(f.Function, "[") && strings.HasSuffix(f.Function, "]")
}

// compare orders frames by all their fields, and their modules by order.
func (f *Frame) compare(g *Frame, order map[*Module]int) int {
	return cmp.Or(
		cmp.Compare(f.Addr, g.Addr),
		cmp.Compare(f.Function, g.Function),
		cmp.Compare(f.File, g.File),
		cmp.Compare(f.Line, g.Line),
		cmp.Compare(f.Column, g.Column),
		compareModules(f.Module, g.Module, order),
		compareBools(f.Inlined, g.Inlined),
		cmp.Compare(f.Language, g.Language),
		cmp.Compare(f.Entry, g.Entry),
		cmp.Compare(f.Instance, g.Instance),
		cmp.Compare(f.Created, g.Created),
		cmp.Compare(f.TypeSize, g.TypeSize),
	)
}

// compareModules orders modules by order, after nil.
func compareModules(m, n *Module, order map[*Module]int) int {
	switch {
	case m == n:
		return 0
	case m == nil:
		return -1
	case n == nil:
		return 1
	}
	return cmp.Compare(order[m], order[n])
}

// compareBools orders false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Language is the programming language of a function, as far as debug information or the
// form of its symbol tells.
type Language uint8

// The languages that are told apart. OtherLanguage is a known one that is none of the
// others.
const (
	UnknownLanguage Language = iota
	C
	CPlusPlus
	Rust
	D
	Fortran
	Ada
	Go
	Zig
	Swift
	Pascal
	Assembly
	Python
	JavaScript
	DotNet // all that .NET compiles from its own machine's code
	Lua
	Erlang
	Java
	OtherLanguage
	languageCount
)

var languageNames = [languageCount]string{
	"", "c", "c++", "rust", "d", "fortran", "ada", "go", "zig", "swift", "pascal", "assembly", "python", "javascript", ".net", "lua", "erlang", "java", "other",
}

// String returns the language's name in lower case; "" for UnknownLanguage.
func (l Language) String() string {
	if l >= languageCount {
		return languageNames[OtherLanguage]
	}
	return languageNames[l]
}

// ParseLanguage returns the language with the given name in lower case, as String returns
// it; OtherLanguage for an unknown name.
func ParseLanguage(name string) Language {
	for l, n := range languageNames {
		if n == name {
			return Language(l)
		}
	}
	return OtherLanguage
}

// Module is a file that was mapped into the program.
type Module struct {
	Path    string
	BuildID string // lower-case hex; empty where the file has none
	Start   uint64 // first mapped address; Start and End are 0 where the profile does not tell
	End     uint64 // one past the last mapped address
	Bias    uint64 // address in memory minus address in the file

	// ByOffset says that only mappings of the file were known to whoever recorded, and not where its headers put what is in
	// them: Bias is then an address in memory minus the offset in the file that is mapped there.
	ByOffset bool

	Nameless     Nameless // why none of its functions has a name
	MissingSplit []string // files of split DWARF (.dwo) that were looked for and not found
}

// IsPlaced reports whether it is known where in memory the module was.
func (m *Module) IsPlaced() bool { return m.Start != 0 || m.End != 0 }

// Nameless is why none of a module's functions has a name. It is empty if they have names,
// or if nothing is known. A text that is none of the constants was written by an older
// heapprof, which stored words instead of codes.
type Nameless string

// The causes.
const (
	Deleted      Nameless = "deleted"       // its file was deleted while the program ran, or only the program sees it
	Replaced     Nameless = "replaced"      // another build took its file's place while the program ran
	StrippedRust Nameless = "stripped-rust" // it is a Rust program without symbols
)
