package heap

// countForeign counts that thread by has freed a block of another owner, who has that number.
func (c *coldSite) countForeign(owner, by *account, number uint64) {
	by.foreign++
	owner.freedByOthers++
	if number == 0 || owner.inherited {
		c.freedUnknown++
		return
	}
	c.freedElsewhere++
	owner.elsewhere++
}

// resizeOwned counts that block was has become b in the accounts of their owners, which are two
// where a block has come to 4 GiB.
func (h *Heap) resizeOwned(was, b block) {
	from, to := h.owner(was.birth), h.owner(b.birth)
	h.save(b.site(), from)
	h.save(b.site(), to)
	from.freed.Bytes += was.size
	to.allocated.Bytes += b.size
	to.maxBytes = max(to.maxBytes, to.live().Bytes)
	to.reallocs++
	if from != to {
		from.freed.Blocks++
		from.freedByOthers++
		to.allocated.Blocks++
		to.reallocs--
	}
	h.sites.resizeShares(was, b, from, to)
}
