package frames

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Frame is one entry of a profile's frame table, classified.
type Frame struct {
	Addr     uint64
	Function string // demangled, without the suffix of a compiler's clone; empty where unknown
	File     string // source file; empty where unknown
	Line     int    // 0 where unknown
	Column   int    // 0 where unknown
	Module   string // path of the executable or library; empty where unknown
	Inlined  bool   // into the frame that follows it outward

	// Offset is the address within the module's file. It is known only where
	// the profile says how modules were loaded, as heapprof's own do.
	Offset    uint64
	HasOffset bool

	// Entry is where within the module's file the function begins that has no name; 0 where it has one,
	// or that is not known.
	Entry uint64
	build string // the module's build-id, by which offsets in it mean the same

	// Crate is the crate or package that a function of Rust is part of, or a package that its
	// file lies in; zero where there is none or it is not known.
	Crate Crate
	// Dir is the directory of the source file: below the package that it is of, below the
	// directory of the program's sources, else as the profile has it. Without a file it is the
	// crate, or the outermost scope of the function with its ::, as "llvm::"; "" without that.
	Dir string
	// Own is set on the program's own code: see own.go.
	Own bool

	// Plumbing is set on a frame of an allocator, or of a library that allocates on its
	// caller's behalf: see plumbing.go.
	Plumbing bool
	// Startup is set on what runs before main or a thread's function. Such a frame is a
	// site only where there is no other.
	Startup bool
	// Marker is set on what stands for frames that are not there, as "[truncated]" does.
	Marker bool
	// Runtime is what the frame is the site of in a run-time library, nil if it is
	// of none: see runtime.go.
	Runtime *RuntimeSite

	// Script is set on a function in a language such as Python, which an interpreter runs or compiles.
	Script bool

	interpreter bool   // it is one of the interpreter's, in a profile that has functions that it runs
	name        string // of a function, as Name returns it; "" for what Function says
	local       bool   // its file is nobody else's, as far as its path tells
	allocates   bool   // it is of the malloc family or operator new: what programs call to allocate
	begins      bool   // the program's own code begins here: its caller is the language's start-up code
	global      bool   // it is Rust's global allocator: what it calls is plumbing, whatever it is called
	unconfirmed bool   // Runtime is so only if the loader calls the frame
	chunks      string // "arena" or "pool" if the function is so named, else ""
}

// Name is what to call the frame: its function, as names.RustFunction or names.CPPFunction
// has it; else its module and where it begins there (libz.so.1 fn@0x5a10, one for all calls within
// it), else its module and offset (libz.so.1+0x5a10, exact to find with addr2line), else its module and address (libz.so.1@0x4a5a10), else its address.
func (f *Frame) Name() string {
	switch {
	case f.name != "":
		return f.name
	case f.Function != "":
		return f.Function
	case f.Module != "" && f.Entry != 0:
		return path.Base(f.Module) + " fn@0x" + strconv.FormatUint(f.Entry, 16)
	case f.Module != "" && f.HasOffset:
		return path.Base(f.Module) + "+0x" + strconv.FormatUint(f.Offset, 16)
	case f.Module != "":
		return path.Base(f.Module) + "@0x" + strconv.FormatUint(f.Addr, 16)
	case f.Addr != 0:
		return "0x" + strconv.FormatUint(f.Addr, 16)
	}
	return "(unknown)"
}

// SameName is Name without what differs between builds of one program: what toolchains,
// manglings and kinds of debug information make of one function has one. What has no name is the same
// in the same build only: elsewhere the offset is another function's.
func (f *Frame) SameName() string {
	if f.Function == "" && f.build != "" {
		return f.Name() + "\x00" + f.build
	}
	return names.SameFunction(names.Stable(f.Name()))
}

// Place is where the frame is: file:line with the file's base name, else the
// module's base name, else "". Of Rust's files that are called alike in every
// crate it says whose: "routing/mod.rs:119", "axum routing/mod.rs:119", "serde_json lib.rs:5".
func (f *Frame) Place() string {
	switch {
	case f.File != "" && f.Line > 0:
		return fmt.Sprintf("%s:%d", f.shortFile(), f.Line)
	case f.File != "":
		return f.shortFile()
	case f.Function != "" && f.Module != "":
		return path.Base(f.Module)
	}
	return ""
}

