package allocator

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"heapprof/internal/object/clone"
)

// Named is a function as a person has named it: by its symbol, or as nm -C prints that, with
// its arguments and template arguments or without.
type Named struct {
	name  string // without hashes
	words [][]byte
}

// NewNamed returns the function of that name.
func NewNamed(name string) Named {
	name = methodPath(rustHash.ReplaceAllString(name, ""))
	return Named{name, wordsOf(name)}
}

// Match is how well a symbol matches a name.
type Match uint8

const (
	NoMatch  Match = iota
	EndMatch       // the name is the end of the symbol's: parse of app::parse
	FullMatch
)

// Match returns how well a symbol matches the name. Copies that a compiler has made of a function
// match as it does; parts that it has split off do not.
func (n Named) Match(symbol []byte) Match {
	symbol, _, _ = bytes.Cut(symbol, []byte("@"))
	if bytes.IndexByte(symbol, '.') > 0 {
		if bytes.Contains(symbol, []byte(".cold")) || bytes.Contains(symbol, []byte(".part.")) {
			return NoMatch
		}
		symbol = []byte(clone.Original(string(symbol)))
	}
	if string(symbol) == n.name {
		return FullMatch
	}
	inSymbol := func(word []byte) bool { return bytes.Contains(symbol, word) }
	if len(symbol) < 3 || !isMangled(symbol) || len(n.words) > 0 && !slices.ContainsFunc(n.words, inSymbol) {
		return NoMatch
	}
	best := NoMatch
	for _, options := range [][]demangle.Option{nil, {demangle.NoParams}, {demangle.NoParams, demangle.NoTemplateParams}} {
		switch name := methodPath(demangle.Filter(string(symbol), options...)); {
		case name == n.name:
			return FullMatch
		case strings.HasSuffix(name, "::"+n.name):
			best = EndMatch
		}
	}
	return best
}

// methodPath returns the name of a method of Rust's as paths in the source have it: of
// <app::Cache>::clear, app::Cache::clear. Those of traits, <A as B>::clear, stay.
func methodPath(name string) string {
	if !strings.HasPrefix(name, "<") {
		return name
	}
	depth := 0
	for i, c := range name {
		switch c {
		case '<':
			depth++
		case '>':
			depth--
		}
		if depth == 0 {
			if of := name[1:i]; !strings.Contains(of, " as ") {
				return of + name[i+1:]
			}
			break
		}
	}
	return name
}
