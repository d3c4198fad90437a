package page

import (
	"heapprof/internal/profile"
)

// addWindows adds the states of records at moments.
func (d *draft) addWindows() {
	p := d.joint.Sides[0].Profile
	if len(d.joint.Sides) > 1 || len(p.Moments) == 0 {
		return
	}
	w := &Windows{}
	for _, m := range p.Moments {
		w.Time, w.Mark = append(w.Time, m.Time), append(w.Mark, m.Mark)
	}
	groups := d.group()
	differ := false
	for i, key := range groups.records {
		w.Node, w.Place, w.Type, w.Rest = append(w.Node, key.node), append(w.Place, d.place(key.place)), append(w.Type, d.typ(key.typ)), append(w.Rest, key.rest)
		w.SiteType = append(w.SiteType, d.typ(key.siteType))
		differ = differ || key.typ != key.siteType
		var end profile.Point
		var indices []int
		for _, n := range groups.points[groups.first[i]:groups.first[i+1]] {
			end.Add(d.points[n].Point)
			indices = append(indices, d.points[n].index)
		}
		w.End = append(w.End, []uint64{end.TotalBytes, end.TotalBlocks, end.EndBytes, end.EndBlocks})
		facts := p.FactsOf(indices)
		if facts == nil {
			facts = &profile.Facts{}
		}
		w.States, w.Births = append(w.States, states(facts.History)), append(w.Births, births(facts.Births))
	}
	if !differ {
		w.SiteType = nil
	}
	d.page.Windows = w
}

// states encodes a history.
func states(history []profile.State) []int64 {
	all := make([]int64, 0, 5*len(history))
	var last profile.State
	for _, s := range history {
		all = append(all, int64(s.Moment)-int64(last.Moment), int64(s.TotalBytes-last.TotalBytes), int64(s.TotalBlocks-last.TotalBlocks), int64(s.Bytes-last.Bytes), int64(s.Blocks-last.Blocks))
		last = s
	}
	return all
}

func births(list []profile.Births) []uint64 {
	all := make([]uint64, 0, 3*len(list))
	for _, b := range list {
		all = append(all, uint64(b.Moment), b.Bytes, b.Blocks)
	}
	return all
}