// shortFile is the base name of the source file, with what tells it from others of that name.
func (f *Frame) shortFile() string {
	base := path.Base(f.File)
	switch base {
	case "__init__.py", "__main__.py":
		return path.Base(path.Dir(f.File)) + "/" + base
	case "mod.rs":
		if dir := path.Base(path.Dir(f.File)); dir != "." && dir != "/" && dir != "src" {
			base = dir + "/" + base
		}
	case "lib.rs", "main.rs":
	default:
		return base
	}
	if f.local || f.Own || f.Crate.Name == "" {
		return base
	}
	return f.Crate.Name + " " + base
}

// Owner is what distinguishes functions of one name: the source file, else the
// module.
func (f *Frame) Owner() string {
	if f.File != "" {
		return f.File
	}
	return f.Module
}

// NoStack stands for what was allocated through a stack without frames, which files of
// other tools may hold.
const NoStack = "[no stack]"

// Table holds the frames of one profile, each classified once.
type Table struct {
	frames  []Frame
	traits  []traits // of each frame
	global  bool     // a frame is Rust's global allocator
	runtime bool     // a frame has a Runtime
	scripts bool     // a frame is Script

	lineless   bool     // see IsRustWithoutLines
	unknownOwn []string // see UnknownOwn
}

// New classifies the frames of a profile.
func New(p *profile.Profile) *Table { return NewByRules(p, Rules{}) }

// NewByRules classifies the frames of a profile as a user wants it.
func NewByRules(p *profile.Profile, rules Rules) *Table {
	t := &Table{frames: make([]Frame, len(p.Frames))}
	c := newClassifier(p)
	for i := range p.Frames {
		f := &t.frames[i]
		*f = c.frame(&p.Frames[i])
		t.global = t.global || f.global
		t.runtime = t.runtime || f.Runtime != nil
		t.scripts = t.scripts || f.Script
	}
	if t.runtime {
		t.confirmRuntimeSites(p.Points)
	}
	o := newOwnership(p, t, c.sources, rules)
	t.traits = make([]traits, len(t.frames))
	for i := range t.frames {
		o.mark(&p.Frames[i], &t.frames[i])
		t.frames[i].interpreter = t.scripts && isInterpreter(t.frames[i].Module)
		t.traits[i] = t.frames[i].traits()
	}
	t.lineless = o.lineless(p, t)
	t.unknownOwn = o.unknown()
	return t
}

// frame classifies one frame. Its texts are made fit for a terminal: they may be
// whatever the author of a program chose.
func (c classifier) frame(d *profile.Frame) Frame {
	if isScriptLanguage(d.Language) {
		return c.script(d)
	}
	f := Frame{
		Addr: d.Addr, Function: c.function(d), File: names.Printable(d.File),
		Line: d.Line, Column: d.Column, Inlined: d.Inlined, Marker: d.IsMarker(),
	}
	if m := d.Module; m != nil {
		f.Module = names.Printable(m.Path)
		if m.IsPlaced() && f.Addr >= m.Bias {
			f.Offset, f.HasOffset = f.Addr-m.Bias, true
			f.build = m.BuildID
			if d.Entry >= m.Bias && d.Entry != 0 && d.Function == "" {
				f.Entry = d.Entry - m.Bias
			}
		}
	}
	role := c.classify(f.Function, f.File, f.Module)
	f.Plumbing, f.Startup = role.isPlumbing(), role == startup
	f.allocates = role == allocationFunction
	f.chunks = chunkNoun(f.Function)
	f.global = isGlobalAllocator(f.Function)
	f.begins = strings.Contains(f.Function, rustBegin)
	f.findRuntimeSite()
	if isGo(d) {
		c.golang(&f)
	}
	return f
}

// function returns the name of a frame's function, without the suffix of a compiler's clone.
// Debug information of Rust's that has only lines gives a function its own name and no
// more: what is around it is then the module that its file is, unless more is known.
func (c classifier) function(d *profile.Frame) string {
	name := names.Limit(names.WithoutCloneSuffix(names.Printable(d.Function)))
	if name == "" || !strings.HasSuffix(d.File, ".rs") || names.HasScope(name) {
		return name
	}
	if d.Instance != "" {
		if instance := names.Limit(names.Printable(d.Instance)); names.HasScope(instance) {
			return instance
		}
	}
	if module := c.sources.of(names.Printable(d.File)).module; module != "" {
		return module + "::" + name
	}
	return name
}

// IsRustWithoutLines reports whether the program is one of Rust that was built without debug
// information.
func (t *Table) IsRustWithoutLines() bool { return t.lineless }

