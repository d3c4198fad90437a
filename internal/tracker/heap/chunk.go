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

// remember keeps the size in bytes of the site's newest block, if all earlier blocks of the
// site live and their sizes were kept. The size of a site's first block needs no memory
// until the second comes: it is the site's total. passed is how many of the newest blocks
// site.blocks does not count, as AllocFree does not.
func (s *sites) remember(id SiteID, size uint64, passed uint64) {
	site := s.at(id)
	n := site.totalBlocks
	if n > firstChunks {
		return
	}
	cold := s.cold(id)
	switch {
	case uint64(site.blocks)+passed != n:
		cold.chunks = nil
	case n == 2:
		if first := site.totalBytes - size; first >= LeastChunk {
			cold.chunks = append(cold.chunks, first, size)
		}
	case n > 2 && uint64(len(cold.chunks)) == n-1:
		cold.chunks = append(cold.chunks, size)
	}
}

// uniformSizes holds, by SiteID, the size in bytes that all blocks of a site may have. A
// site has one if it had too many blocks for their sizes to be kept one by one, all of them
// live, and that is their average size; other sites have 0.
type uniformSizes []uint64

// uniformSizes returns the sizes that are possible by the sites' totals; check rules out
// those that are wrong.
func (s *sites) uniformSizes() uniformSizes {
	sizes := make(uniformSizes, s.n)
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

// check rules out the size for the site of b, a live block, if b has another. It is to be
// called with each live block.
func (u uniformSizes) check(b block) {
	if size := &u[b.site()]; *size != b.size {
		*size = 0
	}
}

// chunkSizes returns the sizes of all blocks of each site for which they are known: one by
// one, or by uniform, which has been checked with all live blocks.
func (s *sites) chunkSizes(uniform uniformSizes) map[SiteID][]SizeRun {
	known := map[SiteID][]SizeRun{}
	for i, size := range uniform {
		id := SiteID(i)
		n := s.at(id).totalBlocks
		if chunks := s.cold(id).chunks; len(chunks) > 0 && uint64(len(chunks)) == n {
			known[id] = sizeRuns(chunks)
		} else if size != 0 {
			known[id] = []SizeRun{{size, n}}
		}
	}
	return known
}

// sizeRuns returns the sizes with equal neighbours as one run.
func sizeRuns(sizes []uint64) []SizeRun {
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
