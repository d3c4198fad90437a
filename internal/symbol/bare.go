package symbol

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/symbol/dwarf"
)

// placeBare completes the names of Rust's functions that the debug information gives without
// what is around them, as it does where only lines were asked of the compiler. Of a function
// that was really called the linker's name tells what is around it. An inlined one is looked
// for, the outermost first:
//
//   - a closure or an async block in the names of its callers, which are generic functions that
//     have its type as an argument: for_each<…, app::words::{closure_env#0}>;
//   - any function among those whose own lines are around the line that it is at;
//   - else its file tells the crate and the module.
func (m *Module) placeBare(frames []Frame, calls []dwarf.Call, addr uint64) {
	for i, c := range slices.Backward(calls) {
		if !c.Bare || frames[i].Language != profile.Rust {
			continue
		}
		f := &frames[i]
		if !f.Inlined && f.Function != c.Source { // the linker's
			f.Instance = instanceOf(aroundOf(f.Function)+c.Source, f.Function)
			continue
		}
		own, arguments := cutArguments(c.Source)
		f.Function = m.around(frames, calls, i, addr) + own
		f.Instance = instanceOf(f.Function+arguments, f.Function)
	}
}

// around returns what is around the inlined function that is frame i of those at addr, with ::
// behind it; "" where that is not known. Its callers have their names.
func (m *Module) around(frames []Frame, calls []dwarf.Call, i int, addr uint64) string {
	file := frames[i].File
	if frames[i].Line == 0 && i == 0 { // code of no line in particular, whose file means nothing
		file = m.dwarf.OwnFile(addr)
	}
	own, arguments := cutArguments(calls[i].Source)
	if own == "drop_in_place" || own == "drop_glue" { // which the compiler makes, at the lines of whatever drops
		return "core::ptr::"
	}
	module := m.moduleOf(file, addr)
	isLocal := strings.HasPrefix(own, "{")
	if isLocal && isOfMacros(file) { // used anywhere, in another crate maybe
		file, module = "", ""
	}
	crate, _, _ := strings.Cut(module, "::")
	if isLocal {
		for _, c := range calls[i+1:] {
			found := typesOf(c.Source, own, arguments)
			found = slices.DeleteFunc(found, func(around string) bool { return crate != "" && !strings.HasPrefix(around, crate+"::") })
			if len(found) == 1 {
				return found[0]
			}
			if len(found) > 1 {
				break
			}
		}
	}
	if file != "" && frames[i].Line > 0 {
		if c, ok := m.dwarf.Enclosing(addr, file, frames[i].Line); ok {
			function := m.readable(m.outOfLineName(c, c.Entry))
			name, _ := cutArguments(c.Source)
			switch {
			case name == own: // it was compiled for itself, too
				return aroundOf(function)
			case isLocal:
				return function + "::"
			}
		}
	}
	if strings.HasPrefix(own, "{closure#") && i+1 < len(frames) && file != "" && frames[i+1].File == file {
		// A function that calls a closure of its own has the same arguments.
		if _, same := cutArguments(calls[i+1].Source); same == arguments {
			return frames[i+1].Function + "::"
		}
	}
	return module
}

