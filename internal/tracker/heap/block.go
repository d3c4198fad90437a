package heap

// block is a live block. The zero value is none.
type block struct {
	addr  uint64 // never 0
	size  uint64 // in bytes
	birth uint64 // the stamp of its allocation
	mark  uint32 // site, or what its extra tells (30 bits) · extra (1) · passed on (1); no field more, or Go would not keep blocks in registers
}

// passedOnMark says that a thread resized the block that did not allocate it last. It could
// otherwise still pass for some thread's newest, where it stayed at its address.
const passedOnMark = 1 << 31

// extraMark says that a block of the table has an extra, whose index stands where the site does else.
// Blocks outside of the table have none: see extras.resolve.
const extraMark = 1 << 30

func (b block) site() SiteID { return SiteID(b.mark & maxSite) }

// User addresses have at most 56 bits on every Linux port with 64-bit
// addresses; what lies above is a tag (arm64 TBI, x86 LAM) that allocators are
// free to set. No address space has room for a block of 2⁴⁷ bytes. Of a stamp
// the low 56 bits count: ages are exact up to 2⁵⁵ ticks, 160 days of a
// 2.6 GHz clock; the upper byte tells the owner. The 30 bits of a site outnumber the nodes of a call tree.
const (
	maxAddr = 1<<56 - 1
	maxSize = 1<<47 - 1
	maxSite = 1<<30 - 1
)

// signedAge is the time from the block's birth to stamp in ticks, negative if
// the block was born after stamp.
func (b block) signedAge(stamp uint64) int64 { return int64((stamp-b.birth)<<8) >> 8 }

// age is the time from the block's birth to stamp in ticks. It is 0 where
// clocks of two processors disagree on which came first.
func (b block) age(stamp uint64) uint64 {
	return uint64(max(b.signedAge(stamp), 0))
}

// birth identifies a block in time: no other block has the same, nor has the block itself
// after a realloc that moved it. The zero value is no block's.
type birth struct{ addr, stamp uint64 }

func (b block) born() birth { return birth{b.addr, b.birth} }

// isNewest reports whether b is the block that the thread allocated last.
func (t *Thread) isNewest(b block) bool {
	return t.newest.addr == b.addr && (t.newest.stamp^b.birth)<<8 == 0 && b.mark&passedOnMark == 0
}
