package text

import "heapprof/internal/report/view"

// Numbers writes the numbers of a view's rows as its table has them, for who lays out the rows otherwise.
type Numbers struct{ t table }

// NumbersOf returns what writes those of a report.
func NumbersOf(r *view.Report) *Numbers { return &Numbers{table{view: &r.View, report: r}} }

// NumbersOfDiff returns what writes those of a diff.
func NumbersOfDiff(d *view.Diff) *Numbers { return &Numbers{table{view: &d.View, diff: d}} }

// Title returns what stands above a column.
func (n *Numbers) Title(c view.Column) string { return n.t.title(c) }

// Cell returns a row's number in a column; "" where it has none.
func (n *Numbers) Cell(c view.Column, r *view.Row) string { return n.t.cell(c, r) }

// From says where the most of a row came from that has a Caller, in a width: the function's name gives way. It is "" where that
// leaves too little to tell one function from another.
func From(r *view.Row, width int) string { return from(r, width) }
