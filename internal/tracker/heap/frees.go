package heap

import "maps"

// Family is a family of functions by which blocks are allocated and freed. Which one it is only
// the caller knows; 0 stands for one that is not known.
type Family uint8

// Freer is who frees a block, or resizes it: a call stack, by a number that only the caller knows,
// and the family of the function.
type Freer struct {
	Stack  uint32
	Family Family
}

// NoStack is the stack of frees for which there was no room.
const NoStack = ^uint32(0)

// Frees is where the blocks of a heap were freed.
type Frees struct {
	Pairs []Pair // in no order, one for each Site and Stack
	Wrong []WrongFree
}

// Pair is what of one site's blocks was freed through one stack.
type Pair struct {
	Site          SiteID
	Stack         uint32
	Bytes, Blocks uint64 // bytes: their sizes then
}

// WrongFree is calls of one stack that should not have freed or resized what they did.
type WrongFree struct {
	Kind      WrongKind
	Site      SiteID // where the blocks had been allocated, if KnowsSite
	KnowsSite bool
	Stack     uint32
	Blocks    uint64

	Made, Freed Family // of Mismatched frees
}

// WrongKind is what is wrong with a free.
type WrongKind uint8

// The kinds.
const (
	Mismatched WrongKind = iota + 1 // by another family than has allocated the block
	FreedTwice                      // of a block that had been freed, and not been allocated again
	Foreign                         // of an address at which no block ever was; in a Clone, or its parent had freed it
)

// frees is the account of where blocks were freed.
type frees struct {
	pairs    pairs
	families []Family          // by SiteID, as far as they are known; mixed where there are two
	adopted  map[uint64]Family // by address, those of live blocks that another family has resized
	wrong    map[WrongFree]uint64
	closed   [64]block // that took their ends before their frees came
	next     int       // in closed
	gone     gone
}

// mixed is the family of a site whose blocks are of more than one. No free can be of another.
const mixed = ^Family(0)

func newFrees() *frees {
	return &frees{adopted: make(map[uint64]Family), wrong: make(map[WrongFree]uint64)}
}

// freesOf returns the account of frees, which begins with the first that has a stack.
func (h *Heap) freesOf() *frees {
	if h.frees == nil {
		h.frees = newFrees()
	}
	return h.frees
}

// TellFamily records that what is allocated at a site is by a family.
func (h *Heap) TellFamily(site SiteID, family Family) {
	f := h.freesOf()
	for uint32(len(f.families)) <= uint32(site) {
		f.families = append(f.families, 0)
	}
	switch known := &f.families[site]; *known {
	case family:
	case 0:
		*known = family
	default:
		*known = mixed
	}
}

// FreeBy records what Free does, and who frees the block.
func (h *Heap) FreeBy(t *Thread, addr, stamp uint64, by Freer) {
	if stamp > h.due {
		h.advance(stamp)
	}
	addr &= maxAddr
	f := h.freesOf()
	b, x := h.take(addr, stamp)
	if b.addr == 0 {
		h.freeUnknown(addr, stamp, by)
		return
	}
	f.compare(b, by)
	f.end(b, by)
	h.end(t, b, x, stamp)
}

// FreeInnerBy records what FreeInner does, and who frees the block.
func (h *Heap) FreeInnerBy(t *Thread, addr, stamp uint64, by Freer) {
	if h.isLive(addr, stamp) {
		h.FreeBy(t, addr, stamp, by)
	}
}

// BeginReallocBy records what BeginRealloc does, and who resizes the block, or frees it.
func (h *Heap) BeginReallocBy(t *Thread, addr, stamp uint64, by Freer) {
	h.BeginRealloc(t, addr, stamp)
	f := h.freesOf()
	t.resizer = by
	if t.resizes != 0 {
		f.compare(h.resizing[t.resizes-1].block, by)
	} else if h.live.find(addr&maxAddr).addr == 0 {
		f.judge(addr&maxAddr, by, h.before.has)
	}
}

// BeginInnerReallocBy records what BeginInnerRealloc does, and who resizes the block.
func (h *Heap) BeginInnerReallocBy(t *Thread, addr, stamp uint64, by Freer) {
	h.BeginInnerRealloc(t, addr, stamp)
	h.freesOf()
	t.resizer = by
}

