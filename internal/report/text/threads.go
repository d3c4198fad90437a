package text

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
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
	g := threads(t, o)
	for _, column := range []string{"temp", "at most"} {
		if o.Width != 0 && g.width() > o.Width {
			g.drop(column)
		}
	}
	return g.write(w)
}

// MarkdownThreads writes the table alone.
func MarkdownThreads(w io.Writer, t *view.Threads, o ThreadsOptions) error {
	return threads(t, o).markdown(w)
}

// threads returns the table.
func threads(t *view.Threads, o ThreadsOptions) *grid {
	u := t.Units
	g := &grid{header: []string{"peak", "%", "at exit", "at most", "allocated", "blocks", "temp", "id", "thread"}, names: 1}
	room := siteRoom(t, o)
	hasSites := room >= leastSite && slices.ContainsFunc(t.Sites, func(s view.ThreadSite) bool { return s.Site != nil })
	if hasSites {
		g.header, g.names = append(g.header, "most of it at"), 2
	}
	row := func(r *profile.Thread, most, name, site string) {
		id := ""
		if r.ID != 0 {
			id = strconv.FormatUint(r.ID, 10)
		}
		g.rows = append(g.rows, []string{
			u.Cell(r.PeakBytes), u.Percent(r.PeakBytes, t.Total.PeakBytes), u.Cell(r.EndBytes), most,
			u.Cell(r.TotalBytes), u.Count(r.TotalBlocks), u.Percent(r.TemporaryBlocks, r.TotalBlocks), id, name,
		})
		if hasSites {
			last := len(g.rows) - 1
			g.rows[last] = append(g.rows[last], site)
		}
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		row(r, u.Cell(r.MaxBytes), o.Name(r), threadSite(t, i, room))
	}
	if t.InRest > 0 {
		row(&t.Rest, "", fmt.Sprintf("… %s", human.Counted(uint64(t.InRest), "more row")), "")
	}
	row(&t.Total, "", "total", "")
	return g
}

// leastSite is in how few columns a site says enough.
const leastSite = 24

// siteRoom returns how many columns there are for sites beside numbers and threads.
func siteRoom(t *view.Threads, o ThreadsOptions) int {
	const numbers = 73 // the columns before the names, at most
	if o.Width == 0 {
		return FreeWidth
	}
	longest := 0
	for i := range t.Rows {
		longest = max(longest, names.Width(o.Name(&t.Rows[i])))
	}
	return o.Width - numbers - longest - len("  ")
}

// threadSite is where a thread allocated the most, and how much of what it has in all, in so many columns; "" where that is not known.
func threadSite(t *view.Threads, row, room int) string {
	s := t.Sites[row]
	if s.Site == nil {
		return ""
	}
	name := s.Site.Label
	if s.Site.Place != "" {
		name += "  " + s.Site.Place
	}
	share := t.Units.Percent(s.Value, s.Whole) + " "
	return share + names.CutMiddle(name, room-len(share))
}
