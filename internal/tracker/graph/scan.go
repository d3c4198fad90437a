package graph

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
)

const (
	// span is how much memory is read with one call: of the kernel's calls for another process's memory, ones of
	// 1 MiB reach 7.1 GB/s, and ones of a block each 0.57.
	span = 1 << 20
	// gap is how much memory between two blocks is read with them. It takes as long as one more call.
	gap = 8 << 10
	// page is the least that can be read or not.
	page = 4096
)

// scanner looks through memory for pointers.
type scanner struct {
	index  *Index
	memory Memory
	visit  func(block int, offset uint64, b []byte)
	skip   []Range // in order, apart from each other
	crew   int
	limit  limit
	behind *Index  // if not nil, pointers to its blocks are looked for, instead of to those of index
	places []place // of heads

	mu     sync.Mutex // of what follows
	next   int        // the first part of which nobody has taken charge
	turn   chan struct{}
	unread uint64
}

// place is memory of a head.
type place struct {
	Range
	head int32
}

// newScanner returns a scanner of memory.
func newScanner(index *Index, m Memory, o Options) *scanner {
	s := &scanner{index: index, memory: m, visit: o.Visit, skip: merged(o.Skip), crew: o.Parallel}
	if s.crew <= 0 {
		s.crew = min(runtime.GOMAXPROCS(0), 4)
	}
	s.limit = newLimit(o.MaxBytes, len(index.blocks))
	return s
}