// count counts block b as freed by someone.
func (f *frees) count(b block, by Freer) { f.pairs.add(b.site(), by.Stack, b.size) }

// end counts block b as freed by someone, and remembers that it was.
func (f *frees) end(b block, by Freer) {
	f.count(b, by)
	f.leave(b)
}

// leave remembers that block b is gone from its address.
func (f *frees) leave(b block) {
	f.gone.add(b)
	if len(f.adopted) > 0 {
		delete(f.adopted, b.addr)
	}
}

// resized records that a block, as it was and as it is, has been resized by someone. f may be nil.
func (f *frees) resized(was, is block, by Freer) {
	if f == nil {
		return
	}
	_, adopts := f.adopted[was.addr]
	adopts = adopts || f.isOthers(was, by)
	if was.addr != is.addr {
		f.leave(was)
	}
	if adopts {
		f.adopted[is.addr] = by.Family
	}
}

// family returns the family of block b; 0 where it is not known.
func (f *frees) family(b block) Family {
	if len(f.adopted) > 0 {
		if family, ok := f.adopted[b.addr]; ok {
			return family
		}
	}
	if site := b.site(); uint32(site) < uint32(len(f.families)) && f.families[site] != mixed {
		return f.families[site]
	}
	return 0
}

// isOthers reports whether block b is known to be of another family than someone.
func (f *frees) isOthers(b block, by Freer) bool {
	if by.Family == 0 {
		return false
	}
	made := f.family(b)
	return made != 0 && made != by.Family
}

// compare counts a free of block b that is by another family than its allocation.
func (f *frees) compare(b block, by Freer) {
	if f.isOthers(b, by) {
		f.wrong[WrongFree{Kind: Mismatched, Site: b.site(), KnowsSite: true, Stack: by.Stack, Made: f.family(b), Freed: by.Family}]++
	}
}

// judge counts a free of an address at which no block lives as wrong, if it is known that it is,
// and returns as what. Where the program had blocks before the account, an address at which none was seen may be one of theirs.
func (f *frees) judge(addr uint64, by Freer, hadBlocks bool) (wrong WrongFree) {
	switch site, was, forgotten := f.gone.find(addr); {
	case was:
		wrong = WrongFree{Kind: FreedTwice, Site: site, KnowsSite: true, Stack: by.Stack}
	case forgotten, hadBlocks:
		return wrong
	default:
		wrong = WrongFree{Kind: Foreign, Stack: by.Stack}
	}
	f.wrong[wrong]++
	return wrong
}

// takeBack takes back what judge has counted.
func (f *frees) takeBack(wrong WrongFree) {
	if wrong.Kind == 0 {
		return
	}
	if f.wrong[wrong]--; f.wrong[wrong] == 0 {
		delete(f.wrong, wrong)
	}
}

// close keeps a block that has ended though its free has not come; it may be late. f may be nil.
func (f *frees) close(b block) {
	if f != nil {
		f.closed[f.next%len(f.closed)] = b
		f.next++
	}
}

// late counts the free of a block that has been closed.
func (f *frees) late(addr uint64, by Freer) {
	for i := range f.closed {
		if f.closed[i].addr == addr {
			f.count(f.closed[i], by)
			f.closed[i] = block{}
			return
		}
	}
}

// clone returns the account of a forked child, which has freed nothing yet. f may be nil.
func (f *frees) clone() *frees {
	if f == nil {
		return nil
	}
	c := newFrees()
	c.families = append(c.families, f.families...)
	return c
}

// copy returns an account that result may be asked for, and which is not to be changed. f may be
// nil.
func (f *frees) copy() *frees {
	if f == nil {
		return nil
	}
	return &frees{pairs: f.pairs.copy(), wrong: maps.Clone(f.wrong)}
}

// result returns the account; nil if f is.
func (f *frees) result() *Frees {
	if f == nil {
		return nil
	}
	r := &Frees{Pairs: f.pairs.all()}
	for wrong, blocks := range f.wrong {
		wrong.Blocks = blocks
		r.Wrong = append(r.Wrong, wrong)
	}
	return r
}
