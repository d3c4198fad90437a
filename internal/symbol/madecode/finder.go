package madecode

import (
	"cmp"
	"math"
	"slices"
)

// Seen is an address at which a program was executing, and until when what was made is older than that.
type Seen struct {
	PC    uint64
	Order uint64 // the most that Code.Order is of code that was there then; Always where that is not known
}

// Always is the Order of what was executing at no time that is known.
const Always = math.MaxUint64

// Found is what was found at an address.
type Found struct {
	Code
	// Others reports whether at the same address there was another function's code, too, later than what was executing there when
	// it was seen, or whenever where that is not known: what has been executing there may be that one's.
	Others bool
}

// Finder finds the code at some addresses among all that comes by, of which it keeps no more than those have.
type Finder struct {
	seen  []Seen // by address
	found []Found
}

// NewFinder returns a Finder for addresses, of which each is to be there once.
func NewFinder(seen []Seen) *Finder {
	seen = slices.Clone(seen)
	slices.SortFunc(seen, func(a, b Seen) int { return cmp.Compare(a.PC, b.PC) })
	return &Finder{seen, make([]Found, len(seen))}
}

// Add takes the next code that was made. What is at an address is the last that was there by then; where there
// was none, the first that came after.
func (f *Finder) Add(c Code) {
	i, _ := f.search(c.Start)
	for ; i < len(f.seen) && c.contains(f.seen[i].PC); i++ {
		known := &f.found[i]
		if known.Name == "" {
			known.Code = c
			continue
		}
		other := known.Name != c.Name && ParseName(known.Name) != ParseName(c.Name) // a function may be compiled anew
		if most := f.seen[i].Order; c.Order <= most {
			known.Code, known.Others = c, most == Always && (known.Others || other) // else what it replaces was gone by then
			continue
		}
		known.Others = known.Others || other
	}
}

// At returns the code at an address; ok is false where there is none, or it is none of those that the Finder is
// for.
func (f *Finder) At(pc uint64) (found Found, ok bool) {
	i, ok := f.search(pc)
	if !ok || f.found[i].Name == "" {
		return found, false
	}
	return f.found[i], true
}

// search returns where an address stands, or would, and whether it does.
func (f *Finder) search(pc uint64) (int, bool) {
	return slices.BinarySearchFunc(f.seen, pc, func(s Seen, pc uint64) int { return cmp.Compare(s.PC, pc) })
}
