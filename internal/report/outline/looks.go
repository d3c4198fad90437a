package outline

import "heapprof/internal/report/view"

// Column is a column of numbers that the caller works out, of rows of a page and of those below them.
type Column struct {
	Title string
	Cell  func(*view.Row) string
}

// OfLooks returns the page of what two looks at one process tell, of which d is the diff: with the caller's columns, so many
// of which are shown whatever room they leave.
func OfLooks(d *view.Diff, columns []Column, always int, w Words) *Page {
	rs := &rows{view: &d.View, own: columns, words: w, open: d.Open}
	rs.share = func(row *view.Row) float64 { return float64(row.Sums.Get(d.Metric)) } // no bar is drawn, a course tells more
	return rs.page(d.Rows, d.Total, always)
}

// OfReportBy returns the page of a report's table with the caller's columns, so many of which are shown whatever room they leave.
func OfReportBy(r *view.Report, columns []Column, always int, w Words) *Page {
	return ofReport(r, &rows{own: columns, words: w}, always)
}
