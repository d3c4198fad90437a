package outline

import (
	"cmp"
	"slices"
	"strconv"

	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// Words are what is said on pages of reports and diffs.
type Words struct {
	Remark    func(*view.Row) []string           // about a row; each a sentence
	Source    func(file string, line int) string // the text of a line; "" where it is not at hand
	Name      string                             // the title of the names
	Unfocused string                             // what is called what a filter leaves out
	Lines     string                             // the title of a site's lines
	Callers   string                             // the title of what called it
}

// rows makes rows of those of a view.
type rows struct {
	view    *view.View
	numbers *text.Numbers
	columns []view.Column
	own     []Column // in the place of columns; nil: these
	words   Words
	open    func(*view.Row) []*view.Branch
	where   func(*view.Row) (string, int) // nil: rows tell where they are
	share   func(*view.Row) float64       // of the widest bar, as long as it is not scaled
	scale   float64
}

// OfReport returns the page of a report's table.
func OfReport(r *view.Report, w Words) *Page {
	return ofReport(r, &rows{columns: r.Columns(), words: w}, r.Essential())
}

// ofReport returns the page of a report's table with these columns, so many of which are shown whatever room they leave.
func ofReport(r *view.Report, rs *rows, always int) *Page {
	rs.view, rs.numbers, rs.open = &r.View, text.NumbersOf(r), r.Open
	rs.share = func(row *view.Row) float64 {
		if r.Metric == view.Lifetime {
			return row.Sums.AverageLifetime()
		}
		return float64(row.Sums.Get(r.Metric))
	}
	p := rs.page(r.Rows, r.Total, always)
	p.Bars = r.SortedBy() == r.Metric.String() // how rows grew is drawn in a column of its own
	return p
}

// OfDiff returns the page of a diff's table.
func OfDiff(d *view.Diff, w Words) *Page {
	rs := &rows{view: &d.View, numbers: text.NumbersOfDiff(d), columns: d.Columns(), words: w, open: d.Open, where: d.Where}
	rs.share = func(row *view.Row) float64 {
		c := row.Change(d.Metric)
		return float64(c.Sign()) * c.Size()
	}
	// By how much something changed tells more than what it was and is.
	rank := func(c view.Column) int {
		return slices.Index([]view.ColumnKind{view.ChangeValue, view.ChangeShare, view.ChangeMargin, view.BeforeValue, view.AfterValue}, c.Kind)
	}
	slices.SortStableFunc(rs.columns, func(a, b view.Column) int {
		if a.Metric != b.Metric {
			return 0
		}
		return cmp.Compare(rank(a), rank(b))
	})
	p := rs.page(d.Rows, d.Total, 2)
	p.Bars, p.Signed = true, true
	return p
}

func (rs *rows) page(all []*view.Row, total *view.Row, always int) *Page {
	p := &Page{Name: rs.words.Name}
	for _, c := range rs.columns {
		p.Titles = append(p.Titles, rs.numbers.Title(c))
	}
	for _, c := range rs.own {
		p.Titles = append(p.Titles, c.Title)
	}
	p.Always = min(always, len(p.Titles))
	for _, row := range all {
		if row.Kind == view.Entry {
			rs.scale = max(rs.scale, rs.share(row), -rs.share(row))
		}
	}
	for _, row := range all {
		p.Rows = append(p.Rows, rs.row(row))
	}
	if len(all) > 0 {
		p.Rows = append(p.Rows, rs.row(total))
	}
	return p
}

// row returns a row of the table.
func (rs *rows) row(r *view.Row) *Row {
	row := rs.plain(r)
	if r.Kind != view.Entry {
		return row
	}
	row.open = func() []*Row { return rs.below(r) }
	if rs.where != nil {
		row.where = func() (string, int) { return rs.where(r) }
	}
	if rs.words.Remark != nil {
		row.Said = rs.words.Remark(r)
	}
	return row
}

// plain returns a row that does not open.
func (rs *rows) plain(r *view.Row) *Row {
	row := &Row{Name: clip(label.Name(rs.view, r)), Type: clip(r.Type.Name), cells: func() []string { return rs.cells(r) }}
	if rs.scale > 0 {
		row.Share = rs.share(r) / rs.scale
	}
	switch r.Kind {
	case view.Entry, view.Line:
		rs.locate(row, r)
	case view.Whole:
		row.Kind, row.Share = Total, 0
	case view.Unfocused:
		row.Kind, row.Name, row.Share = Rest, cmp.Or(rs.words.Unfocused, row.Name), 0
	default:
		row.Kind, row.Share = Rest, 0
	}
	return row
}

// locate says of a row for a function or a type where that is.
func (rs *rows) locate(row *Row, r *view.Row) {
	row.Site, row.File, row.Line = r.Site, r.Site.File, r.Site.Line
	row.Place = clip(r.Site.Place)
	if r.Caller != "" {
		row.Place = ""
		row.origin = func(width int) string { return text.From(r, width) }
	}
	if rs.view.Options.By == view.ByType {
		row.Type = ""
		return
	}
	row.Subjects = []Subject{SubjectOf(r.Site, r.Type.Name)}
	if r.Kind == view.Entry && len(r.Lines) > 0 {
		row.Line = r.Lines[0].Site.Line // the one with the most
		row.Subjects = nil
		for _, l := range r.Lines {
			row.Subjects = append(row.Subjects, SubjectOf(l.Site, r.Type.Name))
		}
	}
}

func (rs *rows) cells(r *view.Row) []string {
	if rs.own != nil {
		cells := make([]string, len(rs.own))
		for i, c := range rs.own {
			cells[i] = c.Cell(r)
		}
		return cells
	}
	cells := make([]string, len(rs.columns))
	for i, c := range rs.columns {
		cells[i] = rs.numbers.Cell(c, r)
	}
	return cells
}

// below returns what a row of the table opens to: the lines of a site if there are several, and
// its callers; or what a type is allocated by.
func (rs *rows) below(r *view.Row) []*Row {
	kind := Caller
	if rs.view.Options.By == view.ByType {
		kind = Part
	}
	callers := rs.branches(rs.open(r), kind)
	if len(r.Lines) < 2 {
		return callers
	}
	all := []*Row{{Kind: Heading, Name: rs.words.Lines}}
	for _, l := range r.Lines {
		all = append(all, rs.line(l))
	}
	if len(callers) == 0 {
		return all
	}
	all = append(all, &Row{Kind: Heading, Name: rs.words.Callers})
	return append(all, callers...)
}

// line returns the row of a line of a site, with its text where that is at hand.
func (rs *rows) line(l *view.Row) *Row {
	row := rs.plain(l)
	row.Kind, row.Type = Line, ""
	row.Name = ":" + strconv.Itoa(row.Line)
	if row.Line == 0 {
		row.Name = "(line not known)"
	}
	row.Place = ""
	if rs.words.Source != nil && row.File != "" && row.Line > 0 {
		row.Place = clip(rs.words.Source(row.File, row.Line))
	}
	return row
}

// branches returns the rows of branches, which open in their turn.
func (rs *rows) branches(all []*view.Branch, kind Kind) []*Row {
	below := make([]*Row, 0, len(all))
	for _, b := range all {
		row := rs.plain(b.Row)
		if b.Kind == view.Entry {
			row.Kind = kind
			if rs.where != nil {
				row.where = b.Where
			}
		}
		if b.Kind == view.Run {
			row.Kind, row.Name = Caller, names.Printable(row.Name)
			if rs.scale > 0 {
				row.Share = rs.share(b.Row) / rs.scale
			}
		}
		if b.Kind == view.Entry || b.Kind == view.Run {
			row.open = func() []*Row { return rs.branches(b.Open(), Caller) }
		}
		below = append(below, row)
	}
	return below
}
