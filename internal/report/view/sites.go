package view

// SiteGroup is an allocation site, as a report by site has it in a row, with the points that it
// is made of.
type SiteGroup struct {
	*Row
	Points []int // indices into the profile's points, ascending
}

// Sites returns the sites of a profile by type, as a report by site has them, in the order of
// their first points, without those that keep refuses. It is an error if the sums do not fit
// into 64 bits.
func Sites(s *Source, keep func(total, site *Sums) bool) ([]SiteGroup, error) {
	v := &View{Options: Options{linesApart: true}}
	if err := v.measure(s); err != nil {
		return nil, err
	}
	total, err := Total(s.Profile)
	if err != nil {
		return nil, err
	}
	keys := newKeys()
	side := newSide(s, keys, v.Options)
	side.ids = keys.intern(s.Frames, exactKey(v.Options))
	b := newBuilder(v, nil, keys, side)
	b.showsChunks = s.Profile.Sampling.IsExact()
	var groups []SiteGroup
	var rows []*Row
	places := map[*Row]int{}
	for _, r := range b.group() {
		if !keep(&total, &r.Sums) {
			continue
		}
		r.Site, r.Type = b.site(r), keys.types[r.typ]
		r.findChunks()
		places[r] = len(groups)
		groups, rows = append(groups, SiteGroup{Row: r}), append(rows, r)
	}
	b.nameCallers(rows)
	for i, r := range side.rows {
		if at, ok := places[r]; ok {
			groups[at].Points = append(groups[at].Points, i)
		}
	}
	return groups, nil
}
