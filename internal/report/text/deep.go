package text

import (
	"fmt"
	"io"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
)

// DeepOptions are how a page on how large things are is laid out. What it says in words is the caller's.
type DeepOptions struct {
	Options
	Most int // things to show; 0: all

	Variable                          func(*profile.Owner) string     // what a variable is called
	Blocks                            func(*held.DeepBlocks) []string // what blocks are, and what else is to be said of them
	Own, Retained, Deep               string                          // what the rows of a variable are
	Shallow, RetainedByAll, DeepOfAll string                          // and those of blocks
}

// Deep writes how large things are with all that they hold: a table for each.
func Deep(w io.Writer, d *held.Deep, o DeepOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	p := palette{on: o.Color}
	return deepTables(d, o, func(title []string, g *grid) error {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		for i, line := range title {
			wrapped := []string{line}
			if o.Width > 0 {
				wrapped = Wrap(line, o.Width)
			}
			for _, line := range wrapped {
				if i == 0 {
					line = p.bold(line)
				}
				if _, err := fmt.Fprintln(w, line); err != nil {
					return err
				}
			}
		}
		return g.write(w)
	})
}

// MarkdownDeep writes the tables alone.
func MarkdownDeep(w io.Writer, d *held.Deep, o DeepOptions) error {
	return deepTables(d, o, func(title []string, g *grid) error {
		for _, line := range title {
			if _, err := fmt.Fprintf(w, "%s\n\n", markdownText(line)); err != nil {
				return err
			}
		}
		if err := g.markdown(w); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w)
		return err
	})
}

// deepTables calls write with the table of each thing, the largest first, and what stands above it.
func deepTables(d *held.Deep, o DeepOptions, write func(title []string, g *grid) error) error {
	u, left := d.Units, o.Most
	more := func() bool { left--; return o.Most == 0 || left >= 0 }
	for _, v := range d.Variables {
		if !more() {
			return nil
		}
		g := &grid{header: []string{"bytes", "blocks", ""}, names: 1}
		if v.Size > 0 {
			g.rows = append(g.rows, []string{human.Bytes(v.Size), "", o.Own})
		}
		g.rows = append(g.rows, []string{u.Cell(v.Retained.Bytes), u.Count(v.Retained.Blocks), o.Retained}, []string{u.Cell(v.Reaches.Bytes), u.Count(v.Reaches.Blocks), o.Deep})
		if err := write([]string{o.Variable(v)}, g); err != nil {
			return err
		}
	}
	for i := range d.Blocks {
		if !more() {
			return nil
		}
		b := &d.Blocks[i]
		row := func(a profile.Amount, s *profile.Spread, name string) []string {
			cells := []string{u.Cell(a.Bytes), u.Count(a.Blocks), "", "", ""}
			if s != nil {
				cells = []string{cells[0], cells[1], u.Cell(s.Smallest), u.Cell(s.Median), u.Cell(s.Largest)}
			}
			return append(cells, name)
		}
		each := &b.EachDeep
		if b.Looked == 0 {
			each = nil
		}
		g := &grid{header: []string{"all", "blocks", "smallest", "median", "largest", ""}, names: 1, rows: [][]string{
			row(b.DeepSizes.Live, nil, o.Shallow), row(b.DeepSizes.Retained, &b.EachRetained, o.RetainedByAll), row(b.DeepSizes.Deep, each, o.DeepOfAll),
		}}
		if err := write(o.Blocks(b), g); err != nil {
			return err
		}
	}
	return nil
}
