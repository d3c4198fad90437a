package names

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s as one line that may go to a terminal: what would move its
// cursor, change its colours, end the line or turn the direction of the text is
// replaced. Names in a profile, and those of files, are whatever a program's author
// or an attacker chose. Whatever comes from outside goes through here: a profile's
// texts where this package takes them from it, a message where it is written.
func Printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unprintable(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '·'
	}, s)
}

func unprintable(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.IsControl(r) || r == utf8.RuneError || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
