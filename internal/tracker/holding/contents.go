package holding

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

const (
	leastHashed   = 16 // bytes of a block that is compared with others: equality of smaller ones says little
	leastConstant = 64 // bytes of a block that is looked at for being all the same
	piece         = 64 // bytes that are taken together as written or not
)

// inspector looks at the bytes of blocks while they are read, each once, and keeps only what is counted of them.
type inspector struct {
	blocks  []graph.Block
	kinds   *kinds
	headers *headers
	facts   []profile.Contents // of each point
	seed    maphash.Seed
	hashes  []uint64 // of each block's bytes; 0: it is not compared
	written sizes    // how many bytes of each block are before its last one that is not 0

	// part is the block that is read in parts, seen how much of it.
	part  int
	seen  uint64
	hash  maphash.Hash
	sofar look
}

// look is what bytes look like.
type look struct {
	written  uint64 // how many are before the last one that is not 0
	first    byte
	constant bool // all are the first
	pieces   pieces
}

// pieces counts the bytes of a block that are in a piece of which one is not 0. The last piece may be
// shorter.
type pieces struct {
	filled uint64
	length uint64 // of the last piece, as far as it was seen; 0: it ended
	isNot0 bool   // a byte of it
}

// add goes on with bytes of the block.
func (p *pieces) add(b []byte) {
	for len(b) > 0 {
		n := min(piece-p.length, uint64(len(b)))
		if !p.isNot0 && !isZero(b[:n]) {
			p.isNot0 = true
			p.filled += p.length
		}
		if p.isNot0 {
			p.filled += n
		}
		if p.length += n; p.length == piece {
			p.length, p.isNot0 = 0, false
		}
		b = b[n:]
	}
}