// merged returns ranges in order, those that touch as one.
func merged(ranges []Range) []Range {
	var out []Range
	for _, r := range slices.SortedFunc(slices.Values(ranges), func(a, b Range) int { return cmp.Compare(a.Start, b.Start) }) {
		if n := len(out); r.Start >= r.End {
		} else if n > 0 && r.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, r.End)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// job is some parts that lie near each other, or one large one.
type job struct {
	first, end int
	turn, done chan struct{} // it is the job's turn to add what it has found; it has done so
}

// take returns the next job; false: there is none.
func (s *scanner) take() (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := s.index.parts
	if s.next == len(parts) || s.limit.over {
		return job{}, false
	}
	j := job{first: s.next, turn: s.turn, done: make(chan struct{})}
	start, end := parts[j.first].Addr, endOf(parts[j.first])
	for j.end = j.first + 1; j.end < len(parts); j.end++ {
		if next := parts[j.end]; next.Addr-end > gap || endOf(next)-start > span {
			break
		}
		end = endOf(parts[j.end])
	}
	s.next, s.turn = j.end, j.done
	return j, true
}

// blocks returns the edges between blocks.
func (s *scanner) blocks() (edges, error) {
	all, err := s.parts()
	if err == nil && s.index.split {
		all = s.index.joined(all)
	}
	return all, err
}

// parts returns the edges from the blocks' parts.
func (s *scanner) parts() (edges, error) {
	if s.limit.over {
		return edges{}, ErrTooLarge
	}
	all := edges{starts: make([]uint32, 1, len(s.index.blocks)+1)}
	s.turn = make(chan struct{})
	close(s.turn)
	var crew sync.WaitGroup
	for range s.crew {
		crew.Go(func() {
			w := s.worker()
			for {
				j, ok := s.take()
				if !ok {
					return
				}
				w.do(j, &all)
			}
		})
	}
	crew.Wait()
	if s.limit.over {
		return edges{}, ErrTooLarge
	}
	return all, nil
}

// worker returns one that has done nothing yet.
func (s *scanner) worker() worker {
	return worker{scanner: s, found: collector{blocks: len(s.pointees().blocks)}, buffer: make([]byte, span)}
}

// pointees returns the index of the blocks to which pointers are looked for.
func (s *scanner) pointees() *Index {
	if s.behind != nil {
		return s.behind
	}
	return s.index
}

// worker does jobs.
type worker struct {
	*scanner
	buffer []byte
	found  collector
	ends   []int // of the edges of each of the job's parts
	unread []Range
	lacks  uint64 // bytes of parts that could not be read
}

// do looks through a job's parts and adds what it finds when it is the job's turn.
func (w *worker) do(j job, all *edges) {
	w.found.reset()
	w.ends, w.lacks = w.ends[:0], 0
	parts := w.index.parts
	start, end := parts[j.first].Addr, endOf(parts[j.end-1])
	large := end-start > span
	if !large {
		w.read(w.buffer[:end-start], start)
		for i := j.first; i < j.end; i++ {
			w.found.begin()
			w.piece(w.buffer[parts[i].Addr-start:][:parts[i].Size], parts[i].Addr, w.block(i))
			w.ends = append(w.ends, len(w.found.targets))
		}
		<-j.turn
		for i := j.first; i < j.end && w.visit != nil; i++ {
			w.show(i, 0, w.buffer[parts[i].Addr-start:][:parts[i].Size])
		}
	} else {
		// Its bytes are shown as they are read, so its turn must have come.
		if w.visit != nil {
			<-j.turn
		}
		w.found.begin()
		for at := uint64(0); at < end-start; {
			// Whole words: a piece ends where a word does.
			n := min(span-(start+at)&7, end-start-at)
			w.read(w.buffer[:n], start+at)
			w.piece(w.buffer[:n], start+at, w.block(j.first))
			if w.visit != nil {
				w.show(j.first, at, w.buffer[:n])
			}
			at = w.pass(start+at, start+at+n, end) - start
		}
		w.ends = append(w.ends, len(w.found.targets))
		<-j.turn
	}
	w.commit(j, all)
	close(j.done)
}

// commit adds what a job has found.
func (w *worker) commit(j job, all *edges) {
	all.grow(len(w.found.targets), j.end, len(w.index.parts))
	first := 0
	for _, end := range w.ends {
		all.add(&w.found, first, end)
		first = end
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scanner.unread += w.lacks
	w.limit.have(len(all.targets))
}

// block returns the block of a part.
func (x *scanner) block(part int) int32 {
	if x.index.split {
		return int32(x.index.parts[part].Site)
	}
	return int32(part)
}

// show calls visit with bytes of a part, if they could be read.
func (w *worker) show(part int, offset uint64, b []byte) {
	addr := w.index.parts[part].Addr + offset
	if len(b) == 0 || missing(w.unread, addr, addr+uint64(len(b))) > 0 {
		return
	}
	block := w.block(part)
	w.visit(int(block), addr-w.index.blocks[block].Addr, b)
}

// missing returns how many bytes of a range lie in others.
func missing(in []Range, start, end uint64) uint64 {
	var n uint64
	for _, r := range in {
		if from, to := max(start, r.Start), min(end, r.End); from < to {
			n += to - from
		}
	}
	return n
}

// piece adds the pointers in bytes of a part of a block.
func (w *worker) piece(b []byte, addr uint64, block int32) {
	w.lacks += missing(w.unread, addr, addr+uint64(len(b)))
	w.wanted(addr, addr+uint64(len(b)), func(start, end uint64) {
		if w.behind != nil {
			w.words(b[start-addr:end-addr], start, none, 0)
			return
		}
		w.words(b[start-addr:end-addr], start, block, w.index.blocks[block].Addr)
	})
}

// wanted calls f with the parts of a range that are not to be skipped.
func (s *scanner) wanted(start, end uint64, f func(start, end uint64)) {
	if len(s.skip) > 0 {
		i, _ := slices.BinarySearchFunc(s.skip, start, func(r Range, addr uint64) int {
			if r.End <= addr {
				return -1
			}
			return 1
		})
		for ; i < len(s.skip) && s.skip[i].Start < end; i++ {
			if s.skip[i].Start > start {
				f(start, s.skip[i].Start)
			}
			start = s.skip[i].End
		}
	}
	if start < end {
		f(start, end)
	}
}

// words adds the pointers in bytes that lie at an address, but for those to one block, which begins at base.
func (w *worker) words(b []byte, addr uint64, but int32, base uint64) {
	x := w.pointees()
	if len(x.parts) == 0 {
		return
	}
	lo, reach := x.lo, x.reach
	first := min(-addr&7, uint64(len(b)))
	word := uint64(linked)
	if but != none {
		word = (addr + first - base) / 8
	}
	for b = b[first:]; len(b) >= 8; b = b[8:] {
		v := binary.LittleEndian.Uint64(b)
		if v-lo <= reach {
			if t := x.find(v); t >= 0 && t != but {
				w.found.add(t, linkOf(word, (v-x.blocks[t].Addr)/8))
			}
		}
		word++
	}
}
