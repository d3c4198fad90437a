// Package pyscope finds in the source of a Python module within which classes and functions a function is, which CPython before 3.11 does not keep in
// its code. It imports nothing of ours.
package pyscope

import (
	"bytes"
	"strings"
)

// File is what a source file defines.
type File struct{ scopes []scope }

// scope is a function or a class.
type scope struct {
	name        string
	class       bool
	first, last int // lines, from the first decorator on
	parent      int // the index of the scope that it is in; -1: the module's
}

// mostNested is how deep scopes are followed: CPython's own limit on indentation.
const mostNested = 100

// Read takes in the source of a module. ok is false for one that CPython would not have taken.
func Read(source []byte) (f File, ok bool) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	source = bytes.ReplaceAll(bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	r := reader{statements: statements{text: source, line: 1}}
	for r.next() {
		if !r.take() {
			return File{}, false
		}
	}
	return File{r.scopes}, !r.broken
}

// Qualified returns the name by which Python calls a function or a class since 3.11, such as Store.keep or load.<locals>.key, of which its own
// name is known and a line that it has run. It returns "" where the source has none such or several.
func (f *File) Qualified(name string, line int) string {
	found := -1
	for i := range f.scopes {
		if s := &f.scopes[i]; s.name == name && s.first <= line && line <= s.last {
			if found >= 0 {
				return ""
			}
			found = i
		}
	}
	if found < 0 {
		return ""
	}
	for i := f.scopes[found].parent; i >= 0; i = f.scopes[i].parent {
		if !f.scopes[i].class {
			name = "<locals>." + name
		}
		name = f.scopes[i].name + "." + name
	}
	return name
}

// reader makes scopes of statements.
type reader struct {
	statements
	scopes    []scope
	open      []opened // the scopes that the last statement is in
	decorated int      // the line of the first decorator of what comes next; 0: it has none
}

type opened struct{ scope, indent int }

// take takes in the statement that the reader is at. It returns false if scopes are nested too deep.
func (r *reader) take() bool {
	for len(r.open) > 0 && r.open[len(r.open)-1].indent >= r.indent {
		r.open = r.open[:len(r.open)-1]
	}
	for _, o := range r.open {
		r.scopes[o.scope].last = r.last
	}
	if strings.HasPrefix(r.begin, "@") {
		if r.decorated == 0 {
			r.decorated = r.first
		}
		return true
	}
	first := r.first
	if r.decorated != 0 {
		first, r.decorated = r.decorated, 0
	}
	name, class := defined(r.begin)
	if name == "" {
		return true
	}
	if len(r.open) == mostNested {
		return false
	}
	parent := -1
	if n := len(r.open); n > 0 {
		parent = r.open[n-1].scope
	}
	r.open = append(r.open, opened{len(r.scopes), r.indent})
	r.scopes = append(r.scopes, scope{name, class, first, r.last, parent})
	return true
}

// defined returns the name of the function or the class that a statement defines; "": none.
func defined(begin string) (name string, class bool) {
	word, rest := cutWord(begin)
	if word == "async" {
		word, rest = cutWord(rest)
	}
	if word != "def" && word != "class" {
		return "", false
	}
	name, _ = cutWord(rest)
	return name, word == "class"
}

// cutWord returns the first word of a text, and what follows it.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t\f\\\n")
	end := strings.IndexAny(s, " \t\f\\\n(:[#;=.,'\"@")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}
