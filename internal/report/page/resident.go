package page

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// addResident adds what was in RAM.
func (d *draft) addResident() {
	r := view.NewResident(d.joint.Sides[0].Source)
	if r == nil {
		return
	}
	all := &Resident{AnonymousPeak: r.AnonymousPeak, FilePeak: r.FilePeak}
	for _, reading := range r.Readings {
		out := ResidentReading{Time: reading.Time, LiveBytes: reading.LiveBytes, LiveBlocks: reading.LiveBlocks, Sites: d.residentSites(reading)}
		for _, p := range reading.Parts {
			out.Parts = append(out.Parts, ResidentPart{Kind: string(p.Kind), Bytes: p.Bytes, Computed: p.Kind.IsComputed(), Free: p.Kind.IsFree()})
		}
		all.Readings = append(all.Readings, out)
	}
	d.page.Resident = all
}

// residentSites returns the sites of a reading; the last one stands for all that are too many.
func (d *draft) residentSites(reading view.ResidentReading) (s ResidentSites) {
	add := func(place, typ int32, p *profile.ResidentPoint) {
		s.Place, s.Type = append(s.Place, place), append(s.Type, typ)
		s.Pinned, s.Pages, s.Rounding = append(s.Pinned, p.PinnedBytes), append(s.Pages, p.PinnedPages), append(s.Rounding, p.Rounding)
		s.Bytes, s.Blocks = append(s.Bytes, p.Bytes), append(s.Blocks, p.Blocks)
	}
	types := map[int32]int32{} // of places
	for _, p := range reading.Points {
		pt := &d.points[p.Point]
		place, typ := d.place(pt.place), d.typ(pt.siteType)
		if known, ok := types[place]; ok && known != typ {
			typ = severalTypes
		}
		types[place] = typ
	}
	var rest profile.ResidentPoint
	for i := range reading.Sites {
		site := &reading.Sites[i]
		place := d.placeOf(site.Stack)
		if i >= d.limits.entries || place == severalPlaces {
			rest.Add(&site.Sums)
			continue
		}
		add(place, types[place], &site.Sums)
	}
	if rest.Blocks > 0 {
		add(severalPlaces, severalTypes, &rest)
	}
	return s
}
