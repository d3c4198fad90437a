package heap

import (
	"cmp"
	"maps"
	"slices"
)

// A block tells by which thread it was allocated: its birth has the number of that thread's account
// in its upper byte. There are 255 such numbers, and one is given to another thread once its
// thread has ended and none of its blocks lives. Threads that find none left share an
// account, whose blocks have the number 0, as have blocks of 4 GiB and more, whose births have no
// room for one.

const (
	ownerShift = 56
	maxStamp   = 1<<ownerShift - 1
	owners     = 1 << (64 - ownerShift)

	// sharedOwner is the owner number of the shared account. No block has it, so that
	// nobody is taken to have allocated what it frees.
	sharedOwner = owners
)

// Thread is what a Heap remembers about one thread of the program. The zero
// value is a thread that has done nothing yet, and whose number is not known. A Thread belongs
// to one Heap.
type Thread struct {
	account *account // nil before its first event
	newest  birth    // of the block that this thread allocated last, while it is live and no other was resized since
	recent  uint32   // where that may have taken another's place, and was the thread's last call: mayGrow and its site

	resizes uint32 // 1 + the index in Heap.resizing of the block between BeginRealloc and EndRealloc, or 0
	resizer Freer  // who resizes that block, where frees have stacks
	ignores bool   // whether the block between BeginInnerRealloc and EndRealloc was not seen being allocated

	id   uint64
	name string
	died death
}

// account is what one thread has allocated and freed. Its live blocks are those allocated less
// those freed.
type account struct {
	owner uint64 // of its blocks, by which others know them: 1 to 255, or sharedOwner
	tag   uint64 // what their births have in their upper byte

	// Its blocks in the table of live blocks: those that have been there, and those that
	// are not any more. Of a block that was resized, both have its former sizes, too.
	allocated, freed Amount
	passed           Amount // its blocks that AllocFree has counted
	maxBytes         uint64 // the most that was live
	temporary        uint64 // but for those passed

	epoch uint32
	saved Amount // live when the peak fell, if epoch is not before that

	large         uint64 // blocks of 4 GiB and more that it has allocated, which are not its own
	reallocs      uint64 // of its blocks
	freedByOthers uint64 // of its blocks, those that it has not freed itself
	elsewhere     uint64 // of these, the ones that another thread has freed
	foreign       uint64 // blocks of others that it has freed

	serial    uint32 // in the order in which accounts began
	inherited bool   // of a forked child's parent
	users     int    // threads that use it: it has two while a signal handler allocates within a hook
	threads   uint64 // that it is of
	id        uint64
	name      string

	shares shareTable // in the sites of which it is not the first
	firsts int        // sites of which it is
}

// threads are the accounts of a heap's threads.
type threads struct {
	byOwner [owners]*account    // the first is the shared one; nil: not in use
	ended   []*account          // of threads that have ended and have no live blocks
	sums    map[string]*account // of more such threads, by name
	serial  uint32

	shares int               // that the accounts have
	full   bool              // they are as many as there may be, or were
	others shareTable        // of those that found no place
	merged map[uint32]uint32 // the serials of accounts that are summed, and that are firsts, to those of their sums
}

const (
	// maxEnded is how many threads that have ended have accounts of their own, and maxNameless how
	// many there are before one without a name has none. More are summed by name.
	maxEnded    = 256
	maxNameless = 16
	// maxSums is how many names there are at most; threads of more have one sum.
	maxSums = 256
)

func (a *account) live() Amount {
	return Amount{a.allocated.Bytes - a.freed.Bytes, a.allocated.Blocks - a.freed.Blocks}
}

// grow counts a new block.
func (a *account) grow(size uint64) {
	a.allocated.Bytes += size
	a.allocated.Blocks++
	a.maxBytes = max(a.maxBytes, a.allocated.Bytes-a.freed.Bytes)
}

// pass counts a block that AllocFree counts.
func (a *account) pass(size uint64) {
	a.passed.Bytes += size
	a.passed.Blocks++
	a.maxBytes = max(a.maxBytes, a.allocated.Bytes-a.freed.Bytes+size)
}

// shrink counts the end of a block.
func (a *account) shrink(size uint64) {
	a.freed.Bytes += size
	a.freed.Blocks++
}

