package reports

import (
	"io"

	"heapprof/cmd/wording"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// ViewFormat is a form of reports and diffs.
type ViewFormat struct {
	name      string
	forPeople bool // who read source text beside the numbers
	Report    func(io.Writer, *view.Report, Layout) error
	Diff      func(io.Writer, *view.Diff, Layout) error
}

// Layout is how a table fits the terminal that it goes to.
type Layout struct {
	width int         // columns that it may take; 0: no limit
	color bool        // it may use colour
	notes []text.Fact // what is said above besides what all reports say
}

// TableFormat is the format for people at a terminal, and the default.
const TableFormat = "table"

// viewFormats returns the formats of reports and diffs.
func viewFormats() []ViewFormat {
	return []ViewFormat{
		{TableFormat, true, writeTable, writeDiffTable},
		{"json", false,
			func(w io.Writer, r *view.Report, _ Layout) error { return json.Report(w, r) },
			func(w io.Writer, d *view.Diff, _ Layout) error { return json.Diff(w, d) }},
		{"csv", false,
			func(w io.Writer, r *view.Report, _ Layout) error {
				remark := wording.Remarks(r.Units)
				return csv.Report(w, r, func(row *view.Row) string { return remark(row).Text })
			},
			func(w io.Writer, d *view.Diff, _ Layout) error { return csv.Diff(w, d) }},
		{"markdown", true,
			func(w io.Writer, r *view.Report, _ Layout) error {
				return text.MarkdownReport(w, r, reportFindings(r), wording.Remarks(r.Units))
			},
			func(w io.Writer, d *view.Diff, _ Layout) error { return text.MarkdownDiff(w, d) }},
	}
}

func writeTable(w io.Writer, r *view.Report, l Layout) error {
	return text.Report(w, r, text.Options{
		Width: l.width, Color: l.color, Head: append(wording.ReportHead(r, l.width), l.notes...), Items: reportFindings(r), Title: findingsTitle(r.Source.Name), Remark: wording.Remarks(r.Units),
	})
}

func writeDiffTable(w io.Writer, d *view.Diff, l Layout) error {
	return text.Diff(w, d, text.Options{Width: l.width, Color: l.color, Head: wording.DiffHead(d, l.width)})
}

func viewFormatNames() []string {
	var all []string
	for _, f := range viewFormats() {
		all = append(all, f.name)
	}
	return all
}

// ParseViewFormat returns the format of the given name, or a *names.UnknownName.
func ParseViewFormat(name string) (ViewFormat, error) {
	i, err := names.Find("format", name, viewFormatNames())
	return viewFormats()[i], err
}
