package terminal

import (
	"math"
	"strings"
)

// glyphs are the characters that the screen is drawn with.
type glyphs struct {
	unicode              bool
	opened, closed, leaf string // before a row's name
	rule, between        string // a line across the screen, and what stands between tabs
	// bars are parts of a column from the left, the last a whole one, and left those from the right.
	bars, left []string
	zero       string // of bars that may be below 0
}

func newGlyphs(unicode bool) glyphs {
	if unicode {
		return glyphs{
			true, "▾ ", "▸ ", "  ", "─", "│",
			[]string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}, []string{"▕", "▕", "▕", "▐", "▐", "▐", "▐", "█"}, "│",
		}
	}
	return glyphs{false, "- ", "+ ", "  ", "-", "|", []string{".", "#"}, []string{".", "#"}, "|"}
}

// bar draws a part of 1 in at most so many columns: whole ones and a part of one, the latter apart. What there is little of
// is seen, too.
func (g *glyphs) bar(part float64, width int) (whole int, rest int) {
	n := len(g.bars)
	parts := int(math.Round(min(part, 1) * float64(width*n)))
	if part > 0 {
		parts = max(parts, 1)
	}
	return parts / n, parts % n
}

// right draws a part of 1 from the left to the right.
func (g *glyphs) right(part float64, width int) string {
	whole, rest := g.bar(part, width)
	s := strings.Repeat(g.bars[len(g.bars)-1], whole)
	if rest > 0 {
		s += g.bars[rest-1]
	}
	return pad(s, width)
}

// signed draws a part from -1 to 1 in so many columns: to the left of the middle what is below 0.
func (g *glyphs) signed(part float64, width int) string {
	half := (width - 1) / 2
	if part >= 0 {
		return pad(strings.Repeat(" ", half)+g.zero+g.right(part, half), width)
	}
	whole, rest := g.bar(-part, half)
	s := strings.Repeat(g.left[len(g.left)-1], whole)
	if rest > 0 {
		s = g.left[rest-1] + s
	}
	return pad(padLeft(s, half)+g.zero, width)
}

// words returns a text in the characters that the terminal has. It may take more columns, so that it is to be
// asked before what is said is laid out.
func (g *glyphs) words(s string) string {
	if g.unicode || isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > '~' {
			return '?'
		}
		return r
	}, asWords.Replace(s))
}

// line returns a line of words as it goes to the terminal, in which names may have been cut since.
func (g *glyphs) line(s string) string {
	if g.unicode || isASCII(s) {
		return s
	}
	return strings.ReplaceAll(s, "…", "~")
}

// asWords replaces what texts of heapprof's have that is no ASCII.
var asWords = strings.NewReplacer(
	"…", "..", "⋯", "..", "−", "-", "–", "-", "±", "+/-", "≤", "<=", "≥", ">=", "Δ ", "change of ", "→", "->", "×", "x", "µ", "u", "·", ".",
	"▁", "_", "▂", ".", "▃", "-", "▄", "=", "▅", "+", "▆", "*", "▇", "%", "█", "#", "▕", "|", "▐", "#", "│", "|", "├", "|", "└", "`", "─", "-",
)

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > '~' {
			return false
		}
	}
	return true
}
