package frames

import (
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// family is a set of functions that are plumbing.
type family struct {
	what     string
	in       names.Languages // what its functions are written in
	libc     bool            // it is the C library's
	entry    bool            // it is what programs call to allocate, and nothing else
	modules  []string        // base names of the modules that have it; none: any may
	home     []string        // parts of the paths of its source files, where whole paths are known; none: any may be
	patterns []string
}

// rustBegin is in the name of the function through which Rust's runtime calls
// main and a thread's closure, so that backtraces can end there. A dozen frames
// of the runtime are outside of it.
const rustBegin = "::__rust_begin_short_backtrace"

// globalAllocatorFunctions are what a Rust program calls to allocate: the
// symbols that the compiler makes, which are in a crate of their own or in none.
var globalAllocatorFunctions = []string{"__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc", "__rust_dealloc"}

// isGlobalAllocator reports whether a function is one of globalAllocatorFunctions, or a
// method of a #[global_allocator] that they may be inlined into.
func isGlobalAllocator(function string) bool {
	return strings.Contains(function, " as core::alloc::global::GlobalAlloc>::") ||
		strings.Contains(function, "__rust_") && slices.Contains(globalAllocatorFunctions, function[strings.LastIndex(function, ":")+1:])
}

// matchers are the tables of plumbing_table.go, compiled.
var (
	families = func() []familyMatcher {
		var all []familyMatcher
		for _, f := range plumbingFunctions {
			all = append(all, familyMatcher{f, compilePatterns(f.patterns...), compilePatterns(f.modules...)})
		}
		return all
	}()
	headers = func() []headerMatcher {
		var all []headerMatcher
		for _, h := range plumbingHeaders {
			all = append(all, headerMatcher{compilePatterns(h.files...), compilePatterns(h.functions...), len(h.functions) == 0})
		}
		return all
	}()
	plumbingCrateNames = compilePatterns(plumbingCrates...)
	moduleNames        = compilePatterns(plumbingModules...)
	libcNames          = compilePatterns(libcModules...)
	loaderNames        = compilePatterns(startupModules...)
	startupNames       = compilePatterns(startupFunctions...)
	rustStartupNames   = compilePatterns(rustStartupFunctions...)
)

type familyMatcher struct {
	family
	names, inModules *patterns
}

type headerMatcher struct {
	files, functions *patterns
	any              bool
}

// classifier tells plumbing from a program's own code.
type classifier struct {
	libc    bool // the program has a C library beside it, so that its functions are nowhere else
	sources sources
}

func newClassifier(p *profile.Profile) classifier {
	return classifier{sources: make(sources), libc: p.Recording != nil && slices.ContainsFunc(p.Modules, func(m *profile.Module) bool { return libcNames.match(path.Base(m.Path)) })}
}

// role is what a frame is besides the program's own code.
type role uint8

const (
	ownCode            role = iota
	plumbing                // it allocates on its caller's behalf
	allocationFunction      // it is plumbing that programs call to allocate
	startup                 // it runs before main or a thread's function
)

func (r role) isPlumbing() bool { return r == plumbing || r == allocationFunction }

// classify returns what a frame is. Each part may be empty; the function's name has
// no clone's suffix.
func (c classifier) classify(function, file, module string) role {
	base := ""
	if module != "" {
		base = path.Base(module)
	}
	if function != "" {
		name := names.Qualified(function)
		if rustStartupNames.match(name) || startupNames.match(name) && !strings.HasSuffix(file, ".rs") {
			return startup
		}
		if isClassOperatorNew(name) {
			return plumbing
		}
		langs := names.LanguagesOf(function, file)
		if langs&^names.C == names.Rust {
			if c.isRustPlumbing(function, file, langs) {
				return plumbing
			}
		} else if f := c.familyOf(name, langs, file, base); f != nil {
			if f.entry {
				return allocationFunction
			}
			return plumbing
		}
	}
	if base != "" {
		switch {
		case loaderNames.match(base):
			return startup
		case moduleNames.match(base) || libcNames.match(base):
			return plumbing
		}
	}
	if file != "" && isPlumbingFile(function, file) {
		return plumbing
	}
	return ownCode
}

// isClassOperatorNew reports whether a function is the operator new of one class:
// what is to be told of a block is who wanted an object of it.
func isClassOperatorNew(name string) bool {
	return strings.HasSuffix(name, "::operator new") || strings.HasSuffix(name, "::operator new[]")
}

// familyOf returns the family of a function of that name, in one of these
// languages, in the file and in the module of that base name, or nil.
func (c classifier) familyOf(name string, langs names.Languages, file, module string) *family {
	for i := range families {
		f := &families[i]
		switch {
		case f.in&langs == 0 || !f.names.match(name):
		case f.libc && c.libc && module != "" && !libcNames.match(module):
		case len(f.modules) > 0 && module != "" && !f.inModules.match(module):
		case len(f.home) > 0 && strings.HasPrefix(file, "/") && !within(file, f.home) && !c.inPlumbingCrate(file):
			// std::hash<app::Key>, or a method that a program gives to a Box of
			// its own type: named as if it were the library's.
		default:
			return &f.family
		}
	}
	return nil
}

// inPlumbingCrate reports whether a file is of one of plumbingCrates.
func (c classifier) inPlumbingCrate(file string) bool {
	module := c.sources.of(file).module
	return module != "" && plumbingCrateNames.match(module+"::")
}

// isRustPlumbing reports whether a function of Rust is plumbing: by the crates
// that it may be of, else by its file, unless its name says that it is of
// another crate.
func (c classifier) isRustPlumbing(function, file string, langs names.Languages) bool {
	if !slices.ContainsFunc(names.RustPaths(function), func(p string) bool { return c.familyOf(p, langs, file, "") == nil }) {
		return true
	}
	if !within(file, rustDirs) {
		return false
	}
	crate, _, ok := strings.Cut(names.Qualified(function), "::")
	return !ok || strings.HasPrefix(function, "<") || strings.Contains(strings.ReplaceAll(file, "-", "_"), crate)
}

// isPlumbingFile reports whether a function, of Rust no more, lies in a file of
// the run-time libraries. What has a scope or parameters, and is of no family, is
// the program's wherever its line lies.
func isPlumbingFile(function, file string) bool {
	name := names.Qualified(function)
	if strings.Contains(name, "::") || names.HasParameters(function) {
		return false
	}
	if strings.Contains(file, "/") {
		return within(file, plumbingDirs) || within(file, otherDirs)
	}
	for i := range headers {
		if h := &headers[i]; h.files.match(file) && (h.any || h.functions.match(name)) {
			return true
		}
	}
	return false
}

// within reports whether a path contains one of the parts.
func within(file string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return containsPart(file, part) })
}