// cutArguments cuts the name of a function of Rust in the debug information before the
// arguments of a generic one.
func cutArguments(name string) (own, arguments string) {
	if i := strings.IndexByte(name, '<'); i > 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

// aroundOf returns what is before the last component of the path of a function of Rust, in its
// readable name: app::Pool<T>:: of app::Pool<T>::add and of app::Pool<T>::add::<u8>.
func aroundOf(function string) string {
	depth, end := 0, 0
	eachDepth(function, func(i, d int, _ bool) {
		if depth = d; depth == 0 && strings.HasPrefix(function[i:], "::") && !strings.HasPrefix(function[i:], "::<") {
			end = i + len("::")
		}
	})
	return function[:end]
}

// typesOf returns what is around the closures or async blocks that the name of a generic function
// has as arguments and that may be the function own with its arguments: each once, with :: behind
// it. The type of {closure#0} is called {closure_env#0}.
func typesOf(generic, own, arguments string) []string {
	env := "::" + strings.Replace(own, "#", "_env#", 1)
	var found []string
	for from := 0; ; {
		i := strings.Index(generic[from:], env)
		if i < 0 {
			return found
		}
		at := from + i
		from = at + len(env)
		rest := generic[from:]
		if !strings.HasPrefix(rest, arguments) || arguments == "" && strings.HasPrefix(rest, "<") {
			continue
		}
		begin := at
		for begin > 0 && isPathByte(generic[begin-1]) {
			begin--
		}
		if around := generic[begin:at] + "::"; !slices.Contains(found, around) {
			found = append(found, around)
		}
	}
}

// isPathByte reports whether a byte may be in a path of Rust in the debug information, outside
// of arguments: app::{impl#0}::add.
func isPathByte(c byte) bool {
	return c == ':' || c == '_' || c == '{' || c == '}' || c == '#' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// moduleOf returns the crate and the module that a source file holds, as its path tells by
// Rust's custom, with :: behind it. It is "" where even the crate is not known. The code at addr
// was compiled with it.
func (m *Module) moduleOf(file string, addr uint64) string {
	c := m.crateOf(file, addr)
	if c.Root == file && file != "" {
		return c.Name + "::"
	}
	// Below the root of one crate may be others, which have no code but what is inlined.
	if below, ok := strings.CutPrefix(file, path.Dir(c.Root)+"/"); c.Name != "" && ok && !strings.Contains("/"+below, "/src/") {
		return c.Name + "::" + modules(below)
	}
	return rustPackage(file)
}

// crateOf returns the crate whose root is in the directory of a source file or in the nearest one
// around it, the zero Crate where none is, or it may be one of several. The code at addr was
// compiled with the file.
func (m *Module) crateOf(file string, addr uint64) dwarf.Crate {
	if m.crates == nil {
		m.crates = m.dwarf.Crates()
	}
	var dir string
	var in []dwarf.Crate // the crates with their roots in dir
	for _, c := range m.crates {
		d := path.Dir(c.Root)
		if c.Root == file {
			return c
		}
		switch {
		case !strings.HasPrefix(file, d+"/") || len(d) < len(dir):
		case len(d) > len(dir):
			dir, in = d, append(in[:0], c)
		default:
			in = append(in, c)
		}
	}
	// A library and programs may have one directory. Nothing of a program's is inlined elsewhere.
	at, _ := m.dwarf.CrateAt(addr)
	lib := slices.IndexFunc(in, func(c dwarf.Crate) bool { return path.Base(c.Root) == "lib.rs" })
	switch own := slices.Contains(in, at); {
	case len(in) == 1:
		return in[0]
	case own && (lib < 0 || in[lib].Name == at.Name):
		return at
	case !own && lib >= 0:
		return in[lib]
	}
	return dwarf.Crate{}
}

// rustPackage returns what moduleOf does for a file of Rust's own library or of a package whose
// directory has its version, as cargo's registry names them; "" for others.
func rustPackage(file string) string {
	const source = "/src/"
	for at := 0; ; at += len(source) - 1 {
		i := strings.Index(file[at:], source)
		if i < 0 {
			return ""
		}
		at += i
		dir, rest := file[:at], file[at+len(source):]
		name := path.Base(dir)
		if v := version.FindStringIndex(name); v != nil {
			name = name[:v[0]]
		} else if strings.Contains(dir, "/library/") && path.Base(path.Dir(dir)) == "crates" { // stdarch, portable-simd
			name = "core::" + name
		} else if path.Base(path.Dir(dir)) != "library" {
			continue
		}
		return strings.ReplaceAll(name, "-", "_") + "::" + modules(rest)
	}
}

// version is where the version begins in the name of a package's directory: md-5-0.10.6.
var version = regexp.MustCompile(`-[0-9]+\.`)

// modules returns the modules that lead to a source file, given by its path below its crate's
// first one, each with :: behind it: a::b:: for a/b.rs and a/b/mod.rs. What macros make is in
// the module around theirs.
func modules(file string) string {
	file = strings.TrimSuffix(strings.TrimSuffix("/"+file, ".rs"), "/mod")
	if isOfMacros(file + ".rs") {
		file = file[:strings.LastIndex(file, "/macros")]
	}
	if file == "" || file == "/lib" || file == "/main" {
		return ""
	}
	return strings.ReplaceAll(file[1:], "/", "::") + "::"
}

// isOfMacros reports whether a source file has macros by its name, so that functions seem to
// be in it that are not.
func isOfMacros(file string) bool {
	return path.Base(file) == "macros.rs" || strings.Contains(file, "/macros/")
}
