package heap

// A live block takes three words, so that tens of millions fit in memory:
//
//	key    address (56 bits) · passed on (1) · site, high part (7)
//	extent size (48)         · site, low part (16)
//	birth  stamp (56)        · site, middle part (8)
//
// User addresses have at most 56 bits on every Linux port with 64-bit
// addresses; what lies above is a tag (arm64 TBI, x86 LAM) that allocators are
// free to set. No address space has room for a block of 2⁴⁸ bytes. Of a stamp
// the low 56 bits are kept: ages are exact up to 2⁵⁵ ticks, 160 days of a
// 2.6 GHz clock. The 31 bits of a site outnumber any that fit in memory.
type block struct {
	key, extent, birth uint64
}

const (
	maxAddr = 1<<56 - 1
	maxSize = 1<<48 - 1
	maxSite = 1<<31 - 1

	keyShift    = 8
	extentShift = 16
	birthShift  = 8

	passedOnBit = 1 << 7
)

// newBlock packs a block. The address and size must be in range.
func newBlock(addr, size, stamp uint64, site SiteID) block {
	id := uint64(site)
	return block{
		key:    addr<<keyShift | id>>24,
		extent: size<<extentShift | id&0xffff,
		birth:  stamp<<birthShift | id>>16&0xff,
	}
}

func (b block) addr() uint64 { return b.key >> keyShift }

func (b block) size() uint64 { return b.extent >> extentShift }

func (b block) site() SiteID {
	return SiteID(b.extent&0xffff | b.birth&0xff<<16 | b.key&0x7f<<24)
}

// resized returns the block after a realloc: at addr, with size bytes, and with its site
// and time of birth as before.
func (b block) resized(addr, size uint64) block {
	return block{
		key:    addr<<keyShift | b.key&(1<<keyShift-1),
		extent: size<<extentShift | b.extent&0xffff,
		birth:  b.birth,
	}
}

// signedAge is the time from the block's birth to stamp in ticks, negative if
// the block was born after stamp.
func (b block) signedAge(stamp uint64) int64 {
	const stampBits = uint64(1<<64 - 1<<birthShift)
	return int64(stamp<<birthShift-b.birth&stampBits) >> birthShift
}

// age is the time from the block's birth to stamp in ticks. It is 0 where
// clocks of two processors disagree on which came first.
func (b block) age(stamp uint64) uint64 {
	return uint64(max(b.signedAge(stamp), 0))
}

// passedOn returns the block with a mark that makes its birth differ from that which a
// thread keeps of its newest block. After a realloc that left it at its address it could
// otherwise still pass for some thread's newest.
func (b block) passedOn() block {
	b.key |= passedOnBit
	return b
}

// birth identifies a block in time: no other block has the same, nor has the block itself
// after a realloc that moved it.
type birth struct{ key, birth uint64 }

func (b block) born() birth { return birth{b.key, b.birth} }
