package text

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
