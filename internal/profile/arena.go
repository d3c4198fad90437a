package profile

// Arena keeps many lists, such as the stacks of points, in few allocations. The zero value is ready.
type Arena[T any] struct{ chunk []T }

const leastChunk, mostChunk = 1 << 10, 64 << 10 // elements of one allocation

// Add returns a copy of list. It has no spare capacity that an append could write into.
func (a *Arena[T]) Add(list []T) []T {
	if len(a.chunk)+len(list) > cap(a.chunk) {
		a.chunk = make([]T, 0, max(leastChunk, min(2*cap(a.chunk), mostChunk), len(list)))
	}
	start := len(a.chunk)
	a.chunk = append(a.chunk, list...)
	return a.chunk[start:len(a.chunk):len(a.chunk)]
}
