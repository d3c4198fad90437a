package profile

// pieceBits tells how many entries a piece has: 2 to the power of it.
const pieceBits = 12

// Pieces is a list that grows without being moved, for readers of files: of millions of entries, a slice that is moved as it grows has
// most of them twice. The zero value is empty.
type Pieces[T any] struct {
	pieces [][]T
	n      int
}

// Len returns how many entries there are.
func (p *Pieces[T]) Len() int { return p.n }

// Add adds an entry at the end.
func (p *Pieces[T]) Add(entry T) {
	if p.n&(1<<pieceBits-1) == 0 {
		p.pieces = append(p.pieces, make([]T, 0, 1<<pieceBits))
	}
	last := &p.pieces[len(p.pieces)-1]
	*last = append(*last, entry)
	p.n++
}

// At returns the entry of an index below Len.
func (p *Pieces[T]) At(i uint32) *T { return &p.pieces[i>>pieceBits][i&(1<<pieceBits-1)] }

// Drain calls f with every entry, in order, and lets go of those that f has seen: afterwards the list is empty. It ends with
// the first error of f, which it returns.
func (p *Pieces[T]) Drain(f func(*T) error) error {
	all := p.pieces
	*p = Pieces[T]{}
	for i, piece := range all {
		all[i] = nil
		for j := range piece {
			if err := f(&piece[j]); err != nil {
				return err
			}
		}
	}
	return nil
}
