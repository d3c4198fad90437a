package dhat

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// arena keeps many lists, such as the stacks of points, in few allocations.
type arena[T any] struct{ chunk []T }

const leastChunk, mostChunk = 1 << 10, 64 << 10 // elements of one allocation

// add returns a copy of list. It has no spare capacity that an append could write into.
func (a *arena[T]) add(list []T) []T {
	if len(a.chunk)+len(list) > cap(a.chunk) {
		a.chunk = make([]T, 0, max(leastChunk, min(2*cap(a.chunk), mostChunk), len(list)))
	}
	start := len(a.chunk)
	a.chunk = append(a.chunk, list...)
	return a.chunk[start:len(a.chunk):len(a.chunk)]
}

// textArena keeps many short strings in few allocations.
type textArena struct{ b strings.Builder }

const textChunk = 64 << 10

// add returns text as a string, with U+FFFD in place of bytes that are no UTF-8.
func (a *textArena) add(text []byte) string {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	if len(text) > textChunk/8 {
		return string(text)
	}
	if a.b.Cap()-a.b.Len() < len(text) {
		a.b = strings.Builder{}
		a.b.Grow(textChunk)
	}
	start := a.b.Len()
	a.b.Write(text)
	return a.b.String()[start:]
}
