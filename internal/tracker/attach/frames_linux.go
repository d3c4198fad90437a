//go:build linux && (amd64 || arm64)

package attach

import (
	"encoding/binary"
	"os"
	"slices"

	"heapprof/internal/procfs"
)

// spans are addresses, in ascending order, that do not overlap.
type spans []span

// span is addresses from start up to end.
type span struct{ start, end uint64 }

func (s span) has(address uint64) bool { return s.start <= address && address < s.end }

// newSpans returns spans in their order.
func newSpans(all []span) spans {
	slices.SortFunc(all, func(a, b span) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return 0
	})
	return all
}

// has reports whether an address is in one of them.
func (s spans) has(address uint64) bool {
	if len(s) == 0 || address < s[0].start {
		return false
	}
	i, found := slices.BinarySearchFunc(s, address, func(one span, address uint64) int {
		switch {
		case one.end <= address:
			return -1
		case one.start > address:
			return 1
		}
		return 0
	})
	return found && s[i].has(address)
}

// interrupted is a place at which a signal has interrupted a thread that has not returned from the handler yet.
type interrupted struct {
	pc   uint64
	pcAt uint64 // where the thread will find it when it returns
}

// lookedThrough is how much of a stack is looked through for what signals have interrupted, in bytes: a handler's own frames are on it
// below that.
const lookedThrough = 1 << 20

// interruptions returns what signals have interrupted of a thread with a stack pointer, from the innermost on. maps is all that
// the process has mapped, in ascending order, and returns are the addresses to which handlers of signals return.
func interruptions(memory *os.File, maps []procfs.Mapping, sp uint64, returns []uint64) (all []interrupted) {
	var seen spans
	next := []uint64{sp}
	const mostStacks = 4 // one may interrupt another on a stack of its own
	for n := 0; len(next) > 0 && n < mostStacks; n++ {
		sp, next = next[0], next[1:]
		if sp == 0 || sp%8 != 0 || seen.has(sp) {
			continue
		}
		m, found := slices.BinarySearchFunc(maps, sp, func(m procfs.Mapping, sp uint64) int {
			switch {
			case m.End <= sp:
				return -1
			case m.Start > sp:
				return 1
			}
			return 0
		})
		if !found {
			continue
		}
		stack := readUpTo(memory, sp, int(min(lookedThrough, maps[m].End-sp)))
		seen = newSpans(append(seen, span{sp, sp + uint64(len(stack))}))
		for at := 0; at+8 <= len(stack); at += 8 {
			if !slices.Contains(returns, binary.LittleEndian.Uint64(stack[at:])) {
				continue
			}
			if pcAt, theirs, ok := signalFrame(stack[at:]); ok {
				pc := binary.LittleEndian.Uint64(stack[at+pcAt:])
				all = append(all, interrupted{pc, sp + uint64(at+pcAt)})
				next = append(next, theirs)
			}
		}
	}
	return all
}

// readUpTo reads so many bytes, or as many as there are.
func readUpTo(memory *os.File, at uint64, bytes int) []byte {
	b := make([]byte, bytes)
	n, _ := memory.ReadAt(b, int64(at))
	return b[:n]
}
