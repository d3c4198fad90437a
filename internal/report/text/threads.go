package text

import (
	"fmt"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// ThreadsOptions are how a table of threads is laid out. What it says in words is the caller's.
type ThreadsOptions struct {
	Options
	Name func(*profile.Thread) string // of a row
}

// Threads writes what each thread allocated.
func Threads(w io.Writer, t *view.Threads, o ThreadsOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return threads(t, o).write(w)
}

// MarkdownThreads writes the table alone.
func MarkdownThreads(w io.Writer, t *view.Threads, o ThreadsOptions) error {
	return threads(t, o).markdown(w)
}

// threads returns the table.
func threads(t *view.Threads, o ThreadsOptions) *grid {
	u := t.Units
	g := &grid{header: []string{"peak", "%", "at exit", "at most", "allocated", "blocks", "temp", "id", "thread"}, names: 1}
	row := func(r *profile.Thread, most, name string) {
		id := ""
		if r.ID != 0 {
			id = strconv.FormatUint(r.ID, 10)
		}
		g.rows = append(g.rows, []string{
			u.Cell(r.PeakBytes), u.Percent(r.PeakBytes, t.Total.PeakBytes), u.Cell(r.EndBytes), most,
			u.Cell(r.TotalBytes), u.Count(r.TotalBlocks), u.Percent(r.TemporaryBlocks, r.TotalBlocks), id, name,
		})
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		row(r, u.Cell(r.MaxBytes), o.Name(r))
	}
	if t.InRest > 0 {
		row(&t.Rest, "", fmt.Sprintf("… %s", human.Counted(uint64(t.InRest), "more row")))
	}
	row(&t.Total, "", "total")
	return g
}
