package heap

// count counts that a block of a site is allocated, resized or freed.
func (o *modelOwner) count(site SiteID, total Amount, bytes, blocks int64) {
	o.total.add(total)
	o.live.add(Amount{uint64(bytes), uint64(blocks)})
	o.max = max(o.max, o.live.Bytes)
	if o.shares == nil {
		o.shares = map[SiteID]*Share{}
	}
	if o.shares[site] == nil {
		o.shares[site] = new(Share)
	}
	o.shares[site].Total.add(total)
	o.shares[site].End.add(Amount{uint64(bytes), uint64(blocks)})
}

// owned is a share, and whose it is.
type owned struct {
	share Share
	row   ThreadResult
}

// ownersOf returns how often each share comes, by the rows of its threads.
func ownersOf(shares []Share, threads []ThreadResult) map[owned]int {
	n := map[owned]int{}
	for _, s := range shares {
		row := threads[s.Thread]
		row.Threads = 0
		s.Thread = 0
		n[owned{s, row}]++
	}
	return n
}

// ownersOf is ownersOf of what the model knows.
func (m *model) ownersOf(id SiteID) map[owned]int {
	n := map[owned]int{}
	for _, o := range m.facts.owners {
		if s := o.shares[id]; s != nil && s.Total.Blocks > 0 {
			n[owned{*s, o.row()}]++
		}
	}
	return n
}
