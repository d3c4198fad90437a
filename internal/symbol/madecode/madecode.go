// Package madecode reads what runtimes write of the code that they make while a program runs, for
// profilers to name it: the text files called perf maps, and jitdump files. Both are
// a program's own claims about itself: what is read is bounded, and what is damaged is left out.
package madecode

// Code is a piece of code that a program made.
type Code struct {
	Start, Size uint64 // its addresses in the process, in bytes
	Name        string // as the runtime calls it: "JS:*parse /srv/app.js:10:7"
	Order       uint64 // when it was written of: later code has more. See ReadMap and ReadDump
	Lines       []Line // by their addresses; nil where the file does not tell
}

// Line is where in the source code comes from, from an address on to the next Line's.
type Line struct {
	Start uint64
	File  string
	Line  int
}

// LineAt returns the line that an address of the code comes from; the zero Line where that is not
// known.
func (c *Code) LineAt(pc uint64) (at Line) {
	for _, l := range c.Lines {
		if l.Start > pc {
			break
		}
		at = l
	}
	return at
}

// contains reports whether an address is one of the code's.
func (c *Code) contains(pc uint64) bool { return pc-c.Start < c.Size }

// mostName is how many bytes of a name are kept: more nobody reads.
const mostName = 1 << 10

// cut returns at most mostName bytes of a name.
func cut(name []byte) string { return string(name[:min(len(name), mostName)]) }
