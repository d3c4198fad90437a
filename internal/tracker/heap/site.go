package heap

// site is the running account of one allocation site. It fills two cache lines side by side, which
// processors load together: every event touches the first, and most frees the second.
//
// The counts of live blocks are 32 bits wide. More would take 100 GB of
// tracked blocks.
type site struct {
	totalBytes, totalBlocks uint64
	bytes, maxBytes         uint64 // live: now and at most
	lifetime                uint64 // of freed blocks in ticks, low word
	savedBytes              uint64 // live when the peak fell, if epoch is not before that

	blocks, maxBlocks uint32
	size              uint32 // of each block in bytes, or variedSize and more: see sizesOf; 0 before the first
	epoch             uint32

	savedBlocks uint32
	counts      [siteCounts]uint32 // see counts.go
}

// coldSite is the part of a site's account that few events touch, kept apart so that the
// part that every event touches is small.
type coldSite struct {
	lifetimeHigh uint64 // high word of site.lifetime
	reallocs     uint64
	chunks       []uint64 // see remember

	growth         *siteGrowth // nil: none has grown
	freedElsewhere uint64      // by another thread than the one that had allocated it
	freedUnknown   uint64      // by one of which that is not known
	looked         uint64      // see partners
}

// grow counts a new block.
func (s *site) grow(size uint64) {
	s.totalBytes += size
	s.totalBlocks++
	s.bytes += size
	s.blocks++
	s.maxBytes = max(s.maxBytes, s.bytes)
	s.maxBlocks = max(s.maxBlocks, s.blocks)
}

// shrink counts the end of a block of that age. It reports whether the lifetime has become
// greater than fits in its low word.
func (s *site) shrink(size, age uint64) (carry bool) {
	s.bytes -= size
	s.blocks--
	s.lifetime += age
	return s.lifetime < age
}

const (
	siteChunkBits = 10
	siteChunkSize = 1 << siteChunkBits
)

// siteChunk is a number of sites that are allocated together: sites that exist never move.
type siteChunk struct {
	hot  [siteChunkSize]site
	cold [siteChunkSize]coldSite

	first [siteChunkSize]uint32 // the serial of the account whose blocks are no share: see shares.go; 0: nobody has allocated yet
}

// sites holds the account of each site, and finds what each held at the peak and at each
// moment without ever copying them all.
//
// While the heap is at its peak (as many bytes live as ever), what a site
// holds now is what it holds at the peak. The peak ends when the bytes fall,
// and there a new epoch begins. So does one at each moment. The first change to a site in an
// epoch saves what the site held before, if a peak has fallen or a moment has come since its last
// change: that is what it held then. A site whose epoch is before the peak's fall has
// not changed since the peak.
type sites struct {
	chunks  []*siteChunk
	n       uint32
	epoch   uint32 // the current one
	ofPeak  uint32 // the epoch that began when the peak fell; 0: none has
	ofState uint32 // the epoch that began at the newest moment; 0: there is none
	moments moments
	threads threads // whose accounts follow the same epochs

	varied []*siteSizes // of the sites whose blocks are not all of one size

	drained   map[siteCount]uint64 // see drain
	drainedAt uint64               // how many blocks had been freed
}

// add returns the ID of a new site.
func (s *sites) add() SiteID {
	if s.n>>siteChunkBits == uint32(len(s.chunks)) {
		s.chunks = append(s.chunks, new(siteChunk))
	}
	s.n++
	return SiteID(s.n - 1)
}

// at returns the often touched part of a site's account.
func (s *sites) at(id SiteID) *site {
	return &s.chunks[id>>siteChunkBits].hot[id%siteChunkSize]
}

// cold returns the rarely touched part of a site's account.
func (s *sites) cold(id SiteID) *coldSite {
	return &s.chunks[id>>siteChunkBits].cold[id%siteChunkSize]
}

// beginEpoch begins a new epoch, and returns it.
func (s *sites) beginEpoch() uint32 {
	s.epoch++
	if s.epoch == 0 {
		s.restartEpochs()
	}
	return s.epoch
}

// beginFall begins the epoch of a peak: the live bytes are about to fall from it.
func (s *sites) beginFall() { s.ofPeak = s.beginEpoch() }

// beginMoment begins the epoch of a moment, and returns it.
func (s *sites) beginMoment() uint64 {
	s.ofState = s.beginEpoch()
	return uint64(s.ofState)
}

// save keeps what a site holds before its first change in an epoch.
func (s *sites) save(id SiteID) {
	site := s.at(id)
	if site.epoch < s.ofPeak {
		site.savedBytes, site.savedBlocks = site.bytes, site.blocks
	}
	if site.epoch < s.ofState {
		s.moments.save(id, uint64(site.epoch), Amount{site.totalBytes, site.totalBlocks}, Amount{site.bytes, uint64(site.blocks)})
	}
	site.epoch = s.epoch
}

// restartEpochs forgets all epochs when their counter is exhausted: a loop
// that reaches the same peak ten million times a second gets there in minutes.
func (s *sites) restartEpochs() {
	for id := range SiteID(s.n) {
		s.save(id)
		s.at(id).epoch = 0
	}
	s.threads.restartEpochs(s)
	for i := range s.moments.kept {
		s.moments.kept[i].epoch = 0
	}
	s.epoch, s.ofPeak, s.ofState = 1, 0, 0
}
