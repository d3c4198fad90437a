//go:build linux && (amd64 || arm64)

package replay

import "heapprof/internal/tracker/wire"

// writeBeginning writes to the stream, if there is one, that an image was taken up.
func (r *Reader) writeBeginning(i *Image) {
	if s := r.options.Stream; s != nil {
		s.Write(wire.Beginning{Process: uint32(i.Index), Parent: uint32(i.Parent + 1), Fork: i.forkedAs, Start: i.Start})
	}
}

// writeSpan writes to the stream what the thread has published from the word at from on. If
// the program has moved the head back, nothing is known to be new.
func (r *Reader) writeSpan(g *ring, from uint64) {
	if s := r.options.Stream; s != nil && g.head-from <= wire.RingWords {
		s.Write(g.words.Span(uint32(g.image.Index), g.number, from, g.head))
	}
}

// writeRound writes to the stream, if there is one, that all rings have been looked at, and
// up to which moment their events are replayed.
func (r *Reader) writeRound(limit uint64) {
	if s := r.options.Stream; s != nil {
		s.Write(wire.Round{Limit: limit})
	}
}

// writeEnd writes to the stream, if there is one, that an image has ended.
func (r *Reader) writeEnd(i *Image) {
	if s := r.options.Stream; s != nil {
		s.Write(wire.End{Process: uint32(i.Index), Stamp: i.End})
	}
}
