package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// writeCSV writes one record a row under a header, with exact numbers. The
// column kind tells entries from the rows that account for the rest and from
// the total, which is last. A tree's rows come parents first with their depth;
// a row's children add up to it. A stack is one field, innermost first, its
// frames separated by " ← ". The last column of a report says of an arena or a pool what it is.
func (v *View) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	header := []string{"kind", "depth", "name", "function", "file", "line", "module", "folded", "percent"}
	for _, side := range v.csvValues(&v.Total) {
		for _, m := range *side.values {
			header = append(header, side.prefix+m.name)
		}
	}
	if !v.diff() {
		header = append(header, "chunks")
	}
	if err := c.Write(header); err != nil {
		return err
	}
	var write func(rows []*Row, depth int) error
	write = func(rows []*Row, depth int) error {
		for _, r := range rows {
			if err := c.Write(v.csvRecord(r, depth)); err != nil {
				return err
			}
			if err := write(r.Children, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(append(v.Rows[:len(v.Rows):len(v.Rows)], v.totalRow()), 0); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

func (v *View) csvRecord(r *Row, depth int) []string {
	var f jsonFrame
	switch {
	case len(r.Stack) > 0:
		f = *v.jsonFrame(r.Stack[0])
		names := make([]string, len(r.Stack))
		for i, s := range r.Stack {
			name, place := v.frameLabel(s)
			names[i] = strings.TrimSpace(name + " " + place)
		}
		f.Name = strings.Join(names, " ← ")
	case r.Kind == Entry:
		f = *v.jsonFrame(r.Frame)
	case r.Kind == total:
		f.Name = "total"
	default:
		f.Name, _ = r.label(v)
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	percent := ""
	if p := v.percentOf(r); p != nil {
		percent = plainFloat(*p)
	}
	record := []string{
		r.Kind.String(), strconv.Itoa(depth), f.Name, f.Function, f.File, number(f.Line), f.Module, number(r.Count), percent,
	}
	for _, side := range v.csvValues(&r.Sums) {
		for _, m := range *side.values {
			record = append(record, m.number)
		}
	}
	if !v.diff() {
		record = append(record, r.chunks.text(v.units()))
	}
	return record
}

// csvGroup is a group of columns: in a diff before-, after- and change-.
type csvGroup struct {
	prefix string
	values *metricObject
}

func (v *View) csvValues(s *[2]Sums) []csvGroup {
	if !v.diff() {
		return []csvGroup{{"", v.metrics(&s[0])}}
	}
	return []csvGroup{{"before-", v.metrics(&s[0])}, {"after-", v.metrics(&s[1])}, {"change-", v.changes(s)}}
}
