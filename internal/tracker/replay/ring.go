//go:build linux && (amd64 || arm64)

package replay

import (
	"sync/atomic"
	"unsafe"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/mappings"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// observer is told what the events of a ring mean for others than its own image.
type observer interface {
	// forks is told that an image is about to fork a child, at the moment stamp.
	forks(parent *Image, number uint32, stamp uint64)
	// execs is told that a child of vfork, which no image is of, has begun a program.
	execs(Execution)
	// lookAhead takes in all nodes that the threads of an image have told of so far.
	lookAhead(*Image)
}

// ring is the reader's side of one thread's ring.
type ring struct {
	number  uint32
	header  *wire.Ring
	words   *wire.Words
	image   *Image
	thread  heap.Thread
	sampled heap.SampledThread // the same where blocks are sampled
	mapping mappings.Thread
	name    threadName
	tid     uint64 // the kernel's number of the thread; 0: not known

	stamp      uint64 // of the last event in time
	tail, head uint64 // words read; words that may be read in this round
	touched    uint64 // up to here blocks have been touched
	ahead      uint64 // up to here nodes have been taken in, if it is more than tail
	damaged    bool   // the program wrote over it
	crosses    bool   // the last event has told that the next is of what came above a limit

	observer  observer
	announced *Execution // what a child of vfork is about to run; nil: none is
}

// newRing returns a ring that is read from its first word.
func newRing(number uint32, header *wire.Ring, words *wire.Words, image *Image, o observer) *ring {
	return &ring{number: number, header: header, words: words, image: image, observer: o}
}

// look reads how far the thread has published, and reports whether there is anything to
// read.
func (r *ring) look() bool {
	if r.damaged {
		return false
	}
	r.head = atomic.LoadUint64(&r.header.Head)
	if r.head-r.tail > wire.RingWords {
		r.damage()
	}
	return r.head != r.tail
}

// damage gives up on a ring whose content makes no sense, as the program wrote over it.
// From then on the thread does not wait for room in the ring.
func (r *ring) damage() {
	r.damaged = true
	r.head = r.tail
	r.image.DamagedRings++
}

// next returns the stamp of the next event, after it has taken in nodes and modules, which
// have no stamp; it reports false if there is no event.
func (r *ring) next() (uint64, bool) {
	for int64(r.head-r.tail) > 0 {
		switch r.words.Kind(r.tail) {
		case wire.KindNode, wire.KindModule:
			if !r.untimed() {
				return 0, false
			}
		default:
			return r.words.Stamp(r.tail, r.stamp), true
		}
	}
	r.tail = r.head // an event that the program damaged may reach beyond what was written
	return 0, false
}

// releaseWords is how many words a thread gets back at once when they have been read, so
// that it need not wait until all that it had written is read.
const releaseWords = wire.RingWords / 8

// replay feeds the events with stamps up to limit to the image's state.
func (r *ring) replay(limit uint64) {
	if r.image.Sampled != nil {
		r.replaySampled(limit)
		return
	}
	h, words, tail, head, last := r.image.Heap, r.words, r.tail, r.head, r.stamp
	sites := r.image.sites
	next, touched := tail+releaseWords, head
	if h.IsVast() {
		touched = r.touched
	}
	for int64(head-tail) > 0 {
		if tail >= next {
			r.tail = tail
			r.release()
			next = tail + releaseWords
		}
		if tail >= touched {
			touched = r.touch(tail)
		}
		switch words.Kind(tail) {
		case wire.KindAllocShort:
			block := words.AllocShort(tail)
			at := last + block.Later
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			site := siteOf(sites, block.Stack)
			if site == 0 {
				if site = r.site(block.Stack); site == 0 {
					return
				}
				sites = r.image.sites
			}
			last = at
			tail += wire.AllocShortWords
			if site-1 == heap.Outside {
				continue
			}
			if tail != head && words.Kind(tail) == wire.KindFreeShort {
				// Often the block's free is the very next event.
				free := words.FreeShort(tail)
				if died := at + free.Later; free.Address == block.Address && died <= limit {
					h.AllocFree(&r.thread, block.Address, block.Bytes, at, died, site-1)
					last = died
					tail += wire.FreeShortWords
					continue
				}
			}
			h.Alloc(&r.thread, block.Address, block.Bytes, at, site-1)
		case wire.KindFreeShort:
			free := words.FreeShort(tail)
			at := last + free.Later
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			h.Free(&r.thread, free.Address, at)
			last = at
			tail += wire.FreeShortWords
		case wire.KindAlloc:
			block := words.Alloc(tail)
			if block.Stamp > limit {
				r.tail, r.stamp = tail, last
				return
			}
			site := siteOf(sites, block.Stack)
			if site == 0 {
				if site = r.site(block.Stack); site == 0 {
					return
				}
				sites = r.image.sites
			}
			last = block.Stamp
			tail += wire.AllocWords
			if site-1 == heap.Outside {
				continue
			}
			tellFamily(h, site-1, block.Family)
			h.Alloc(&r.thread, block.Address, block.Bytes, block.Stamp, site-1)
		case wire.KindFree:
			free := words.Free(tail)
			if free.Stamp > limit {
				r.tail, r.stamp = tail, last
				return
			}
			if !r.free(tail, free) {
				return
			}
			sites = r.image.sites
			last = free.Stamp
			tail += free.Words()
		case wire.KindNode, wire.KindModule:
			r.tail, r.stamp = tail, last
			if !r.untimed() {
				return
			}
			tail, sites = r.tail, r.image.sites
		default:
			r.tail, r.stamp = tail, last
			at := words.Stamp(tail, last)
			if at > limit || !r.replayUncommon() {
				return
			}
			tail, last = r.tail, at
			sites = r.image.sites
		}
	}
	r.tail, r.stamp = min(tail, head), last // as in next
}

// tellFamily tells a heap of the family of a site, if an event does.
func tellFamily(h *heap.Heap, site heap.SiteID, family wire.Family) {
	if family != wire.FamilyUntold {
		h.TellFamily(site, heap.Family(family))
	}
}

// free replays the KindFree at a word. It reports false for one that makes no sense.
func (r *ring) free(at uint64, free wire.Free) bool {
	if !free.HasThrough {
		r.image.Heap.Free(&r.thread, free.Address, free.Stamp)
		return true
	}
	by, ok := r.freer(at)
	if ok {
		r.image.Heap.FreeBy(&r.thread, free.Address, free.Stamp, by)
	}
	return ok
}

// touch touches the blocks of the next events, the first of which is at tail, and returns
// up to which word it has. The second word of an uncommon event may be taken for another
// event: that only touches in vain, up to the end of the batch.
func (r *ring) touch(tail uint64) uint64 {
	var addrs [heap.TouchBatch]uint64
	n := 0
	for n < len(addrs) && int64(r.head-tail) > 0 {
		switch r.words.Kind(tail) {
		case wire.KindFreeShort:
			addrs[n] = r.words.FreeShort(tail).Address
			tail += wire.FreeShortWords
		case wire.KindAllocShort:
			addrs[n] = r.words.AllocShort(tail).Address
			tail += wire.AllocShortWords
		case wire.KindFree, wire.KindRealloc:
			free := r.words.Free(tail)
			addrs[n] = free.Address
			tail += free.Words()
		case wire.KindAlloc, wire.KindRealloced:
			addrs[n] = r.words.Alloc(tail).Address
			tail += wire.AllocWords
		case wire.KindNode:
			tail += wire.NodeWords
			continue
		default:
			tail++
			continue
		}
		n++
	}
	r.image.Heap.Touch(addrs[:n])
	r.touched = tail
	return tail
}

// isMisplaced reports whether the header says that another number of words was read than
// were: the program wrote over it.
func (r *ring) isMisplaced() bool { return atomic.LoadUint64(&r.header.Tail) != r.tail }

// release gives the thread the room of the words that were read, and wakes it if it waits
// for room.
func (r *ring) release() {
	if r.damaged {
		// Let it write where nobody reads.
		r.tail = atomic.LoadUint64(&r.header.Head)
		r.head = r.tail
	}
	atomic.StoreUint64(&r.header.Tail, r.tail)
	if atomic.LoadUint32(&r.header.Waiting) != 0 {
		shm.Wake((*uint32)(unsafe.Pointer(&r.header.Tail))) // its low half: the machine is little-endian
	}
}
