package dhat

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

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
