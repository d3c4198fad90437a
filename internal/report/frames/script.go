package frames

import (
	"path"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// What the libraries that come with Python, Node.js and Deno are called, as packages.
const (
	pythonLibrary = "python"
	nodeLibrary   = "node"
	denoLibrary   = "deno"
)

// interpreterNames are the base names of the files that runtimes are in: CPython, Node.js, Deno, .NET, LuaJIT, Erlang, Java.
var interpreterNames = compilePatterns("python*", "libpython*", "node", "nodejs", "libnode.so*", "deno",
	"dotnet", "libcoreclr.so", "libclrjit.so", "libhostfxr.so", "libhostpolicy.so", "libSystem.Native.so", "luajit*", "libluajit*", "beam.smp", "java", "libjvm.so", "libjli.so")

// isScriptLanguage reports whether functions in a language are run, or compiled, by a runtime while the program runs.
func isScriptLanguage(l profile.Language) bool {
	switch l {
	case profile.Python, profile.JavaScript, profile.DotNet, profile.Lua, profile.Erlang, profile.Java:
		return true
	}
	return false
}

// What the names of the files begin with that the libraries of Node.js and of Deno are written in.
const (
	nodePrefix = "node:"
	denoPrefix = "ext:"
)

// dotNetAssembly returns the assembly that a method of .NET's is in, by its name, such as "app!App.Program.Load(int32)", and whether
// that is one of .NET's own library.
func dotNetAssembly(d *profile.Frame) (name string, library bool) {
	if d.Language != profile.DotNet {
		return "", false
	}
	name, _, _ = strings.Cut(d.Function, "!")
	return name, strings.HasPrefix(name, "System.") || name == "System" || name == "mscorlib" || name == "netstandard"
}

// extensionDir is where the parts of Python's own library lie that are written in C.
const extensionDir = "/lib-dynload/"

// isImporter reports whether a file is one of those of Python's own library that run the code of modules.
func isImporter(file string) bool {
	return strings.HasPrefix(file, "<frozen importlib") || strings.Contains(file, "/importlib/")
}

// isInterpreter reports whether a function in a module is one of a runtime's own, of the library that comes with Python,
// too.
func isInterpreter(module string) bool {
	return module != "" && (interpreterNames.match(path.Base(module)) || strings.Contains(module, extensionDir))
}

// script classifies a frame of a function in a language of isScriptLanguage. The library of Node.js's is what scripts call to allocate: to make
// a Buffer, three functions of it call each other. So are Deno's, and .NET's.
func (c classifier) script(d *profile.Frame) Frame {
	_, ofDotNet := dotNetAssembly(d)
	f := Frame{
		Function: names.Limit(names.Printable(d.Function)), File: names.Printable(d.File), Line: d.Line, Column: d.Column,
		Script: true, Plumbing: ofDotNet || isImporter(d.File) || strings.HasPrefix(d.File, nodePrefix) || strings.HasPrefix(d.File, denoPrefix),
	}
	f.name = f.Function
	if d.Language == profile.Java {
		f.Plumbing = isJavaLibrary(d.Function)
	}
	return f
}

// markScript does what mark does for a frame of a function that script classifies. What lies in no directory of packages is the program's
// own, but for code that was made of a text.
func (o *ownership) markScript(d *profile.Frame, f *Frame) {
	if d.Language == profile.Java {
		o.markJava(d, f)
		return
	}
	rest, installed := afterAny(f.File, "/site-packages/", "/dist-packages/", "/node_modules/")
	assembly, ofDotNet := dotNetAssembly(d)
	switch in, library := afterAny(f.File, "/lib/python3"); {
	case assembly != "":
		f.Crate.Name, f.Dir, f.Own = names.Printable(assembly), names.Printable(assembly), !ofDotNet
	case strings.HasPrefix(f.File, denoPrefix):
		f.Crate.Name, f.Dir = denoLibrary, path.Join(denoLibrary, path.Dir(f.File[len(denoPrefix):]))
	case strings.HasPrefix(f.File, nodePrefix):
		f.Crate.Name, f.Dir = nodeLibrary, path.Join(nodeLibrary, path.Dir(f.File[len(nodePrefix):]))
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
	top, below, _ := strings.Cut(rest, "/")
	if strings.HasPrefix(top, "@") { // npm's packages of one owner
		name, _, _ := strings.Cut(below, "/")
		return top + "/" + name
	}
	for _, extension := range []string{".py", ".js", ".mjs", ".cjs", ".ts", ".lua"} {
		top = strings.TrimSuffix(top, extension)
	}
	return top
}

// scriptSite returns the innermost function of a stack that is a script's and no plumbing, else
// the innermost, as an index into stack; -1 where there is none. What the interpreter allocates for it is what its line asks for.
func (t *Table) scriptSite(stack []uint32) int {
	first := -1
	for i, f := range stack {
		is := t.traits[f]
		if !is.has(isScript) {
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

// hasScript reports whether a stack leads through a function of a script.
func (t *Table) hasScript(stack []uint32) bool { return t.scripts && t.scriptSite(stack) >= 0 }
