package outline

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// ResidentWords are what is said on a page about resident memory.
type ResidentWords struct {
	Reading func(*view.ResidentReading) string                       // the title of a reading's column
	Share   string                                                   // of the share of it
	Name    string                                                   // of the parts
	Part    func(profile.ResidentPart, *view.ResidentReading) string // what a part is
	About   func(profile.ResidentPart) []string                      // what to try, each a sentence; none where nothing is to be done
	Pins    func(*view.ResidentSite) string                          // what a site does that pins pages
	Total   string
	Pinning string // the title of the sites whose blocks pin pages
}

// OfResident returns the page of what was resident, by the reading with the widest gap, with the last
// one beside it. Pages that are free but for few blocks open to the sites of these.
func OfResident(r *view.Resident, w ResidentWords) *Page {
	p := &Page{Always: 2, Name: w.Name, Bars: true}
	for i := range r.Readings {
		p.Titles = append(p.Titles, w.Reading(&r.Readings[i]), w.Share)
	}
	cells := func(bytes func(*view.ResidentReading) uint64) func() []string {
		return func() (row []string) {
			for i := range r.Readings {
				n, reading := bytes(&r.Readings[i]), &r.Readings[i]
				if n == 0 {
					row = append(row, "", "")
					continue
				}
				row = append(row, human.Bytes(n), r.Units.Percent(n, reading.Total()))
			}
			return row
		}
	}
	first := &r.Readings[0]
	var scale uint64
	for _, kind := range profile.ResidentKinds() {
		scale = max(scale, first.Part(kind).Bytes)
	}
	for _, kind := range profile.ResidentKinds() {
		most := mostOf(r, kind)
		if most == nil {
			continue
		}
		part := most.Part(kind)
		row := &Row{Name: clip(w.Part(part, most)), Said: w.About(part), cells: cells(func(reading *view.ResidentReading) uint64 { return reading.Part(kind).Bytes })}
		if scale > 0 {
			row.Share = float64(first.Part(kind).Bytes) / float64(scale)
		}
		if kind == profile.Pinned {
			if sites := pinning(r, most, w); len(sites) > 0 {
				row.below = append([]*Row{{Kind: Heading, Name: w.Pinning}}, sites...)
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Rows = append(p.Rows, &Row{Kind: Total, Name: w.Total, cells: cells((*view.ResidentReading).Total)})
	return p
}

// mostOf returns the reading that has most of a part; nil where none has any.
func mostOf(r *view.Resident, kind profile.ResidentKind) (most *view.ResidentReading) {
	for i := range r.Readings {
		if n := r.Readings[i].Part(kind).Bytes; n > 0 && (most == nil || n > most.Part(kind).Bytes) {
			most = &r.Readings[i]
		}
	}
	return most
}

// pinning returns a row for each site whose blocks pin pages of a reading. A page that several pin is
// each one's, so that they may be more than the part in all.
func pinning(r *view.Resident, reading *view.ResidentReading, w ResidentWords) (all []*Row) {
	for i := range reading.Sites {
		s := &reading.Sites[i]
		if s.Sums.PinnedBytes == 0 {
			break
		}
		row := &Row{Kind: Part, Name: clip(s.Label), Place: clip(s.Place), Site: s.Site, File: s.File, Line: s.Line, Said: []string{w.Pins(s)}}
		row.cells = func() []string {
			cells := make([]string, 2*len(r.Readings))
			for j := range r.Readings {
				if &r.Readings[j] == reading {
					cells[2*j], cells[2*j+1] = human.Bytes(s.Sums.PinnedBytes), r.Units.Percent(s.Sums.PinnedBytes, reading.Total())
				}
			}
			return cells
		}
		all = append(all, row)
	}
	return all
}
