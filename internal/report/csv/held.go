package csv

import (
	"encoding/csv"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// Retained writes a record for each owner of a snapshot, whose kind is the owner's, then one of the kind
// shared for what several hold, one of the kind leaked for each site of which something is lost, and one of the kind
// live, to which the others add up. The site and the type are of what most is.
func Retained(w io.Writer, r *held.Retained) error {
	c := csv.NewWriter(w)
	records := [][]string{{
		"kind", "name", "in", "thread", "retained-bytes", "blocks", "reaches-bytes", "reaches-blocks", "direct-bytes", "cyclic-bytes", "type", "function", "file", "line", "module",
	}}
	add := func(kind string, o *profile.Owner, a profile.Amount, numbers [4]string, t held.Thing) {
		record := append([]string{kind, o.Name, o.In, o.Thread, decimal(a.Bytes), decimal(a.Blocks)}, numbers[:]...)
		line := ""
		if t.Site.Line != 0 {
			line = strconv.Itoa(t.Site.Line)
		}
		records = append(records, append(record, t.Type, t.Site.Function, t.Site.File, line, t.Site.Module))
	}
	none, nothing := &profile.Owner{}, held.Thing{Site: &view.Site{}}
	for i := range r.Owners {
		o := &r.Owners[i]
		most := nothing
		if o.Most != nil {
			most = o.Most.Thing
		}
		add(string(o.Kind), o.Owner, o.Retained, [4]string{decimal(o.Reaches.Bytes), decimal(o.Reaches.Blocks)}, most)
	}
	add("shared", none, r.Shared, [4]string{}, nothing)
	for _, l := range r.Leaks {
		add("leaked", none, l.Lost, [4]string{2: decimal(l.Direct.Bytes), 3: decimal(l.Cyclic.Bytes)}, l.Thing)
	}
	add("live", none, r.Live, [4]string{}, nothing)
	return c.WriteAll(records)
}
