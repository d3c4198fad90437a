package heap

// A site may be an arena that takes ever larger chunks, or a pool of pages. What
// tells is the size of each block. To keep it costs memory for each block, so it is
// kept for few: for the first blocks of a site, as long as each is as large as a
// chunk and none has been freed or resized, which an arena does not do before its
// end. Sites of more blocks are looked at once more at the end, where a pool's
// pages all live and all have one size.

// LeastChunk is the least size of a chunk in bytes. Arenas begin with half a
// kilobyte (bumpalo) to some, less what they need for themselves; most blocks
// of a program are smaller, so most events cost a comparison and no more.
const LeastChunk = 256

// firstChunks is how many blocks of a site are remembered one by one. Chunks
// that double reach a terabyte sooner.
const firstChunks = 32

// SizeRun is a number of blocks of one size, allocated in a row.
type SizeRun struct {
	Size, Blocks uint64
}

// remember keeps the size of the site's newest block, if it has kept those of all
// before it and they all live. A site's first block alone needs no memory: its size
// is the site's total. Of the newest blocks, passed are not counted as live.
func (s *sites) remember(id SiteID, size uint64, passed uint64) {
	site := s.at(id)
	n := site.totalBlocks
	if n > firstChunks {
		return
	}
	rare := s.rare(id)
	switch {
	case uint64(site.blocks)+passed != n:
		rare.chunks = nil
	case n == 2:
		if first := site.totalBytes - size; first >= LeastChunk {
			rare.chunks = append(rare.chunks, first, size)
		}
	case n > 2 && uint64(len(rare.chunks)) == n-1:
		rare.chunks = append(rare.chunks, size)
	}
}

// pages tells, by SiteID, of the sites whose blocks are too many to be remembered
// which size all of them may have: they all live, and make it on average. It is 0
// for any other.
type pages []uint64

func (s *sites) pages() pages {
	sizes := make(pages, s.n)
	for i := range sizes {
		site := s.at(SiteID(i))
		n := site.totalBlocks
		if n <= firstChunks || uint64(site.blocks) != n {
			continue
		}
		if size := site.totalBytes / n; size >= LeastChunk && size*n == site.totalBytes {
			sizes[i] = size
		}
	}
	return sizes
}

// see is to be called with each block that lives at the end.
func (p pages) see(b block) {
	if size := &p[b.site()]; *size != b.size() {
		*size = 0
	}
}

// chunkSizes returns the sizes of all blocks of each site for which they are known.
func (s *sites) chunkSizes(pages pages) map[SiteID][]SizeRun {
	known := map[SiteID][]SizeRun{}
	for i, size := range pages {
		id := SiteID(i)
		n := s.at(id).totalBlocks
		if chunks := s.rare(id).chunks; len(chunks) > 0 && uint64(len(chunks)) == n {
			known[id] = runs(chunks)
		} else if size != 0 {
			known[id] = []SizeRun{{size, n}}
		}
	}
	return known
}

func runs(sizes []uint64) []SizeRun {
	var runs []SizeRun
	for _, size := range sizes {
		if last := len(runs) - 1; last >= 0 && runs[last].Size == size {
			runs[last].Blocks++
		} else {
			runs = append(runs, SizeRun{size, 1})
		}
	}
	return runs
}
