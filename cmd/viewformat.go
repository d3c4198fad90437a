package cmd

import (
	"io"

	"heapprof/internal/report/csv"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// viewFormat is a form of reports and diffs.
type viewFormat struct {
	name      string
	forPeople bool // who read source text beside the numbers
	report    func(io.Writer, *view.Report, layout) error
	diff      func(io.Writer, *view.Diff, layout) error
}

// layout is how a table fits the terminal that it goes to.
type layout struct {
	width int         // columns that it may take; 0: no limit
	color bool        // it may use colour
	notes []text.Fact // what is said above besides what all reports say
}

// tableFormat is the format for people at a terminal, and the default.
const tableFormat = "table"

// viewFormats returns the formats of reports and diffs.
func viewFormats() []viewFormat {
	return []viewFormat{
		{tableFormat, true, writeTable, writeDiffTable},
		{"json", false,
			func(w io.Writer, r *view.Report, _ layout) error { return json.Report(w, r) },
			func(w io.Writer, d *view.Diff, _ layout) error { return json.Diff(w, d) }},
		{"csv", false,
			func(w io.Writer, r *view.Report, _ layout) error {
				remark := remarks(r.Units)
				return csv.Report(w, r, func(row *view.Row) string { return remark(row).Text })
			},
			func(w io.Writer, d *view.Diff, _ layout) error { return csv.Diff(w, d) }},
		{"markdown", true,
			func(w io.Writer, r *view.Report, _ layout) error {
				return text.MarkdownReport(w, r, reportFindings(r), remarks(r.Units))
			},
			func(w io.Writer, d *view.Diff, _ layout) error { return text.MarkdownDiff(w, d) }},
	}
}

func writeTable(w io.Writer, r *view.Report, l layout) error {
	return text.Report(w, r, text.Options{
		Width: l.width, Color: l.color, Head: append(reportHead(r, l.width), l.notes...), Items: reportFindings(r), Title: findingsTitle(r.Source.Name), Remark: remarks(r.Units),
	})
}

func writeDiffTable(w io.Writer, d *view.Diff, l layout) error {
	return text.Diff(w, d, text.Options{Width: l.width, Color: l.color, Head: diffHead(d, l.width)})
}

func viewFormatNames() []string {
	var all []string
	for _, f := range viewFormats() {
		all = append(all, f.name)
	}
	return all
}

// parseViewFormat returns the format of the given name, or a *names.UnknownName.
func parseViewFormat(name string) (viewFormat, error) {
	i, err := names.Find("format", name, viewFormatNames())
	return viewFormats()[i], err
}
