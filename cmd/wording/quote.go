package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/report/names"
)

// ShellQuote returns a word quoted so that a shell reads it as it is.
func ShellQuote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:@%="
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	case names.Printable(s) != s:
		return ansiQuote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ansiQuote returns a word that has what a terminal must not see, quoted as bash, zsh and
// ksh read it.
func ansiQuote(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
