package text

import (
	"fmt"
	"io"
	"math"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// histogram is a table of classes, each with a bar for its blocks.
type histogram struct {
	header  []string
	rows    [][]string // the class, and its numbers
	blocks  []uint64   // of each row
	palette palette
}

// Histograms writes how large blocks were, and how long they lived.
func Histograms(w io.Writer, h *view.Histograms, o Options) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	width := o.Width
	if width <= 0 {
		width = 80
	}
	for _, t := range histograms(h) {
		t.palette = palette{on: o.Color}
		if _, err := io.WriteString(w, "\n"+t.text(width)); err != nil {
			return err
		}
	}
	return nil
}

// MarkdownHistograms writes the tables of histograms alone.
func MarkdownHistograms(w io.Writer, h *view.Histograms) error {
	for i, t := range histograms(h) {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		g := &grid{header: append(append([]string{}, t.header[1:]...), t.header[0]), names: 1}
		for _, r := range t.rows {
			g.rows = append(g.rows, append(append([]string{}, r[1:]...), r[0]))
		}
		if err := g.markdown(w); err != nil {
			return err
		}
	}
	return nil
}

// histograms returns the tables of what is known.
func histograms(h *view.Histograms) []*histogram {
	u := h.Units
	sizes := &histogram{header: []string{"size up to", "blocks", "%", "bytes", "%"}}
	for _, c := range h.Sizes {
		if c.Blocks == 0 && sizes.blocks == nil {
			continue // none is so small
		}
		sizes.add(c.Blocks, human.Bytes(c.Max), u.Count(c.Blocks), u.Percent(c.Blocks, h.Blocks), u.Cell(c.Bytes), u.Percent(c.Bytes, h.Bytes))
	}
	all := []*histogram{sizes}
	if !h.HasLives {
		return all
	}
	lives := &histogram{header: []string{"lifetime up to", "blocks", "%"}}
	whole := h.Freed + h.Live
	for _, c := range h.Lifetimes {
		class := u.Time(float64(c.Max))
		switch {
		case c.Max >= h.Source.Profile.EndTime:
			class = "the whole run"
		case c.Max == 0:
			class = "less than " + u.Time(1) // as far as the unit tells
		}
		if c.Blocks == 0 && lives.blocks == nil {
			continue // none lived so briefly
		}
		lives.add(c.Blocks, class, u.Count(c.Blocks), u.Percent(c.Blocks, whole))
	}
	lives.add(h.Live, "live at exit", u.Count(h.Live), u.Percent(h.Live, whole))
	return append(all, lives)
}

func (t *histogram) add(blocks uint64, cells ...string) {
	t.rows, t.blocks = append(t.rows, cells), append(t.blocks, blocks)
}

// text lays the table out with bars in what room the numbers leave.
func (t *histogram) text(width int) string {
	const widest, narrowest = 40, 8
	widths := make([]int, len(t.header))
	for _, cells := range append([][]string{t.header}, t.rows...) {
		for i, c := range cells {
			widths[i] = max(widths[i], names.Width(c))
		}
	}
	room := width
	for _, w := range widths {
		room -= w + gap
	}
	room = min(max(room, narrowest), widest)
	var most uint64
	for _, n := range t.blocks {
		most = max(most, n)
	}
	var b strings.Builder
	line := func(cells []string, bar string, style func(string) string) {
		var text strings.Builder
		text.WriteString(cells[0] + strings.Repeat(" ", widths[0]-names.Width(cells[0])))
		for i, c := range cells[1:] {
			fmt.Fprintf(&text, "%s%s%s", spaces, strings.Repeat(" ", widths[i+1]-names.Width(c)), c)
		}
		b.WriteString(strings.TrimRight(style(strings.TrimRight(text.String(), " "))+spaces+bar, " ") + "\n")
	}
	line(t.header, "", t.palette.bold)
	for i, cells := range t.rows {
		line(cells, bar(t.blocks[i], most, room), func(s string) string { return s })
	}
	return b.String()
}

// bar draws a part of the most there is in a width, to an eighth of a column.
func bar(n, most uint64, width int) string {
	if n == 0 {
		return ""
	}
	eighths := []rune("▏▎▍▌▋▊▉█")
	length := max(1, int(math.Round(float64(n)/float64(most)*float64(8*width))))
	text := strings.Repeat("█", length/8)
	if rest := length % 8; rest > 0 {
		text += string(eighths[rest-1])
	}
	return text
}
