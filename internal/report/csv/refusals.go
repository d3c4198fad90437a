package csv

import (
	"encoding/csv"
	"io"
	"strconv"

	"heapprof/internal/report/view"
)

// Refusals writes a record for each site, type and reason for which allocations failed, and before them one of the kind
// crossed for what came above a limit. A record of the kind unlisted counts calls of which no more is known.
func Refusals(w io.Writer, r *view.Refusals) error {
	c := csv.NewWriter(w)
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	records := [][]string{{"kind", "by", "times", "bytes", "least-bytes", "most-bytes", "time", "last-time", "mark", "live-bytes", "live-blocks", "type", "function", "file", "line", "module"}}
	add := func(kind string, row *view.Refused) {
		line := ""
		if row.Line != 0 {
			line = strconv.Itoa(row.Line)
		}
		records = append(records, []string{
			kind, string(row.By), number(row.Times), number(row.Bytes), number(row.LeastBytes), number(row.MostBytes), number(row.Time), number(row.LastTime), row.Mark,
			number(row.LiveBytes), number(row.LiveBlocks), row.Type, row.Name, row.File, line, row.Module,
		})
	}
	if r.Crossed != nil {
		add("crossed", r.Crossed)
	}
	for i := range r.Rows {
		kind := "refused"
		if r.Rows[i].Telling {
			kind = "telling"
		}
		add(kind, &r.Rows[i])
	}
	if r.Others > 0 {
		records = append(records, []string{"unlisted", "", number(r.Others), "", "", "", "", "", "", "", "", "", "", "", "", ""})
	}
	return c.WriteAll(records)
}
