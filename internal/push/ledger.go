package push

import (
	"encoding/binary"
	"hash/maphash"

	"heapprof/internal/profile"
)

// ledger is what a server has been told of the allocations of one process, by stack.
type ledger struct {
	seeds [2]maphash.Seed
	told  map[stackKey]amount
	addrs []byte
}

// stackKey is a stack: two hashes of its addresses, which stay what they are while frames get names.
type stackKey [2]uint64

// amount is what was allocated through a stack, since the recording began.
type amount struct{ bytes, blocks uint64 }

func newLedger() *ledger {
	return &ledger{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, told: map[stackKey]amount{}}
}

// key returns the key of a stack. Frames that were inlined share the address of what they were inlined into, and are there
// or not as debug information has been read: they are left out.
func (l *ledger) key(p *profile.Profile, stack []uint32) stackKey {
	l.addrs = l.addrs[:0]
	for _, i := range stack {
		switch f := &p.Frames[i]; {
		case f.Inlined:
		case f.Addr != 0:
			l.addrs = binary.LittleEndian.AppendUint64(l.addrs, f.Addr)
		default:
			l.addrs = append(append(l.addrs, f.Function...), 0)
		}
	}
	return stackKey{maphash.Bytes(l.seeds[0], l.addrs), maphash.Bytes(l.seeds[1], l.addrs)}
}

// since returns the points of a profile with what was allocated since what the server was told, and what it will have been
// told once it has that. What was told and is not there any more, as estimates may go down, is not taken back: it counts
// against what comes.
func (l *ledger) since(p *profile.Profile) (points []profile.Point, then map[stackKey]amount) {
	then = make(map[stackKey]amount, len(p.Points))
	left := make(map[stackKey]amount, len(p.Points)) // of what was told, to be subtracted yet
	points = make([]profile.Point, len(p.Points))
	for i := range p.Points {
		pt := p.Points[i]
		k := l.key(p, pt.Stack.Frames())
		rest, seen := left[k]
		if !seen {
			rest = l.told[k]
			then[k] = rest
		}
		bytes, blocks := min(rest.bytes, pt.TotalBytes), min(rest.blocks, pt.TotalBlocks)
		left[k] = amount{rest.bytes - bytes, rest.blocks - blocks}
		pt.TotalBytes -= bytes
		pt.TotalBlocks -= blocks
		sum := then[k]
		then[k] = amount{sum.bytes + pt.TotalBytes, sum.blocks + pt.TotalBlocks}
		points[i] = pt
	}
	for k, a := range l.told {
		if _, ok := then[k]; !ok {
			then[k] = a
		}
	}
	return points, then
}
