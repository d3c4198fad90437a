package text

import (
	"fmt"
	"io"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// RefusalsOptions are how a page on what failed is laid out. What it says in words is the caller's.
type RefusalsOptions struct {
	Options
	Callers int // to show below each row; 0: all

	By      func(*view.Refused) string   // who refused, in a word
	Below   func(*view.Refused) []string // what else is said of a row
	Nothing string                       // what is said where there are no rows
	Others  string                       // what the row of calls that are in no other is called
}

// refusedNumbers is how wide the numbers of a page on what failed get.
const refusedNumbers = 44

// Refusals writes which allocations failed.
func Refusals(w io.Writer, r *view.Refusals, o RefusalsOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if len(r.Rows) == 0 && r.Others == 0 {
		_, err := fmt.Fprintln(w, o.Nothing)
		return err
	}
	return refusals(r, o).write(w)
}

// MarkdownRefusals writes the table alone, without the callers.
func MarkdownRefusals(w io.Writer, r *view.Refusals, o RefusalsOptions) error {
	g := &grid{header: []string{"refused", "times", "live then", "by", "type", "site"}, names: 3}
	for i := range r.Rows {
		row := &r.Rows[i]
		kind := ""
		if row.Type != "" {
			kind = MarkdownCell(row.Type)
		}
		g.rows = append(g.rows, []string{human.Bytes(row.MostBytes), human.Count(row.Times), r.Units.Cell(row.LiveBytes), o.By(row), kind, MarkdownCell(row.Label) + spaces + markdownText(row.Place)})
	}
	g.addRest(r, o)
	return g.markdown(w)
}

// refusals returns a row for each site, with what is said of it and its callers below.
func refusals(r *view.Refusals, o RefusalsOptions) *grid {
	room := FreeWidth
	if o.Width > 0 {
		room = max(o.Width-refusedNumbers, 2*leastName)
	}
	p := palette{on: o.Color}
	g := &grid{header: []string{"refused", "times", "live then", "by", "site"}, names: 1}
	width := room + refusedNumbers - belowIndent
	below := func(line string) { g.addBelow(line, 0, refusedNumbers, p.dim) }
	for i := range r.Rows {
		row := &r.Rows[i]
		g.rows = append(g.rows, []string{human.Bytes(row.MostBytes), human.Count(row.Times), r.Units.Cell(row.LiveBytes), o.By(row), placed(row.Site, room)})
		for _, words := range o.Below(row) {
			for _, line := range Wrap(words, width) {
				below(line)
			}
		}
		callers := r.Source.Outward(row.Stack)
		for n, at := range callers[min(1, len(callers)):] {
			if n == o.Callers && o.Callers > 0 {
				below("… " + human.Counted(uint64(len(callers)-1-n), "more caller"))
				break
			}
			below("← " + placed(at, width-names.Width("← ")))
		}
	}
	g.addRest(r, o)
	return g
}

// addRest adds the rows for what is in no other row, and for all.
func (g *grid) addRest(r *view.Refusals, o RefusalsOptions) {
	row := func(times uint64, name string) {
		cells := make([]string, len(g.header))
		if times > 0 {
			cells[1] = human.Count(times)
		}
		cells[len(cells)-1] = name
		g.rows = append(g.rows, cells)
	}
	if r.InRest > 0 {
		row(0, "… "+human.Counted(uint64(r.InRest), "more row"))
	}
	if r.Others > 0 {
		row(r.Others, o.Others)
	}
	row(r.Total.Times+r.Others, "in all")
}

// placed returns a site's name and place in so many columns, where the name gives way to the place.
func placed(s *view.Site, room int) string {
	if s.Place == "" {
		return names.Shorten(s.Label, room)
	}
	place := names.CutMiddle(s.Place, room-leastName-gap)
	return names.Shorten(s.Label, max(room-names.Width(place)-gap, leastName)) + spaces + place
}