// containsPart reports whether a path contains part, whose last # is a digit.
func containsPart(file, part string) bool {
	part, digit := strings.CutSuffix(part, "#")
	for {
		i := strings.Index(file, part)
		if i < 0 {
			return false
		}
		file = file[i+len(part):]
		if !digit || file != "" && '0' <= file[0] && file[0] <= '9' {
			return true
		}
	}
}

// patterns is a set of patterns, compiled for matching names.
type patterns struct {
	exact    map[string]bool
	scopes   map[string]bool // first component before ::
	prefixes map[byte][]string
}

func compilePatterns(all ...string) *patterns {
	p := &patterns{exact: map[string]bool{}, scopes: map[string]bool{}, prefixes: map[byte][]string{}}
	for _, s := range all {
		switch {
		case strings.HasSuffix(s, "*"):
			p.prefixes[s[0]] = append(p.prefixes[s[0]], s[:len(s)-1])
		case strings.HasSuffix(s, "::") && strings.Count(s, "::") == 1:
			p.scopes[s[:len(s)-2]] = true
		case strings.HasSuffix(s, "::"):
			p.prefixes[s[0]] = append(p.prefixes[s[0]], s)
		default:
			p.exact[s] = true
		}
	}
	return p
}

func (p *patterns) match(name string) bool {
	if name == "" {
		return false
	}
	if p.exact[name] {
		return true
	}
	if i := strings.Index(name, "::"); i > 0 && p.scopes[name[:i]] {
		return true
	}
	for _, prefix := range p.prefixes[name[0]] {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
