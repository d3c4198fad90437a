package heaptrack

// pieceBits tells how many entries a piece of a table has: 2 to the power of it.
const pieceBits = 12

// table is a list that grows without being moved: a recording has millions of stacks, and a slice that is moved is there twice.
type table[T any] struct {
	pieces [][]T
	n      int
}

// add adds an entry at the end.
func (t *table[T]) add(entry T) {
	if t.n&(1<<pieceBits-1) == 0 {
		t.pieces = append(t.pieces, make([]T, 0, 1<<pieceBits))
	}
	last := &t.pieces[len(t.pieces)-1]
	*last = append(*last, entry)
	t.n++
}

// at returns the entry of an index below n.
func (t *table[T]) at(i uint32) *T { return &t.pieces[i>>pieceBits][i&(1<<pieceBits-1)] }
