package report

import (
	"bufio"
	"io"
	"strings"

	"heapprof/internal/report/names"
)

// grid is a table of text: numbers to the right, then the names to the left.
type grid struct {
	header []string
	rows   [][]string
}

// write writes the grid without borders, its columns two spaces apart. The last
// column is aligned to the left, all others to the right.
func (g *grid) write(w io.Writer) error {
	last := len(g.header) - 1
	lines := append([][]string{g.header}, g.rows...)
	widths := make([]int, last)
	for _, cells := range lines {
		for c := range widths {
			widths[c] = max(widths[c], names.Width(cells[c]))
		}
	}
	bw := bufio.NewWriter(w)
	for _, cells := range lines {
		for c, width := range widths {
			bw.WriteString(strings.Repeat(" ", width-names.Width(cells[c])))
			bw.WriteString(cells[c])
			bw.WriteString("  ")
		}
		bw.WriteString(strings.TrimRight(cells[last], " "))
		bw.WriteByte('\n')
	}
	return bw.Flush()
}

// markdown writes the grid as a GitHub-flavoured table.
func (g *grid) markdown(w io.Writer) error {
	var b strings.Builder
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| ")
			b.WriteString(c)
			b.WriteString(" ")
		}
		b.WriteString("|\n")
	}
	line(g.header)
	for i := range g.header {
		if i == len(g.header)-1 {
			b.WriteString("|:---|\n")
		} else {
			b.WriteString("|---:")
		}
	}
	for _, r := range g.rows {
		line(r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownCode makes s a code span that is safe inside of a table's cell.
func markdownCode(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ReplaceAll(s, "|", `\|`)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}
