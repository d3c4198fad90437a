package heap

// Whose the blocks of a site are is kept apart from what the site has. Most sites are one thread's, so the
// account that allocates at a site first has of it what the others have not, and nothing is counted for it. Each of the others
// has a share.

// maxShares is how many shares a heap has at most: 12 MiB, and as much again where tables have grown last. Where there are more, the blocks of those that find no
// place are together, by site, and nobody knows whose they are.
const maxShares = 1 << 18

// noFirst is the first of sites that have none, whoever allocates there.
const noFirst = ^uint32(0)

// share is what an account has of the blocks of a site. The counts of live blocks are 32 bits wide, as those of site.
type share struct {
	site  uint32 // SiteID + 1; 0 where a table has no share
	epoch uint32

	totalBytes, totalBlocks uint64
	bytes, savedBytes       uint64 // live, and that when the peak fell, if epoch is not before that
	blocks, savedBlocks     uint32
}

// save keeps what is live before the first change in an epoch, as sites.save does.
func (s *share) save(all *sites) {
	if s.epoch < all.ofPeak {
		s.savedBytes, s.savedBlocks = s.bytes, s.blocks
	}
	s.epoch = all.epoch
}

// resize counts that a block of one size has become one of another.
func (s *share) resize(was, size uint64) {
	s.totalBytes += size
	s.totalBlocks++
	s.bytes += size - was
}

// shareTable finds shares by their sites: open addressing, never more than three quarters full.
type shareTable struct {
	places []share // a power of two
	shift  uint8   // of a hash, which leaves the number of a place
	n      int
}

// find returns the share of a site, or nil.
func (t *shareTable) find(id SiteID) *share {
	if t.n == 0 {
		return nil
	}
	if s := t.place(id); s.site != 0 {
		return s
	}
	return nil
}

// place returns where the share of a site is, or has its place.
func (t *shareTable) place(id SiteID) *share {
	const golden = 0x9e3779b1 // 2³² by the golden ratio: sites that follow one another come to lie far apart
	for i := uint32(id) * golden >> (t.shift & 31); ; i++ {
		s := &t.places[i&uint32(len(t.places)-1)]
		if s.site == uint32(id)+1 || s.site == 0 {
			return s
		}
	}
}

// add returns the share of a site, which may be new. Those that were returned before may move.
func (t *shareTable) add(id SiteID) *share {
	if 4*(t.n+1) > 3*len(t.places) {
		t.grow()
	}
	s := t.place(id)
	if s.site == 0 {
		s.site = uint32(id) + 1
		t.n++
	}
	return s
}

// grow doubles the table.
func (t *shareTable) grow() {
	const least = 3 // bits: 8 shares
	old := t.places
	if old == nil {
		t.shift = 32 - least + 1
	}
	t.shift--
	t.places = make([]share, 1<<(32-t.shift))
	for i := range old {
		if s := &old[i]; s.site != 0 {
			*t.place(SiteID(s.site - 1)) = *s
		}
	}
}

// each calls f for each share.
func (t *shareTable) each(f func(id SiteID, s *share)) {
	for i := range t.places {
		if s := &t.places[i]; s.site != 0 {
			f(SiteID(s.site-1), s)
		}
	}
}

// copy returns a deep copy.
func (t *shareTable) copy() shareTable {
	c := *t
	c.places = append([]share(nil), t.places...)
	return c
}

// inherit returns the shares of a forked child: what is live of them, as if that had been allocated there.
func (t *shareTable) inherit() (c shareTable) {
	t.each(func(id SiteID, s *share) {
		if s.blocks > 0 {
			own := c.add(id)
			own.totalBytes, own.totalBlocks, own.bytes, own.blocks = s.bytes, uint64(s.blocks), s.bytes, s.blocks
		}
	})
	return c
}

// isFirst reports whether an account is the one that has what the others have not of a site. It may be
// that none is yet.
func (s *sites) isFirst(id SiteID, a *account) bool {
	return s.chunks[id>>siteChunkBits].first[id%siteChunkSize] == a.serial
}

