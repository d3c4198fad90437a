package heap

// extra is what the table of live blocks has no room for. Few blocks have one: those that have
// grown, and those whose births were looked at. Their marks have its index where else the site is.
type extra struct {
	site  SiteID // of an unused one the index of the next unused
	chain chain
	look  birthOrder // nothing where nobody looks
}

// extras are the extras of a heap. The first is nobody's, so that index 0 stands for none.
type extras struct {
	all    []extra
	unused uint32 // the first of those that no block has; 0: there is none
}

// add returns the index of a new extra, for a block of that site.
func (e *extras) add(site SiteID) uint32 {
	i := e.unused
	if i == 0 {
		if len(e.all) == 0 {
			e.all = append(e.all, extra{})
		}
		i = uint32(len(e.all))
		e.all = append(e.all, extra{})
	} else {
		e.unused = uint32(e.all[i].site)
	}
	e.all[i] = extra{site: site}
	return i
}

// drop makes an extra unused. There need not be one.
func (e *extras) drop(i uint32) {
	if i != 0 {
		e.all[i] = extra{site: SiteID(e.unused)}
		e.unused = i
	}
}

// resolve returns a block of the table as one whose mark has its site, and the index of its
// extra; 0 if it has none.
func (e *extras) resolve(b block) (block, uint32) {
	if b.mark&extraMark == 0 {
		return b, 0
	}
	i := b.mark & maxSite
	b.mark = b.mark&passedOnMark | uint32(e.all[i].site)
	return b, i
}

// with returns a block as the table has it if it has the extra with that index; 0: none.
func (b block) with(extra uint32) block {
	if extra != 0 {
		b.mark = b.mark&passedOnMark | extraMark | extra
	}
	return b
}

// take removes and returns the block at addr as table.remove does, and the index of its extra.
func (h *Heap) take(addr, stamp uint64) (block, uint32) {
	return h.extras.resolve(h.live.remove(addr, stamp))
}

// sites returns the site of each.
func (e *extras) sites() []SiteID {
	sites := make([]SiteID, len(e.all))
	for i := range e.all {
		sites[i] = e.all[i].site
	}
	return sites
}

// inherit returns the extras of a forked child's blocks, of which only the sites are known: how
// they have grown is their parent's.
func (e *extras) inherit() extras {
	c := extras{all: make([]extra, len(e.all)), unused: e.unused}
	for i := range e.all {
		c.all[i].site = e.all[i].site
	}
	return c
}
