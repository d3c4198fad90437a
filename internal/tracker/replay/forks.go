//go:build linux && (amd64 || arm64)

package replay

import (
	"time"
)

// forks keeps what the children of forks inherit, until they begin.
type forks struct {
	states   map[uint32]*State // by number of the fork
	expected map[uint32]bool   // numbers of children that have joined and not begun yet
	numbers  []uint32          // of states, the oldest first; some have been taken
	last     time.Time         // when one was added
}

// maxForks is how many states are kept for children that have not been heard of: those of
// forks that failed, and those of forks under way.
const maxForks = 256

func newForks() *forks {
	return &forks{states: make(map[uint32]*State), expected: make(map[uint32]bool)}
}

// add keeps s for the child of the fork with the given number.
func (f *forks) add(number uint32, s *State) {
	if f.states[number] == nil {
		f.numbers = append(f.numbers, number)
	}
	f.states[number] = s
	f.last = time.Now()
	if len(f.numbers) > 2*(maxForks+len(f.expected)) {
		f.prune()
	}
}

// prune removes the oldest states whose child has not been heard of.
func (f *forks) prune() {
	excess := len(f.states) - maxForks - len(f.expected)
	left := f.numbers[:0]
	for _, n := range f.numbers {
		switch {
		case f.states[n] == nil:
		case excess > 0 && !f.expected[n]:
			delete(f.states, n)
			excess--
		default:
			left = append(left, n)
		}
	}
	f.numbers = left
}

// expect notes that the child of a fork has joined, and will take what is kept for it.
func (f *forks) expect(number uint32) { f.expected[number] = true }

// take returns what the child of a fork begins with, and removes it; nil if that is not
// known.
func (f *forks) take(number uint32) *State {
	s := f.states[number]
	delete(f.states, number)
	delete(f.expected, number)
	return s
}

// expectChild reports whether a process has forked just now whose child has not joined yet.
// The child joins by itself, and the parent may end before it does.
func (f *forks) expectChild() bool {
	return len(f.states) > 0 && time.Since(f.last) < patience
}
