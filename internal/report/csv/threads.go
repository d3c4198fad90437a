package csv

import (
	"encoding/csv"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Threads writes a record for each thread, or for several of one name together, then one of the kind
// rest for those that are not shown, and one of the kind total.
func Threads(w io.Writer, t *view.Threads) error {
	c := csv.NewWriter(w)
	records := [][]string{{"kind", "id", "name", "threads", "peak-bytes", "peak-blocks", "end-bytes", "end-blocks", "max-bytes", "total-bytes", "total-blocks", "temporary-blocks", "freed-elsewhere", "site", "site-value"}}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	add := func(kind string, r *profile.Thread, id, most string, at view.ThreadSite) {
		site, value := "", ""
		if at.Site != nil {
			site, value = at.Site.Name, number(at.Value)
		}
		records = append(records, []string{
			kind, id, r.Name, number(r.Threads), number(r.PeakBytes), number(r.PeakBlocks), number(r.EndBytes), number(r.EndBlocks),
			most, number(r.TotalBytes), number(r.TotalBlocks), number(r.TemporaryBlocks), number(r.FreedElsewhere), site, value,
		})
	}
	for i := range t.Rows {
		r, id := &t.Rows[i], ""
		if r.ID != 0 {
			id = number(r.ID)
		}
		add("thread", r, id, number(r.MaxBytes), t.Sites[i])
	}
	if t.InRest > 0 {
		add("rest", &t.Rest, "", "", view.ThreadSite{})
	}
	add("total", &t.Total, "", "", view.ThreadSite{})
	return c.WriteAll(records)
}
