package text

import "heapprof/internal/report/view"

// palette colours text for a terminal; the zero value leaves it as it is. It
// uses the terminal's own sixteen colours, which its owner chose to be legible.
type palette struct{ on bool }

const colorEnd = "\x1b[0m"

func (p palette) style(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + colorEnd
}

func (p palette) bold(s string) string { return p.style("1", s) }
func (p palette) dim(s string) string  { return p.style("2", s) }
func (p palette) warn(s string) string { return p.style("33", s) } // yellow
func (p palette) more(s string) string { return p.style("31", s) } // red: a diff's growth
func (p palette) less(s string) string { return p.style("32", s) } // green

// change colours the text of a change.
func (p palette) change(c view.Change, text string) string {
	switch c.Sign() {
	case 1:
		return p.more(text)
	case -1:
		return p.less(text)
	}
	return text
}
