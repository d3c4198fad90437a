//go:build linux && (amd64 || arm64)

package tracker

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/mappings"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// ring is the reader's end of one thread's ring.
type ring struct {
	number  uint32
	header  *wire.Ring
	words   *[wire.RingWords]uint64
	process *process
	thread  heap.Thread
	mapping mappings.Thread

	stamp      uint64 // of the last event in time
	tail, head uint64 // words read; words that may be read in this round
	touched    uint64 // up to here blocks have been touched
	damaged    bool   // the program wrote over it

	begins *execution // what a child of vfork is about to run; nil: none is

	stacks []replay.StackID // what the thread's slots mean
	sites  []heap.SiteID    // site + 1 of them, as far as known
}

func newRing(number uint32, header *wire.Ring, words *[wire.RingWords]uint64, p *process) *ring {
	r := &ring{number: number, header: header, words: words, process: p, stacks: make([]replay.StackID, wire.FirstNode), sites: make([]heap.SiteID, wire.FirstNode)}
	for i := range replay.RootCount {
		r.stacks[wire.Root+i] = i
	}
	return r
}

const ringMask = wire.RingWords - 1

// look takes notice of what the thread has published. It reports whether there is any.
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

// damage gives up on a ring whose content makes no sense: the program has
// scribbled over it. The thread must not wait for room in it either.
func (r *ring) damage() {
	r.damaged = true
	r.head = r.tail
	r.process.damagedRings++
}

// next returns the stamp of the first event in time that is to be read, after
// taking those out of time before it, and false if there is none.
func (r *ring) next() (uint64, bool) {
	for int64(r.head-r.tail) > 0 {
		w0 := r.words[r.tail&ringMask]
		switch kindOf(w0) {
		case wire.Node:
			if !r.node(w0, r.words[(r.tail+1)&ringMask]) {
				return 0, false
			}
			r.tail += 2
		case wire.Module:
			if !r.module(w0) {
				return 0, false
			}
		case wire.AllocShort:
			return r.stamp + w0>>20, true
		case wire.FreeShort:
			return r.stamp + w0>>4&0xffff, true
		default:
			return w0 >> wire.KindBits, true
		}
	}
	r.tail = r.head // an event that the program damaged may reach beyond what was written
	return 0, false
}

func kindOf(w0 uint64) wire.Kind { return wire.Kind(w0 & (1<<wire.KindBits - 1)) }

// A thread gets its room back in pieces of so many words, so that it need not
// wait until all that it had written is read.
const releaseWords = wire.RingWords / 8

// replay feeds the events with stamps up to limit to the process's heap.
func (r *ring) replay(limit uint64) {
	h, words, tail, head, last := r.process.Heap, r.words, r.tail, r.head, r.stamp
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
		w0 := words[tail&ringMask]
		at := w0 >> wire.KindBits
		switch kindOf(w0) {
		case wire.AllocShort:
			at = last + w0>>20
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			slot := w0 >> 4 & 0xffff
			if slot >= uint64(len(r.sites)) {
				r.damage()
				return
			}
			site := r.sites[slot]
			if site == 0 {
				site = r.site(slot)
			}
			w1 := words[(tail+1)&ringMask]
			address, size := w1&wire.AddressMask, w1>>wire.AddressBits
			last = at
			tail += 2
			if tail != head {
				// Often the block's free is the very next event.
				w2 := words[tail&ringMask]
				died := at + w2>>4&0xffff
				if kindOf(w2) == wire.FreeShort && w2>>20<<4 == address && died <= limit {
					h.AllocFree(&r.thread, address, size, at, died, site-1)
					last = died
					tail++
					continue
				}
			}
			h.Alloc(&r.thread, address, size, at, site-1)
		case wire.FreeShort:
			at = last + w0>>4&0xffff
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			h.Free(&r.thread, w0>>20<<4, at)
			last = at
			tail++
		case wire.Alloc:
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			w1 := words[(tail+1)&ringMask]
			slot := w1 >> wire.AddressBits
			if slot >= uint64(len(r.sites)) {
				r.damage()
				return
			}
			site := r.sites[slot]
			if site == 0 {
				site = r.site(slot)
			}
			h.Alloc(&r.thread, w1&wire.AddressMask, words[(tail+2)&ringMask], at, site-1)
			last = at
			tail += 3
		case wire.Free:
			if at > limit {
				r.tail, r.stamp = tail, last
				return
			}
			h.Free(&r.thread, words[(tail+1)&ringMask], at)
			last = at
			tail += 2
		case wire.Node:
			if !r.node(w0, words[(tail+1)&ringMask]) {
				return
			}
			tail += 2
		default:
			r.tail, r.stamp = tail, last
			timed := kindOf(w0) != wire.Module
			if timed && at > limit || !r.rare(w0) {
				return
			}
			tail = r.tail
			if timed {
				last = at
			}
		}
	}
	r.tail, r.stamp = min(tail, head), last // as in next
}

// touch touches the blocks of the next events, the first of which is at tail, and
// returns how far that goes. A rare event's second word may be taken for another
// event: that only touches in vain, up to the end of the batch.
func (r *ring) touch(tail uint64) uint64 {
	var addrs [heap.TouchBatch]uint64
	n := 0
	for n < len(addrs) && int64(r.head-tail) > 0 {
		w0, w1 := r.words[tail&ringMask], r.words[(tail+1)&ringMask]
		tail++
		switch kindOf(w0) {
		case wire.FreeShort:
			addrs[n] = w0 >> 20 << 4
		case wire.AllocShort, wire.Free, wire.Realloc:
			addrs[n] = w1 & wire.AddressMask
			tail++
		case wire.Alloc, wire.Realloced:
			addrs[n] = w1 & wire.AddressMask
			tail += 2
		case wire.Node:
			tail++
			continue
		default:
			continue
		}
		n++
	}
	r.process.Heap.Touch(addrs[:n])
	r.touched = tail
	return tail
}