// shareFor returns the share of an account in a site that it allocates at; nil if it is the site's first, which it may become.
// What is there is kept before it changes.
func (s *sites) shareFor(id SiteID, a *account) *share {
	first := &s.chunks[id>>siteChunkBits].first[id%siteChunkSize]
	if *first == a.serial {
		return nil
	}
	own := a.shares.find(id)
	if own == nil && *first == 0 {
		*first = a.serial
		a.firsts++
		return nil
	}
	if own == nil {
		own = s.threads.addShare(id, a)
	}
	if own.epoch != s.epoch {
		own.save(s)
	}
	return own
}

// addShare returns a new share of an account in a site, or the one that all have that find no place.
func (s *threads) addShare(id SiteID, a *account) *share {
	if s.full = s.full || s.shares == maxShares; s.full {
		return s.others.add(id)
	}
	s.shares++
	return a.shares.add(id)
}

// shareOf returns the share that has the blocks of an account in a site, or nil if that is its first. What is there is kept
// before it changes.
func (s *sites) shareOf(id SiteID, a *account) *share {
	if s.isFirst(id, a) {
		return nil
	}
	own := a.shares.find(id)
	if own == nil {
		own = s.threads.others.add(id)
	}
	if own.epoch != s.epoch {
		own.save(s)
	}
	return own
}

// growShare counts a new block of a site, in an account that is not its first.
func (s *sites) growShare(id SiteID, a *account, size uint64) {
	if own := s.shareFor(id, a); own != nil {
		own.totalBytes += size
		own.totalBlocks++
		own.bytes += size
		own.blocks++
	}
}

// shrinkShare counts the end of a block of a site, in an account that is not its first.
func (s *sites) shrinkShare(id SiteID, a *account, size uint64) {
	if own := s.shareOf(id, a); own != nil {
		own.bytes -= size
		own.blocks--
	}
}

// passShare counts a block of a site that AllocFree counts, in an account that is not its first. The block
// may have made the peak, in the epoch of which all else was saved already.
func (s *sites) passShare(id SiteID, a *account, size uint64, isPeak bool) {
	own := s.shareFor(id, a)
	if own == nil {
		return
	}
	own.totalBytes += size
	own.totalBlocks++
	if isPeak {
		own.savedBytes, own.savedBlocks = own.bytes+size, own.blocks+1
	}
}

// resizeShares counts that block was of one account has become b of another, or of the same.
func (s *sites) resizeShares(was, b block, from, to *account) {
	id := b.site()
	if from == to {
		if own := s.shareOf(id, to); own != nil {
			own.resize(was.size, b.size)
		}
		return
	}
	s.shrinkShare(id, from, was.size)
	s.growShare(id, to, b.size)
}

// moveShares gives the shares of an account that has ended, and has no live blocks, to one that stands for several.
func (s *threads) moveShares(to, from *account, all *sites) {
	if from.firsts > 0 && from.serial != to.serial {
		if s.merged == nil {
			s.merged = make(map[uint32]uint32)
		}
		s.merged[from.serial] = to.serial
	}
	from.shares.each(func(id SiteID, gone *share) {
		gone.save(all)
		own := to.shares.find(id)
		if own == nil {
			own = to.shares.add(id)
			s.shares++
		}
		s.shares--
		own.save(all)
		own.totalBytes += gone.totalBytes
		own.totalBlocks += gone.totalBlocks
		own.savedBytes += gone.savedBytes
		own.savedBlocks += gone.savedBlocks
	})
	from.shares = shareTable{}
}

// inheritFirst makes the firsts of a forked child's sites, whose accounts have numbers of their own. Where blocks
// live, and the first has none, there is no first any more.
func (s *siteChunk) inheritFirst(from *siteChunk, serials map[uint32]uint32) {
	for i, first := range from.first {
		if own, lives := serials[first]; lives {
			s.first[i] = own
		} else if from.hot[i].blocks > 0 {
			s.first[i] = noFirst
		}
	}
}

// restartEpochs forgets the epochs of the shares, as those of the sites.
func (t *shareTable) restartEpochs(all *sites) {
	t.each(func(_ SiteID, s *share) {
		s.save(all)
		s.epoch = 0
	})
}
