package text

import (
	"fmt"
	"io"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// ResidentOptions are how a page on resident memory is laid out. What it says in words is the
// caller's.
type ResidentOptions struct {
	Options
	Most    int                                                      // sites to show of each table; 0: all
	Reading func(*view.ResidentReading) string                       // the title of a reading's columns
	Part    func(profile.ResidentPart, *view.ResidentReading) string // what a part is
	Pins    string                                                   // the title of the sites that pin pages
}

// Resident writes what was resident: the parts of each reading side by side, then the sites whose
// blocks pin pages, and the options' items.
func Resident(w io.Writer, r *view.Resident, o ResidentOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	p := palette{on: o.Color}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := residentParts(r, o).write(w); err != nil {
		return err
	}
	if g := residentSites(r, o); g != nil {
		if _, err := fmt.Fprintf(w, "\n%s\n\n", p.bold(o.Pins)); err != nil {
			return err
		}
		if err := g.write(w); err != nil {
			return err
		}
	}
	return Items(w, o.Options)
}

// MarkdownResident writes the tables alone.
func MarkdownResident(w io.Writer, r *view.Resident, o ResidentOptions) error {
	if err := residentParts(r, o).markdown(w); err != nil {
		return err
	}
	g := residentSites(r, o)
	if g == nil {
		return nil
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return g.markdown(w)
}

// residentParts returns a row for each part that one of the readings has, and their sum. What a part is
// is said of the reading that has more of it.
func residentParts(r *view.Resident, o ResidentOptions) *grid {
	g := &grid{names: 1}
	for i := range r.Readings {
		g.header = append(g.header, o.Reading(&r.Readings[i]), "%")
	}
	g.header = append(g.header, "what")
	cells := func(bytes func(*view.ResidentReading) uint64) (row []string) {
		for i := range r.Readings {
			reading := &r.Readings[i]
			n := bytes(reading)
			if n == 0 {
				row = append(row, "", "")
				continue
			}
			row = append(row, human.Bytes(n), r.Units.Percent(n, reading.Total()))
		}
		return row
	}
	for _, kind := range profile.ResidentKinds() {
		var most *view.ResidentReading
		for i := range r.Readings {
			if n := r.Readings[i].Part(kind).Bytes; n > 0 && (most == nil || n > most.Part(kind).Bytes) {
				most = &r.Readings[i]
			}
		}
		if most == nil {
			continue
		}
		row := cells(func(reading *view.ResidentReading) uint64 { return reading.Part(kind).Bytes })
		room := FreeWidth
		if o.Width > 0 {
			room = o.Width - residentNumbers*len(r.Readings)
		}
		g.rows = append(g.rows, append(row, names.CutEnd(o.Part(most.Part(kind), most), room)))
	}
	total := cells((*view.ResidentReading).Total)
	g.rows = append(g.rows, append(total, "resident"))
	return g
}

// residentNumbers is how wide the numbers of a reading get: "widest gap", "100.0%" and what is between.
const residentNumbers = 20

// Pinned memory is little below such a part of what was resident, and a site's of it below another.
const littlePinned, littleOfPins = 100, 200

// residentSites returns a row for each site that pins pages, at the first reading that has such; nil
// where none has.
func residentSites(r *view.Resident, o ResidentOptions) *grid {
	for i := range r.Readings {
		reading := &r.Readings[i]
		all := reading.Part(profile.Pinned).Bytes
		if all == 0 || all < reading.Total()/littlePinned || len(reading.Sites) == 0 || reading.Sites[0].Sums.PinnedBytes == 0 {
			continue
		}
		g := &grid{header: []string{"pinned", "%", "pages", "blocks", "live", "site"}, names: 1}
		var rest profile.ResidentPoint
		folded := 0
		for n, s := range reading.Sites {
			if s.Sums.PinnedBytes == 0 {
				break
			}
			if o.Most > 0 && (n >= o.Most || s.Sums.PinnedBytes < all/littleOfPins) {
				rest.Add(&s.Sums)
				folded++
				continue
			}
			g.rows = append(g.rows, residentSite(r.Units, all, &s.Sums, siteIn(s.Site, o.Width)))
		}
		if folded > 0 {
			g.rows = append(g.rows, residentSite(r.Units, all, &rest, "… "+human.Counted(uint64(folded), "more site")))
		}
		return g
	}
	return nil
}

func residentSite(u human.Units, all uint64, s *profile.ResidentPoint, name string) []string {
	return []string{human.Bytes(s.PinnedBytes), u.Percent(s.PinnedBytes, all), human.Count(s.PinnedPages), human.Count(s.PinningBlocks), human.Bytes(s.PinningBytes), name}
}

// siteIn returns a site's name and place in what the numbers beside it leave of the width.
func siteIn(s *view.Site, width int) string {
	const numbers = 48 // that stand before it
	if width <= 0 {
		width = FreeWidth + numbers
	}
	return beside(s.Label, s.Place, max(width-numbers, leastName))
}