// rare replays an event at tail of the kinds that are not frequent. It
// reports false for one that cannot be.
func (r *ring) rare(w0 uint64) bool {
	h, at := r.process.Heap, w0>>wire.KindBits
	switch kindOf(w0) {
	case wire.Realloc:
		h.BeginRealloc(&r.thread, r.words[(r.tail+1)&ringMask], at)
		r.tail += 2
	case wire.ReallocInner:
		h.BeginInnerRealloc(&r.thread, r.words[(r.tail+1)&ringMask], at)
		r.tail += 2
	case wire.FreeInner:
		h.FreeInner(&r.thread, r.words[(r.tail+1)&ringMask], at)
		r.tail += 2
	case wire.Realloced:
		w1 := r.words[(r.tail+1)&ringMask]
		// The site is for a block from before the recording; it has no stack.
		h.EndRealloc(&r.thread, w1&wire.AddressMask, r.words[(r.tail+2)&ringMask], at, r.site(wire.Root)-1, heap.Resized)
		r.tail += 3
	case wire.ReallocFailed:
		h.EndRealloc(&r.thread, 0, 0, at, 0, heap.Failed)
		r.tail++
	case wire.ReallocFreed:
		h.EndRealloc(&r.thread, 0, 0, at, 0, heap.Freed)
		r.tail++
	case wire.Thread:
		r.thread = heap.Thread{}
		r.tail += 2
	case wire.Mapping:
		w1 := r.words[(r.tail+1)&ringMask]
		slot := w1 >> wire.AddressBits
		if slot >= uint64(len(r.stacks)) {
			r.damage()
			return false
		}
		r.process.Mapped.Replay(&r.mapping, replay.MappingEvent{
			What: r.words[(r.tail+3)&ringMask], Address: w1 & wire.AddressMask, Bytes: r.words[(r.tail+2)&ringMask], Stamp: at, Stack: r.stacks[slot],
		})
		r.tail += 4
	case wire.Fork:
		w1 := r.words[(r.tail+1)&ringMask]
		if uint32(w1) == 0 {
			return r.exec(w1)
		}
		r.process.reader.fork(r.process, uint32(w1), at)
		r.tail += 2
	case wire.Module:
		return r.module(w0)
	default:
		r.damage()
		return false
	}
	return true
}

// site returns site + 1 of the stack that slot means.
func (r *ring) site(slot uint64) heap.SiteID {
	site := r.process.Site(r.stacks[slot]) + 1
	r.sites[slot] = site
	return site
}

// node gives a slot a new meaning. It reports false for an event that makes no sense.
func (r *ring) node(w0, pc uint64) bool {
	slot, parent, module := w0>>16&0xffff, w0>>32&0xffff, uint16(w0>>48)
	// A ring begins with an event in time, before which its process gets a state.
	if r.process.State == nil || slot < wire.FirstNode || slot >= wire.FirstNode+wire.MaxNodes || parent >= uint64(len(r.stacks)) {
		r.damage()
		return false
	}
	if slot >= uint64(len(r.stacks)) {
		r.grow(int(slot))
	}
	r.stacks[slot] = r.process.Tree.Child(r.stacks[parent], replay.MakePlace(pc&wire.AddressMask, module))
	r.sites[slot] = 0
	return true
}

// grow makes room for a slot: as far as slots are used, as the thread has room for many
// more than most need. Fresh memory, unlike what append clears, is had page by page when
// it is touched, and few of it are by most of a thousand short processes.
func (r *ring) grow(slot int) {
	n := wire.FirstNode
	for n <= slot {
		n *= 4
	}
	stacks, sites := make([]replay.StackID, n), make([]heap.SiteID, n)
	copy(stacks, r.stacks)
	copy(sites, r.sites)
	r.stacks, r.sites = stacks, sites
}

// maxModuleText is more than the path and the build-id of a module have in bytes.
const maxModuleText = 2 * unix.PathMax

// module reads the description of a module. It reports false for one that
// makes no sense.
func (r *ring) module(w0 uint64) bool {
	words := w0 >> 16 & 0xffffffff
	sizes := r.words[(r.tail+4)&ringMask]
	idBytes, pathBytes := sizes&0xffffffff, sizes>>32
	if r.process.State == nil || words < 5 || words > r.head-r.tail || idBytes+pathBytes > (words-5)*8 || idBytes+pathBytes > maxModuleText {
		r.damage()
		return false
	}
	text := r.text(5, idBytes+pathBytes)
	number := uint16(w0 >> 48)
	m := replay.Module{
		Start:    r.words[(r.tail+1)&ringMask],
		End:      r.words[(r.tail+2)&ringMask],
		Bias:     r.words[(r.tail+3)&ringMask],
		BuildID:  text[:idBytes],
		Path:     withoutDeleted(text[idBytes:]),
		Proc:     r.process.proc,
		Program:  number == replay.ProgramModule,
		Bypasses: w0&wire.ModulePast != 0,
	}
	r.process.Modules[number] = m
	r.process.arrived = append(r.process.arrived, m)
	r.tail += words
	return true
}

// isMisplaced says whether the thread has another idea of what was read: the program wrote
// over the header.
func (r *ring) isMisplaced() bool { return atomic.LoadUint64(&r.header.Tail) != r.tail }

// release gives the thread the room of what was read, and wakes it if it waits
// for that.
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