// isZero reports whether all bytes are 0.
func isZero(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func newInspector(in *Input, k *kinds, h *headers) *inspector {
	n := &inspector{
		blocks: in.Blocks, kinds: k, headers: h, seed: maphash.MakeSeed(), facts: make([]profile.Contents, len(in.Types)),
		hashes: make([]uint64, len(in.Blocks)), written: newSizes(len(in.Blocks)), part: -1,
	}
	n.hash.SetSeed(n.seed)
	for i := range n.facts {
		n.facts[i].Point = i
	}
	return n
}

// visit looks at bytes of a block, from an offset in it on. The parts of a block come in order.
func (n *inspector) visit(block int, offset uint64, b []byte) {
	if len(b) == 0 {
		return
	}
	at := &n.blocks[block]
	n.headers.look(b[min(-(at.Addr+offset)&7, uint64(len(b))):], true)
	if offset == 0 {
		n.kinds.begins(block, b)
		if uint64(len(b)) == at.Size {
			hash := uint64(0)
			l := lookAt(b)
			l.pieces.add(b)
			if at.Size >= leastHashed && l.written > 0 {
				hash = maphash.Bytes(n.seed, b)
			}
			n.whole(block, l, hash)
			return
		}
		n.part, n.seen = block, 0
		n.hash.Reset()
	}
	if n.part != block || n.seen != offset {
		n.part = -1
		return
	}
	l := lookAt(b)
	if offset == 0 {
		n.sofar = l
	} else {
		n.sofar.constant = n.sofar.constant && l.constant && n.sofar.first == l.first
		if l.written > 0 {
			n.sofar.written = offset + l.written
		}
	}
	n.sofar.pieces.add(b)
	n.hash.Write(b)
	if n.seen += uint64(len(b)); n.seen == at.Size {
		n.whole(block, n.sofar, n.hash.Sum64())
		n.part = -1
	}
}

// lookAt returns what bytes look like, one or more.
func lookAt(b []byte) look {
	l := look{first: b[0], constant: bytes.Equal(b[1:], b[:len(b)-1])}
	end := len(b)
	for end >= 8 && binary.LittleEndian.Uint64(b[end-8:]) == 0 {
		end -= 8
	}
	for end > 0 && b[end-1] == 0 {
		end--
	}
	l.written = uint64(end)
	return l
}

// whole notes what all bytes of a block look like.
func (n *inspector) whole(block int, l look, hash uint64) {
	size := n.blocks[block].Size
	one := profile.Amount{Bytes: size, Blocks: 1}
	facts := &n.facts[n.kinds.point(block)]
	facts.Live.Add(one)
	facts.Written += l.pieces.filled
	n.written.set(block, l.written)
	if size >= leastConstant && l.constant {
		facts.Constant.Add(one)
		if l.written == 0 {
			facts.Zero.Add(one)
		}
	}
	if size >= leastHashed && l.written > 0 {
		n.hashes[block] = max(hash^size, 1)
	}
}

// contents returns the facts of all points, after the last block has been visited.
func (n *inspector) contents() (list []profile.Contents) {
	n.duplicates()
	n.headers.count(n)
	n.written, n.headers.claims = sizes{}, sizes{}
	for i := range n.facts {
		if n.facts[i].Live.Blocks > 0 {
			list = append(list, n.facts[i])
		}
	}
	return list
}

// duplicates notes which blocks have the same bytes as others. Of each kind one is no duplicate: one of
// the point that has most of them.
func (n *inspector) duplicates() {
	bits := 4
	for 1<<bits < 2*len(n.hashes) {
		bits++
	}
	table := make([]uint32, 1<<bits) // the first block of each kind, and 1; by their hashes
	var copies []uint64              // the first block of its kind, and its point, of each other block
	for i, hash := range n.hashes {
		if hash == 0 {
			continue
		}
		at := hash >> (64 - bits)
		for table[at] != 0 && n.hashes[table[at]-1] != hash {
			at = (at + 1) & (1<<bits - 1)
		}
		if table[at] == 0 {
			table[at] = uint32(i) + 1
		} else {
			copies = append(copies, uint64(table[at]-1)<<32|uint64(n.kinds.point(i)))
		}
	}
	n.hashes = nil
	slices.Sort(copies)
	var counts []pointCount
	for len(copies) > 0 {
		first := copies[0] >> 32
		end, _ := slices.BinarySearch(copies, (first+1)<<32)
		counts = countPoints(counts[:0], n.kinds.point(int(first)), copies[:end])
		n.copied(n.blocks[first].Size, counts)
		copies = copies[end:]
	}
}

// pointCount is how many blocks of a kind a point has.
type pointCount struct {
	point  uint32
	blocks uint64
}

// countPoints appends to counts how many blocks of a kind each point has: the first of them is of the point first,
// the others are copies, in ascending order.
func countPoints(counts []pointCount, first uint32, copies []uint64) []pointCount {
	counted := false
	for _, c := range copies {
		point := uint32(c)
		if len(counts) == 0 || counts[len(counts)-1].point != point {
			counts = append(counts, pointCount{point: point})
		}
		last := &counts[len(counts)-1]
		last.blocks++
		if point == first && !counted {
			last.blocks, counted = last.blocks+1, true
		}
	}
	if !counted {
		counts = append(counts, pointCount{first, 1})
	}
	return counts
}

// copied notes that points have blocks of one size with the same bytes.
func (n *inspector) copied(size uint64, counts []pointCount) {
	most := 0
	for i, c := range counts {
		if c.blocks > counts[most].blocks || c.blocks == counts[most].blocks && c.point < counts[most].point {
			most = i
		}
	}
	for i, c := range counts {
		facts := &n.facts[c.point]
		if old := facts.Copies; c.blocks*size > old.Blocks*old.Size || c.blocks*size == old.Blocks*old.Size && size > old.Size {
			facts.Copies = profile.SizeRun{Size: size, Blocks: c.blocks}
		}
		if i == most {
			c.blocks--
		}
		facts.Duplicates.Add(profile.Amount{Bytes: c.blocks * size, Blocks: c.blocks})
	}
}
