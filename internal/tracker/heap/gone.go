package heap

// gone remembers blocks that have been freed, by their addresses, to tell one that is freed
// twice from what never was a block. Each address has one place, which it shares with others,
// so that it takes so much memory and no more; what is driven out is known to have been.
//
// That an address has become another block's is not noted: while that lives, nobody asks, and
// when it has been freed, it is the one that is remembered.
type gone struct {
	places []departed // empty before the first
}

const gonePlaces = 1 << 18 // 4 MiB

// departed is a block that was freed.
type departed struct {
	addr uint64 // 0: none
	site SiteID
	full bool // another one was driven out of the place
}

func (g *gone) place(addr uint64) *departed {
	const golden = 0x9e3779b97f4a7c15
	return &g.places[addr*golden>>(64-18)]
}

// add remembers a block.
func (g *gone) add(b block) {
	if g.places == nil {
		g.places = make([]departed, gonePlaces)
	}
	p := g.place(b.addr)
	p.full = p.full || p.addr != 0 && p.addr != b.addr
	p.addr, p.site = b.addr, b.site()
}

// find reports whether the block at addr was freed, and of which site it was; or whether that
// may be forgotten.
func (g *gone) find(addr uint64) (site SiteID, was, forgotten bool) {
	if g.places == nil {
		return 0, false, false
	}
	p := g.place(addr)
	if p.addr == addr {
		return p.site, true, false
	}
	return 0, false, p.full
}
