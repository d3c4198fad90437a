package profile

// Thread is what one thread of the program allocated.
type Thread struct {
	ID      uint64 // the kernel's number of it; 0: not known, or several
	Name    string // "" where it was not read before the thread ended
	Threads uint64 // how many threads of that name the row is of; 0: the row is of blocks of 4 GiB and more, of which it is not known whose they are

	TotalBytes, TotalBlocks uint64
	MaxBytes                uint64 // the most that was live at once of what it had allocated; of several threads, that of the one which had most
	PeakBytes, PeakBlocks   uint64 // live at the global peak of what it had allocated
	EndBytes, EndBlocks     uint64
	TemporaryBlocks         uint64
	FreedElsewhere          uint64 // of its blocks, those that another thread freed
}

// NoThread is the Thread of a ThreadShare that is nobody knows whose.
const NoThread = -1

// ThreadShare is what a row of Recording.ByThread has of a point's blocks: those that it allocated.
type ThreadShare struct {
	Thread int // index into Recording.ByThread, or NoThread

	TotalBytes, TotalBlocks uint64
	PeakBytes, PeakBlocks   uint64
	EndBytes, EndBlocks     uint64
}

// key is what shares are sorted by.
func (s ThreadShare) key() uint64 { return uint64(s.Thread + 1) }

// Plus returns two shares of the same thread together.
func (s ThreadShare) Plus(t ThreadShare) ThreadShare {
	s.TotalBytes += t.TotalBytes
	s.TotalBlocks += t.TotalBlocks
	s.PeakBytes += t.PeakBytes
	s.PeakBlocks += t.PeakBlocks
	s.EndBytes += t.EndBytes
	s.EndBlocks += t.EndBlocks
	return s
}

// Point returns a share as a point that has its columns and no others.
func (s *ThreadShare) Point() Point {
	return Point{
		TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks, PeakBytes: s.PeakBytes, PeakBlocks: s.PeakBlocks, EndBytes: s.EndBytes, EndBlocks: s.EndBlocks,
	}
}

// less returns what is left of a share without another one, which has no more in any column.
func (s ThreadShare) less(t *ThreadShare) ThreadShare {
	s.TotalBytes -= t.TotalBytes
	s.TotalBlocks -= t.TotalBlocks
	s.PeakBytes -= t.PeakBytes
	s.PeakBlocks -= t.PeakBlocks
	s.EndBytes -= t.EndBytes
	s.EndBlocks -= t.EndBlocks
	return s
}

// movedShares returns the shares of another profile's point, whose threads have become those of the given indices. Several may have
// become one.
func movedShares(shares []ThreadShare, threads []int) (own []ThreadShare) {
	for _, s := range shares {
		if s.Thread != NoThread {
			s.Thread = threads[s.Thread]
		}
		own = addSorted(own, []ThreadShare{s}, ThreadShare.key, ThreadShare.Plus)
	}
	return own
}

// HasThreadShares reports whether it is known of the points whose blocks they are.
func (p *Profile) HasThreadShares() bool {
	if p.Recording == nil || len(p.Recording.ByThread) == 0 {
		return false
	}
	for i := range p.Points {
		if f := p.Points[i].Rest().Facts; f != nil && len(f.Threads) > 0 {
			return true
		}
	}
	return false
}

// Shares returns whose the blocks of a point are, by thread, nobody's first: all of its columns, whatever is known.
func (p *Point) Shares() []ThreadShare {
	var known []ThreadShare
	if p.Rest().Facts != nil {
		known = p.Rest().Facts.Threads
	}
	rest := p.share(NoThread)
	for i := range known {
		rest = rest.less(&known[i])
	}
	if rest == (ThreadShare{Thread: NoThread}) {
		return known
	}
	return addSorted([]ThreadShare{rest}, known, ThreadShare.key, ThreadShare.Plus)
}

// share returns all that the point has as a thread's.
func (p *Point) share(thread int) ThreadShare {
	return ThreadShare{
		Thread:     thread,
		TotalBytes: p.TotalBytes, TotalBlocks: p.TotalBlocks, PeakBytes: p.PeakBytes, PeakBlocks: p.PeakBlocks, EndBytes: p.EndBytes, EndBlocks: p.EndBlocks,
	}
}

// threadSums adds shares up.
type threadSums []ThreadShare // by their keys; one without blocks is none

func (t *threadSums) add(shares []ThreadShare) {
	for _, s := range shares {
		for s.key() >= uint64(len(*t)) {
			*t = append(*t, ThreadShare{Thread: len(*t) - 1})
		}
		(*t)[s.key()] = (*t)[s.key()].Plus(s)
	}
}

// shares returns what was added, by thread.
func (t threadSums) shares() (all []ThreadShare) {
	for i := range t {
		if t[i] != (ThreadShare{Thread: t[i].Thread}) {
			all = append(all, t[i])
		}
	}
	return all
}
