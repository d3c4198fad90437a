package reports

import (
	"io"

	"heapprof/cmd/console"
)

// pageForms is a report that is no view of rows, as each of the formats of views has it.
type pageForms struct {
	json, csv, markdown, table func(io.Writer) error
}

// writePage writes a page to where the report goes, in the format that was asked for.
func (o *reportOptions) writePage(p pageForms) error {
	return writePage(o.streams, o.output, o.format, p)
}

// writePage writes a page to the named output in a format.
func writePage(s *console.Streams, output string, format ViewFormat, p pageForms) error {
	write := map[string]func(io.Writer) error{"json": p.json, "csv": p.csv, "markdown": p.markdown, TableFormat: p.table}[format.name]
	return console.WriteOutput(s, output, write)
}
