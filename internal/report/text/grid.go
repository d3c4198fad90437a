package text

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"heapprof/internal/report/names"
)

// grid is a table of text: numbers to the right, then the names to the left.
type grid struct {
	header []string
	rows   [][]string
	names  int            // how many of the columns are names: the last, and those before it
	spans  map[int]string // of a row without cells: what stands there instead
}

// write writes the grid without borders, its columns two spaces apart.
func (g *grid) write(w io.Writer) error {
	var buf bytes.Buffer
	last := len(g.header) - 1
	align := make(tw.Alignment, len(g.header))
	padding := make([]tw.Padding, len(g.header))
	for i := range align {
		align[i], padding[i] = tw.AlignRight, tw.Padding{Right: "  ", Overwrite: true}
		if i >= len(align)-g.names {
			align[i] = tw.AlignLeft
		}
	}
	padding[last] = tw.PaddingNone
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{PerColumn: padding},
	}
	t := tablewriter.NewTable(&buf,
		// What is ambiguous is narrow, as names.Width has it, whatever the locale.
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Lines:      tw.LinesNone,
				Separators: tw.SeparatorsNone,
			},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: cells,
			Row:    cells,
			// Leading spaces are a tree's indentation.
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off},
		}),
	)
	t.Header(g.header)
	if err := t.Bulk(g.rows); err != nil {
		return fmt.Errorf("laying out the table: %w", err)
	}
	if err := t.Render(); err != nil {
		return fmt.Errorf("laying out the table: %w", err)
	}
	row := -1 // the header is a line, too
	for line := range bytes.Lines(buf.Bytes()) {
		if span, ok := g.spans[row]; ok {
			line = []byte(span)
		}
		row++
		if _, err := w.Write(append(trimLine(line), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// width returns how many columns of a terminal the longest line takes.
func (g *grid) width() int {
	all := len("  ") * (len(g.header) - 1)
	for column, head := range g.header {
		widest := names.Width(head)
		for _, row := range g.rows {
			if column < len(row) {
				widest = max(widest, names.Width(row[column]))
			}
		}
		all += widest
	}
	return all
}

// drop leaves out the column with a header.
func (g *grid) drop(header string) {
	column := slices.Index(g.header, header)
	if column < 0 {
		return
	}
	g.header = slices.Delete(g.header, column, column+1)
	for i, row := range g.rows {
		if column < len(row) {
			g.rows[i] = slices.Delete(row, column, column+1)
		}
	}
}

// trimLine removes the spaces that fill the last column, which may stand before
// the code that ends a colour.
func trimLine(line []byte) []byte {
	line = bytes.TrimRight(line, " \n")
	plain := line
	for bytes.HasSuffix(plain, []byte(colorEnd)) {
		plain = bytes.TrimRight(plain[:len(plain)-len(colorEnd)], " ")
	}
	if len(plain) == len(line) {
		return line
	}
	return append(plain, colorEnd...)
}
