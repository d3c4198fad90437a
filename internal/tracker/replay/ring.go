//go:build linux && (amd64 || arm64)

package replay

import (
	"sync/atomic"
	"unsafe"

	"heapprof/internal/procfs"
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

	stamp      uint64 // of the last event in time
	tail, head uint64 // words read; words that may be read in this round
	touched    uint64 // up to here blocks have been touched
	damaged    bool   // the program wrote over it

	observer  observer
	announced *Execution // what a child of vfork is about to run; nil: none is

	stacks []StackID     // what the thread's slots mean
	sites  []heap.SiteID // site + 1 of them, as far as known
}

// newRing returns a ring that is read from its first word.
func newRing(number uint32, header *wire.Ring, words *wire.Words, image *Image, o observer) *ring {
	r := &ring{number: number, header: header, words: words, image: image, observer: o, stacks: make([]StackID, wire.FirstNode), sites: make([]heap.SiteID, wire.FirstNode)}
	for i := range RootCount {
		r.stacks[wire.Root+i] = i
	}
	return r
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
		case wire.KindNode:
			if !r.node(r.words.Node(r.tail)) {
				return 0, false
			}
			r.tail += wire.NodeWords
		case wire.KindModule:
			if !r.module() {
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
			if block.Slot >= uint64(len(r.sites)) {
				r.damage()
				return
			}
			site := r.sites[block.Slot]
			if site == 0 {
				site = r.site(block.Slot)
			}
			last = at
			tail += wire.AllocShortWords
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
			if block.Slot >= uint64(len(r.sites)) {
				r.damage()
				return
			}
			site := r.sites[block.Slot]
			if site == 0 {
				site = r.site(block.Slot)
			}
			h.Alloc(&r.thread, block.Address, block.Bytes, block.Stamp, site-1)
			last = block.Stamp
			tail += wire.AllocWords
		case wire.KindFree:
			free := words.Free(tail)
			if free.Stamp > limit {
				r.tail, r.stamp = tail, last
				return
			}
			h.Free(&r.thread, free.Address, free.Stamp)
			last = free.Stamp
			tail += wire.FreeWords
		case wire.KindNode:
			if !r.node(words.Node(tail)) {
				return
			}
			tail += wire.NodeWords
		case wire.KindModule:
			r.tail, r.stamp = tail, last
			if !r.module() {
				return
			}
			tail = r.tail
		default:
			r.tail, r.stamp = tail, last
			at := words.Stamp(tail, last)
			if at > limit || !r.replayUncommon() {
				return
			}
			tail, last = r.tail, at
		}
	}
	r.tail, r.stamp = min(tail, head), last // as in next
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
			addrs[n] = r.words.Free(tail).Address
			tail += wire.FreeWords
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

// replayUncommon replays an event at tail of a kind that is not frequent. It reports false
// for one that makes no sense.
func (r *ring) replayUncommon() bool {
	h := r.image.Heap
	switch r.words.Kind(r.tail) {
	case wire.KindRealloc:
		old := r.words.Free(r.tail)
		h.BeginRealloc(&r.thread, old.Address, old.Stamp)
		r.tail += wire.FreeWords
	case wire.KindReallocInner:
		old := r.words.Free(r.tail)
		h.BeginInnerRealloc(&r.thread, old.Address, old.Stamp)
		r.tail += wire.FreeWords
	case wire.KindFreeInner:
		free := r.words.Free(r.tail)
		h.FreeInner(&r.thread, free.Address, free.Stamp)
		r.tail += wire.FreeWords
	case wire.KindRealloced:
		block := r.words.Alloc(r.tail)
		// The site is for a block from before the recording; it has no stack.
		h.EndRealloc(&r.thread, block.Address, block.Bytes, block.Stamp, r.site(wire.Root)-1, heap.Resized)
		r.tail += wire.AllocWords
	case wire.KindReallocFailed:
		h.EndRealloc(&r.thread, 0, 0, r.words.Stamp(r.tail, r.stamp), 0, heap.Failed)
		r.tail += wire.EndWords
	case wire.KindReallocFreed:
		h.EndRealloc(&r.thread, 0, 0, r.words.Stamp(r.tail, r.stamp), 0, heap.Freed)
		r.tail += wire.EndWords
	case wire.KindThread:
		r.thread = heap.Thread{}
		r.tail += wire.ThreadWords
	case wire.KindMapping:
		m := r.words.Mapping(r.tail)
		if m.Slot >= uint64(len(r.stacks)) {
			r.damage()
			return false
		}
		r.image.AddressSpace.Replay(&r.mapping, m, r.stacks[m.Slot])
		r.tail += wire.MappingWords
	case wire.KindFork:
		fork := r.words.Fork(r.tail)
		if fork.Number == 0 {
			return r.exec()
		}
		r.observer.forks(r.image, fork.Number, fork.Stamp)
		r.tail += wire.ForkWords
	default:
		r.damage()
		return false
	}
	return true
}

// site returns 1 + the site of the stack that a slot stands for.
func (r *ring) site(slot uint64) heap.SiteID {
	site := r.image.Site(r.stacks[slot]) + 1
	r.sites[slot] = site
	return site
}

// node takes in that a slot now stands for another stack. It reports false for an event
// that makes no sense.
func (r *ring) node(n wire.Node) bool {
	// A ring begins with an event in time, before which its process gets a state.
	if r.image.State == nil || n.Slot < wire.FirstNode || n.Slot >= wire.FirstNode+wire.MaxNodes || n.Parent >= uint64(len(r.stacks)) {
		r.damage()
		return false
	}
	if n.Slot >= uint64(len(r.stacks)) {
		r.grow(int(n.Slot))
	}
	r.stacks[n.Slot] = r.image.Tree.Child(r.stacks[n.Parent], MakePlace(n.PC, n.Module))
	r.sites[n.Slot] = 0
	return true
}

// grow makes room for a slot. It makes room as far as slots are used, since a thread has
// many more than most need. Fresh memory, unlike memory that append clears, is only
// allocated page by page when it is touched, and most of a thousand short processes touch
// few of the pages.
func (r *ring) grow(slot int) {
	n := wire.FirstNode
	for n <= slot {
		n *= 4
	}
	stacks, sites := make([]StackID, n), make([]heap.SiteID, n)
	copy(stacks, r.stacks)
	copy(sites, r.sites)
	r.stacks, r.sites = stacks, sites
}

// module reads the description of a module at tail. It reports false for one that makes no
// sense.
func (r *ring) module() bool {
	event, ok := r.words.Module(r.tail, r.head)
	if !ok || r.image.State == nil {
		r.damage()
		return false
	}
	r.image.arrive(event.Number, Module{
		Start:    event.Start,
		End:      event.End,
		Bias:     event.Bias,
		BuildID:  event.BuildID,
		Path:     procfs.WithoutDeleted(event.Path),
		Proc:     r.image.Proc,
		Program:  event.Number == ProgramModule,
		Bypasses: event.Bypasses,
	})
	r.tail += event.Words
	return true
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