// save keeps what is live before the first change in an epoch, as sites.save does.
func (a *account) save(s *sites) {
	if a.epoch < s.ofPeak {
		a.saved = a.live()
	}
	a.epoch = s.epoch
}

// allocations returns how many blocks the thread has allocated so far.
func (a *account) allocations() uint64 { return a.allocated.Blocks + a.passed.Blocks + a.large }

// frees returns how many blocks the thread has freed so far.
func (a *account) frees() uint64 {
	return a.freed.Blocks - a.freedByOthers + a.foreign + a.passed.Blocks
}

// born returns the birth of a block of so many bytes that the thread is given at a moment.
func (a *account) born(stamp, size uint64) uint64 {
	if size>>markShift != 0 {
		return stamp & maxStamp
	}
	return stamp&maxStamp | a.tag
}

// owner returns the account that a block of that birth belongs to.
func (h *Heap) owner(birth uint64) *account {
	if a := h.sites.threads.byOwner[birth>>ownerShift]; a != nil {
		return a
	}
	return h.sites.threads.shared() // of blocks of 4 GiB and more, before any thread shares it
}

// BeginThread makes t a thread of the program's, whose number is id, that has done nothing yet.
// The thread that it was before has ended.
func (h *Heap) BeginThread(t *Thread, id uint64) {
	if a := t.account; a != nil {
		if a.users--; a.users == 0 {
			h.sites.threads.retire(a, &h.sites)
		}
	}
	*t = Thread{id: id}
}

// NameThread tells a name that thread t has. The last one counts.
func (h *Heap) NameThread(t *Thread, name string) {
	t.name = name
	if a := t.account; a != nil && a.owner != sharedOwner {
		a.name = name
	}
}

// accountOf returns the account of thread t, which may be new.
func (h *Heap) accountOf(t *Thread) *account {
	if t.account == nil {
		t.account = h.sites.threads.open(t, &h.sites)
	}
	return t.account
}

// open returns an account for a thread.
func (s *threads) open(t *Thread, sites *sites) *account {
	free := 0
	for i := owners - 1; i > 0; i-- {
		switch a := s.byOwner[i]; {
		case a == nil:
			free = i
		case a.users > 0 && a.id == t.id && t.id != 0:
			a.users++
			return a
		case a.users == 0 && free == 0 && a.live() == Amount{}:
			s.retire(a, sites)
			free = i
		}
	}
	if free == 0 {
		a := s.shared()
		a.threads++
		a.users++
		return a
	}
	a := &account{owner: uint64(free), tag: uint64(free) << ownerShift, serial: s.next(), users: 1, threads: 1, id: t.id, name: t.name}
	s.byOwner[free] = a
	return a
}

// shared returns the account of the threads that have none of their own.
func (s *threads) shared() *account {
	if s.byOwner[0] == nil {
		s.byOwner[0] = &account{owner: sharedOwner, serial: s.next()}
	}
	return s.byOwner[0]
}

func (s *threads) next() uint32 {
	s.serial++
	return s.serial
}

// retire takes the number of a thread's account that has ended, if none of its blocks lives.
func (s *threads) retire(a *account, sites *sites) {
	if a.owner == sharedOwner || a.live() != (Amount{}) {
		return
	}
	s.byOwner[a.owner] = nil
	if n := len(s.ended); n < maxNameless || n < maxEnded && a.name != "" {
		s.ended = append(s.ended, a)
		return
	}
	name := a.name
	if _, known := s.sums[name]; !known && len(s.sums) >= maxSums {
		name = ""
	}
	sum := s.sums[name]
	if sum == nil {
		if s.sums == nil {
			s.sums = make(map[string]*account)
		}
		sum = &account{serial: a.serial, name: name, owner: sharedOwner}
		s.sums[name] = sum
	}
	sum.add(a, sites)
	s.moveShares(sum, a, sites)
}

// add adds the account of another thread. Neither has live blocks.
func (a *account) add(o *account, sites *sites) {
	a.save(sites)
	o.save(sites)
	a.saved.Bytes += o.saved.Bytes
	a.saved.Blocks += o.saved.Blocks
	for _, n := range [...]struct{ to, from *Amount }{{&a.allocated, &o.allocated}, {&a.freed, &o.freed}, {&a.passed, &o.passed}} {
		n.to.Bytes += n.from.Bytes
		n.to.Blocks += n.from.Blocks
	}
	a.maxBytes = max(a.maxBytes, o.maxBytes)
	a.temporary += o.temporary
	a.reallocs += o.reallocs
	a.elsewhere += o.elsewhere
	a.threads += o.threads
}

