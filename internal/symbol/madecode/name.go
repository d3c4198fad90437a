package madecode

import (
	"path"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// Function is what the name of a piece of code says.
type Function struct {
	Name     string
	File     string // of its source; "" where the name has none
	Line     int    // where the function begins; 0 where the name does not tell
	Column   int
	Language profile.Language
}

// ParseName takes apart the name that a runtime has given to code. It knows the forms of V8
// ("JS:*parse /srv/app.js:10:7", "LazyCompile:~ node:fs:3:1"), of CPython ("py::load:/srv/app.py"), of .NET
// ("void [app] App.Program::Main()[Optimized]"), of LuaJIT ("TRACE_1::app.lua:6") and of Erlang ("$lists:map/2"); of other
// names it takes a file and a line off their end, where these stand there, and leaves them alone else.
func ParseName(name string) Function {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "JS", "LazyCompile", "Function", "Eval", "Script":
		return parseV8(rest)
	case "Builtin", "BytecodeHandler":
		return Function{Name: builtinPrefixes[kind] + rest}
	case "py":
		if text, ok := strings.CutPrefix(rest, ":"); ok {
			return parsePython(text)
		}
	}
	if f, ok := parseDotNet(name); ok {
		return f
	}
	if f, ok := parseLuaJIT(name); ok {
		return f
	}
	if f, ok := parseErlang(name); ok {
		return f
	}
	f := Function{Name: name}
	if words, where, ok := cutLast(name, " "); ok && strings.Contains(where, "/") {
		if file, line, column := cutPlace(where); line != 0 {
			f = Function{Name: words, File: file, Line: line, Column: column}
		}
	}
	return f
}

// compiledMarks are the characters by which V8 says how a function is compiled: interpreted, baseline, and so on.
const compiledMarks = "~^+*'-"

// builtinPrefixes are what the names of V8's own functions begin with, by their kinds, where they are in a module.
var builtinPrefixes = map[string]string{"Builtin": "Builtins_", "BytecodeHandler": "Builtins_Handler_"}

// parseV8 reads what follows a kind in the name of a JavaScript function: how it is compiled, as one or two
// characters, its own name, and its place.
func parseV8(text string) Function {
	if loop, ok := strings.CutPrefix(text, "o"); ok && strings.IndexAny(loop, compiledMarks) == 0 { // it was entered within a loop
		text = loop
	}
	text = strings.TrimLeft(text, compiledMarks)
	f := Function{Name: text, Language: profile.JavaScript}
	if file, line, column := cutPlace(text); line != 0 {
		f.Line, f.Column = line, column
		// Both names may have spaces in them: a path begins in one of these ways.
		at := -1
		for _, begin := range []string{" /", " file:", " node:", " ext:", " https:"} {
			if i := strings.Index(file, begin); i >= 0 && (at < 0 || i < at) {
				at = i
			}
		}
		if at < 0 {
			at = strings.LastIndex(file, " ")
		}
		f.Name, f.File = file[:max(at, 0)], strings.TrimPrefix(file[at+1:], "file://")
	}
	switch {
	case f.Name != "":
	case f.Line == 1 && f.Column == 1:
		f.Name = "(top level of " + path.Base(f.File) + ")"
	default:
		f.Name = "(anonymous)"
	}
	return f
}

// parsePython reads the name and the file of a Python function.
func parsePython(text string) Function {
	f := Function{Name: text, Language: profile.Python}
	if i := strings.LastIndex(text, ":/"); i > 0 {
		f.Name, f.File = text[:i], text[i+1:]
	} else if name, file, ok := strings.Cut(text, ":"); ok && name != "" {
		f.Name, f.File = name, file
	}
	return f
}

// cutPlace takes a line, and perhaps a column, off the end of a text: "/srv/app.js:10:7". The line is 0 where there is
// none.
func cutPlace(text string) (file string, line, column int) {
	file, last, ok := cutLast(text, ":")
	n, err := strconv.Atoi(last)
	if !ok || err != nil || n < 0 {
		return text, 0, 0
	}
	if before, number, ok := cutLast(file, ":"); ok {
		if m, err := strconv.Atoi(number); err == nil && m > 0 {
			return before, m, n
		}
	}
	return file, n, 0
}

// cutLast cuts a text around the last place where a separator stands.
func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}