// UnknownOwn returns which of the names in Rules.Own no frame is of.
func (t *Table) UnknownOwn() []string { return t.unknownOwn }

// Len is the number of frames.
func (t *Table) Len() int { return len(t.frames) }

// Frame returns the frame that index i of the profile's frame table names.
func (t *Table) Frame(i uint32) *Frame { return &t.frames[i] }

// Site returns which frame of a stack (indices, innermost first) is its
// allocation site: the innermost that is not plumbing, or the outermost of what
// a run-time library allocates for itself; of a stack with functions in a script the innermost of these. With allFrames nothing counts as
// either. The result is an index into stack, or -1 if it is empty.
//
// Where only plumbing and start-up frames remain, as for a library that
// allocates while it is loaded, the outermost plumbing frame is the site: it is
// as near to the cause as the stack tells.
func (t *Table) Site(stack []uint32, allFrames bool) int {
	if len(stack) == 0 {
		return -1
	}
	if allFrames {
		return 0
	}
	if t.scripts {
		if i := t.scriptSite(stack); i >= 0 {
			return i
		}
	}
	if t.runtime {
		if i := t.runtimeSite(stack, false); i >= 0 {
			return i
		}
	}
	inner := 0
	if t.global {
		inner = 1 + t.globalAllocator(stack)
	}
	outermost := max(inner-1, 0)
	begun := false    // the program's own code, which may be inlined into what calls it
	starting := false // the runtime, before the program's code
	for i, f := range stack[inner:] {
		i += inner
		is := t.traits[f]
		begun = begun || is.has(isBegin)
		starting = starting || is.has(isRuntime|isLastRuntime)
		switch {
		case is.has(isMarker | isStartup):
		case is.has(isPlumbing):
			outermost = i
		case is.has(isMain) && starting && !begun:
			// The main that the compiler makes, which only calls the runtime.
		default:
			return i
		}
	}
	if t.runtime && !begun {
		if i := t.runtimeSite(stack, true); i >= 0 {
			return i
		}
	}
	return outermost
}

// globalAllocator returns the outermost frame of a stack that is Rust's global
// allocator, as an index into stack, or -1. Where the allocator keeps books, whose
// memory it gets by the compiler's symbols as everybody does, what calls these is the
// user of that memory, though a method of the allocator: then it is the frame inside of
// the innermost such method.
func (t *Table) globalAllocator(stack []uint32) int {
	last, entered := -1, false
	for i, f := range stack {
		is := t.traits[f]
		if !is.has(isGlobal) {
			continue
		}
		symbol := is.has(isGlobalSymbol)
		if entered && !symbol && i > last+1 {
			return i - 1
		}
		last, entered = i, entered || symbol
	}
	return last
}

// PastAllocator returns where in a stack the frames begin that are outward of the allocator:
// of Rust's global allocator, which may be the program's own, and of the functions that
// programs call to allocate.
func (t *Table) PastAllocator(stack []uint32) int {
	from := 0
	if t.global {
		from = 1 + t.globalAllocator(stack)
	}
	for from < len(stack) && t.traits[stack[from]].has(isAllocator) {
		from++
	}
	return from
}

// Trim returns which part of a stack, stack[from:to], is worth showing: from
// its site outward, without the start-up code around main or a thread's
// function, and without plumbing there, as what calls a std::thread's, nor the interpreter's that calls a program's
// first function in a script. With
// allFrames it is the whole stack. from is -1 if it is empty.
func (t *Table) Trim(stack []uint32, allFrames bool) (from, to int) {
	from, to = t.Site(stack, allFrames), len(stack)
	if allFrames {
		return from, to
	}
	for i := from + 1; i < len(stack); i++ {
		if t.traits[stack[i]].has(isBegin) {
			to = i
		}
	}
	ends := isStartup | isPlumbing
	if t.hasScript(stack) {
		ends |= ofInterpreter
	}
	for to > from+1 && t.traits[stack[to-1]].has(ends) {
		to--
	}
	return from, to
}

// BelowAllocator returns a stack without the allocation functions that it begins
// with. Whether they are there tells nothing: heapprof's own profiles have
// operator new, but not the malloc that is preloaded, and valgrind's have either.
func (t *Table) BelowAllocator(stack []uint32) []uint32 {
	for len(stack) > 1 && t.traits[stack[0]].has(isAllocator) {
		stack = stack[1:]
	}
	return stack
}