// each calls f for each account, in no useful order.
func (s *threads) each(f func(a *account)) {
	for _, a := range s.byOwner {
		if a != nil {
			f(a)
		}
	}
	for _, a := range s.ended {
		f(a)
	}
	for _, a := range s.sums {
		f(a)
	}
}

// restartEpochs forgets the epochs of the accounts, as those of the sites.
func (s *threads) restartEpochs(sites *sites) {
	s.each(func(a *account) {
		a.save(sites)
		a.epoch = 0
		a.shares.restartEpochs(sites)
	})
	s.others.restartEpochs(sites)
}

// copy returns a deep copy.
func (s *threads) copy() threads {
	c := threads{
		serial: s.serial, ended: make([]*account, len(s.ended)), sums: make(map[string]*account, len(s.sums)),
		shares: s.shares, full: s.full, others: s.others.copy(), merged: maps.Clone(s.merged),
	}
	for i, a := range s.byOwner {
		if a != nil {
			c.byOwner[i] = a.copy()
		}
	}
	for i, a := range s.ended {
		c.ended[i] = a.copy()
	}
	for name, a := range s.sums {
		c.sums[name] = a.copy()
	}
	return c
}

// copy returns a deep copy.
func (a *account) copy() *account {
	own := *a
	own.shares = a.shares.copy()
	return &own
}

// inherit returns the accounts of a forked child, in which the parent's threads have what lives
// of their blocks, and have ended. Who frees them there is not known to be another thread: one
// of the parent's goes on in the child. serials has the numbers that the accounts have in the child, by those in the parent.
func (s *threads) inherit() (c threads, serials map[uint32]uint32) {
	c.full, c.others = s.full, s.others.inherit()
	serials = make(map[uint32]uint32)
	for i, a := range s.byOwner {
		if a == nil || a.live() == (Amount{}) {
			continue
		}
		own := &account{owner: a.owner, tag: a.tag, allocated: a.live(), maxBytes: a.live().Bytes, serial: c.next(), threads: a.threads, id: a.id, name: a.name, inherited: true, shares: a.shares.inherit()}
		c.byOwner[i] = own
		c.shares += own.shares.n
		serials[a.serial] = own.serial
	}
	return c, serials
}

// ThreadResult is what one thread allocated, or several together.
type ThreadResult struct {
	ID      uint64 // 0: not known, or several
	Name    string // "" if it was not told
	Threads uint64 // how many they are; 0: blocks of 4 GiB and more, of which it is not known whose they are

	TotalBytes, TotalBlocks uint64
	MaxBytes                uint64 // of several: of one of them
	PeakBytes, PeakBlocks   uint64
	EndBytes, EndBlocks     uint64
	TemporaryBlocks         uint64
	FreedElsewhere          uint64
}

// result returns what each thread allocated, in the order in which they began, and the index of the row of each account by
// its serial.
func (s *threads) result(sites *sites, atPeak bool) (results []ThreadResult, rows map[uint32]int) {
	rows = make(map[uint32]int)
	var all []*account
	s.each(func(a *account) { all = append(all, a) })
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.serial, b.serial) })
	for _, a := range all {
		live := a.live()
		r := ThreadResult{
			ID: a.id, Name: a.name, Threads: a.threads,
			TotalBytes: a.allocated.Bytes + a.passed.Bytes, TotalBlocks: a.allocated.Blocks + a.passed.Blocks + a.reallocs,
			MaxBytes:  a.maxBytes,
			PeakBytes: live.Bytes, PeakBlocks: live.Blocks,
			EndBytes: live.Bytes, EndBlocks: live.Blocks,
			TemporaryBlocks: a.temporary + a.passed.Blocks,
			FreedElsewhere:  a.elsewhere,
		}
		if !atPeak && a.epoch >= sites.ofPeak {
			r.PeakBytes, r.PeakBlocks = a.saved.Bytes, a.saved.Blocks
		}
		if r.TotalBlocks > 0 {
			rows[a.serial] = len(results)
			results = append(results, r)
		}
	}
	return results, rows
}
