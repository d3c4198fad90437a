package frames

import (
	"path"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// pythonLibrary is what Python's own library is called, as a package.
const pythonLibrary = "python"

// interpreterNames are the base names of the files that CPython is in.
var interpreterNames = compilePatterns("python*", "libpython*")

// extensionDir is where the parts of Python's own library lie that are written in C.
const extensionDir = "/lib-dynload/"

// isImporter reports whether a file is one of those of Python's own library that run the code of modules.
func isImporter(file string) bool {
	return strings.HasPrefix(file, "<frozen importlib") || strings.Contains(file, "/importlib/")
}

// isInterpreter reports whether a function in a module is one of the interpreter's own, of Python's
// own library's too.
func isInterpreter(module string) bool {
	return module != "" && (interpreterNames.match(path.Base(module)) || strings.Contains(module, extensionDir))
}

// python classifies a frame of a function in Python.
func (c classifier) python(d *profile.Frame) Frame {
	f := Frame{
		Function: names.Limit(names.Printable(d.Function)), File: names.Printable(d.File), Line: d.Line, Column: d.Column,
		Python: true, Plumbing: isImporter(d.File),
	}
	f.name = f.Function
	return f
}

// markPython does what mark does for a frame of a function in Python. What lies in no directory of packages is the program's
// own, but for code that was made of a text.
func (o *ownership) markPython(d *profile.Frame, f *Frame) {
	rest, installed := afterAny(f.File, "/site-packages/", "/dist-packages/")
	switch in, library := afterAny(f.File, "/lib/python3"); {
	case installed:
		f.Crate.Name, f.Dir = topOf(rest), path.Dir(rest)
	case library:
		_, in, _ = strings.Cut(in, "/")
		f.Crate.Name, f.Dir = pythonLibrary, path.Join(pythonLibrary, path.Dir(in))
	case strings.HasPrefix(f.File, "<frozen "):
		f.Crate.Name, f.Dir = pythonLibrary, pythonLibrary
	case strings.HasPrefix(f.File, "<") || f.File == "":
	default:
		f.Crate.Name, f.Dir = topOf(path.Base(f.File)), path.Dir(f.File)
		f.Own, f.local = true, true
	}
	if o.named != nil {
		f.Own = o.isNamed(d, f)
	}
	f.Plumbing = f.Plumbing || o.rules.isPlumbing(f)
	f.Own = f.Own && !f.Plumbing
}

// afterAny returns what follows the last of some parts in s that is there.
func afterAny(s string, parts ...string) (rest string, ok bool) {
	for _, part := range parts {
		if i := strings.LastIndex(s, part); i >= 0 {
			return s[i+len(part):], true
		}
	}
	return "", false
}

// topOf returns the name of the package or module that a path below a directory of packages leads to.
func topOf(rest string) string {
	top, _, _ := strings.Cut(rest, "/")
	return strings.TrimSuffix(top, ".py")
}

// pythonSite returns the innermost function in Python of a stack that does not run a module's code for others, else
// the innermost, as an index into stack; -1 where there is none. What the interpreter allocates for it is what its line asks for.
func (t *Table) pythonSite(stack []uint32) int {
	first := -1
	for i, f := range stack {
		is := t.traits[f]
		if !is.has(isPython) {
			continue
		}
		if !is.has(isPlumbing) {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// hasPython reports whether a stack leads through a function in Python.
func (t *Table) hasPython(stack []uint32) bool { return t.python && t.pythonSite(stack) >= 0 }
