package names

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is how many columns s takes on a terminal: two for a character of East Asia
// or an emoji, none for what combines with the character before it. The escape
// sequences that colour a text take none either. Everything that lays text out
// measures by it, or columns would not align.
//
// Characters that are narrow or wide by the terminal's settings, as … and │ are,
// count as narrow, whatever the locale says.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	width := 0
	for g := characters(s); g.Next(); {
		width += g.Width()
	}
	return width
}

// isPlain reports whether each byte of s is a character of one column, as nearly
// always: a table of all sites asks so of a million texts.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// characters goes through what a reader takes for one character each.
func characters(s string) displaywidth.Graphemes[string] {
	return displaywidth.Options{ControlSequences: true}.StringGraphemes(s)
}

// CutMiddle puts … for what does not fit into width columns. Two thirds of what stays
// are the end.
func CutMiddle(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width <= 1 {
		return strings.Repeat("…", max(width, 0))
	}
	tail := (width - 1) * 2 / 3
	return Begin(s, width-1-tail) + "…" + end(s, tail)
}

// CutEnd puts … for the end that does not fit into width columns.
func CutEnd(s string, width int) string {
	if Width(s) <= width || width < 1 {
		return s
	}
	return Begin(s, width-1) + "…"
}

// Begin returns the longest beginning of s that fits into width columns.
func Begin(s string, width int) string {
	n := 0
	for g := characters(s); g.Next(); {
		if width -= g.Width(); width < 0 {
			break
		}
		n += len(g.Value())
	}
	return s[:n]
}

// end returns the longest end of s that fits into width columns.
func end(s string, width int) string {
	surplus := Width(s) - width
	n := 0
	for g := characters(s); surplus > 0 && g.Next(); {
		surplus -= g.Width()
		n += len(g.Value())
	}
	return s[n:]
}
