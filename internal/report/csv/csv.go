// Package csv writes views as CSV. It imports label and view.
package csv

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/report/label"
	"heapprof/internal/report/view"
)

// Report writes one record a row under a header, with exact numbers. The column kind
// tells entries from the rows that account for the rest and from the total, which is
// last. A tree's rows, and the lines of a site that has several, come parents first with their depth; a row's children add up to
// it. A stack is one field, innermost first, its frames separated by " ← ". The last
// column, chunks, has what remark returns of a row: what an arena or a pool is. In a view of frees
// it is dropped instead, the type of the value whose drop freed the row's blocks; in one of leaks
// how much of the site was freed follows, and where it is known, how its blocks are lost and what holds the others.
func Report(w io.Writer, r *view.Report, remark func(*view.Row) string) error {
	t := &table{
		view: &r.View,
		values: func(row *view.Row) []column {
			cols := columns("", r.Values(row))
			if r.Options.IsOfFrees() {
				return append(cols, column{"dropped", dropped(row)})
			}
			cols = append(cols, column{"chunks", remark(row)})
			if r.Options.Question == view.AskLeaks {
				cols = append(cols, freedElsewhere(row)...)
				if r.Has(view.LostBytes) {
					cols = append(cols, leak(row)...)
				}
			}
			return cols
		},
		percent: r.Percent,
	}
	return t.write(w)
}

// Diff writes what Report does of two profiles: the metrics of either under before-
// and after-, and their differences under change-. The last column of estimates,
// within-noise, is "true" where there may be no change.
func Diff(w io.Writer, d *view.Diff) error {
	t := &table{
		view: &d.View,
		values: func(row *view.Row) []column {
			cols := columns("before-", d.ValuesBefore(row))
			cols = append(cols, columns("after-", d.Values(row))...)
			cols = append(cols, columns("change-", d.Changes(row))...)
			if !d.HasMargins(d.Metric) {
				return cols
			}
			noise := ""
			if d.InNoise(row, d.Metric) {
				noise = "true"
			}
			return append(cols, column{"within-noise", noise})
		},
		percent: d.Percent,
	}
	return t.write(w)
}

// dropped is the type of the value whose drop freed a row's blocks; "" where there is none.
func dropped(r *view.Row) string {
	if r.Drop == nil || r.Drop.None {
		return ""
	}
	return r.Drop.Full
}

// freedElsewhere is how much of a site's blocks was freed.
func freedElsewhere(r *view.Row) []column {
	var bytes, blocks uint64
	for _, place := range r.FreedElsewhere {
		bytes += place.Sums.Get(view.Bytes)
		blocks += place.Sums.Get(view.Blocks)
	}
	return []column{{"freed-bytes", strconv.FormatUint(bytes, 10)}, {"freed-blocks", strconv.FormatUint(blocks, 10)}}
}

// leak is how a row's lost blocks are lost, and what held most of the others.
func leak(r *view.Row) []column {
	l := r.Leak
	if l == nil {
		l = &view.Leak{}
	}
	holder := ""
	if len(l.Held) > 0 && l.Held[0].Owner != nil {
		holder = l.Held[0].Owner.Name
	}
	return []column{
		{"direct-bytes", decimal(l.Direct.Bytes)}, {"direct-blocks", decimal(l.Direct.Blocks)},
		{"cyclic-bytes", decimal(l.Cyclic.Bytes)}, {"cyclic-blocks", decimal(l.Cyclic.Blocks)}, {"held-by", holder},
	}
}

// column is a column's title and what is in it for one row.
type column struct{ title, text string }

func columns(prefix string, numbers []view.Number) []column {
	cols := make([]column, len(numbers))
	for i, n := range numbers {
		cols[i] = column{prefix + n.Name, n.Text}
	}
	return cols
}

type table struct {
	view    *view.View
	values  func(*view.Row) []column // the columns in which a report and a diff differ
	percent func(*view.Row) (float64, bool)
}

func (t *table) write(w io.Writer) error {
	c := csv.NewWriter(w)
	header := []string{"kind", "depth", "name", "function", "file", "line", "module"}
	for _, col := range t.about(t.view.Total) {
		header = append(header, col.title)
	}
	header = append(header, "folded", t.view.Called("percent"))
	for _, col := range t.values(t.view.Total) {
		header = append(header, col.title)
	}
	if err := c.Write(header); err != nil {
		return err
	}
	if err := t.writeRows(c, t.view.Rows, 0); err != nil {
		return err
	}
	if err := c.Write(t.record(t.view.Total, 0)); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

// about returns the columns about whose code a row is and what type its blocks have, in views
// that tell it.
func (t *table) about(r *view.Row) []column {
	var cols []column
	if t.view.Owned {
		var site view.Site
		if r.Site != nil {
			site = *r.Site
		}
		own := ""
		if site.Own {
			own = "true"
		}
		cols = append(cols, column{"crate", site.Crate}, column{"own", own})
	}
	if t.view.Options.Own {
		cols = append(cols, column{"via", r.Via})
	}
	if t.view.Typed {
		size, elements := "", ""
		if r.Type.Element != 0 {
			size = strconv.FormatUint(r.Type.Element, 10)
		}
		if n, ok := t.view.Elements(r); ok {
			elements = strconv.FormatUint(n, 10)
		}
		cols = append(cols, column{"type", r.Type.Name}, column{"element-bytes", size}, column{"elements", elements})
	}
	return cols
}

func (t *table) writeRows(c *csv.Writer, rows []*view.Row, depth int) error {
	for _, r := range rows {
		if err := c.Write(t.record(r, depth)); err != nil {
			return err
		}
		if err := t.writeRows(c, append(r.Lines, r.Children...), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) record(r *view.Row, depth int) []string {
	var s view.Site
	if r.Kind == view.Entry || r.Kind == view.Line {
		s = *r.Site
	} else {
		s.Name = label.Name(t.view, r)
	}
	if len(r.Stack) > 0 {
		frames := make([]string, len(r.Stack))
		for i, f := range r.Stack {
			frames[i] = strings.TrimSpace(f.Label + " " + f.Place)
		}
		s.Name = strings.Join(frames, " ← ")
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	percent := ""
	if p, ok := t.percent(r); ok {
		percent = view.Decimal(p)
	}
	record := []string{r.Kind.String(), strconv.Itoa(depth), s.Name, s.Function, s.File, number(s.Line), s.Module}
	for _, col := range t.about(r) {
		record = append(record, col.text)
	}
	record = append(record, number(r.Count), percent)
	for _, col := range t.values(r) {
		record = append(record, col.text)
	}
	return record
}
