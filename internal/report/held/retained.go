package held

import (
	"cmp"
	"math"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Retained is what the owners of a snapshot retain, and what is lost.
type Retained struct {
	*Of
	Owners []Owner // those that retain most first
	Common []Block // as an owner's Top, of what several hold
	Leaks  []Leak  // of the most bytes first
}

// Owner is an owner with what it holds.
type Owner struct {
	*profile.Owner
	Most *Share  // what most of the bytes are that it retains; nil where it retains none
	Top  []Block // as its Top
}

// Share is how much of something is of one thing.
type Share struct {
	Thing
	profile.Amount
}

// Block is a block of an owner's Top.
type Block struct {
	profile.Held
	Thing
}

// Leak is what is lost of one site.
type Leak struct {
	Thing
	// Of Lost, Direct are blocks to which not even a lost one points, and Cyclic those to which only lost ones
	// point that they lead to themselves. The others hang on these.
	Lost, Direct, Cyclic profile.Amount
}

// Hanging returns the blocks that hang on other lost ones.
func (l *Leak) Hanging() profile.Amount {
	return profile.Amount{
		Bytes:  l.Lost.Bytes - min(l.Lost.Bytes, l.Direct.Bytes+l.Cyclic.Bytes),
		Blocks: l.Lost.Blocks - min(l.Lost.Blocks, l.Direct.Blocks+l.Cyclic.Blocks),
	}
}

// NewRetained returns what the owners of a snapshot retain.
func NewRetained(o *Of) *Retained {
	r := &Retained{Of: o, Common: o.blocks(o.Snapshot.SharedTop), Leaks: o.leaks()}
	most := o.mostOfOwners()
	for i := range o.Snapshot.Owners {
		owner := &o.Snapshot.Owners[i]
		r.Owners = append(r.Owners, Owner{Owner: owner, Most: most[i], Top: o.blocks(owner.Top)})
	}
	slices.SortStableFunc(r.Owners, func(a, b Owner) int { return cmp.Compare(b.Retained.Bytes, a.Retained.Bytes) })
	return r
}

// blocks returns the blocks of a Top.
func (o *Of) blocks(top []profile.Held) (blocks []Block) {
	for _, h := range top {
		blocks = append(blocks, Block{h, o.Thing(h.Point, h.Class)})
	}
	return blocks
}

// mostOfOwners returns of each owner what most of the bytes are that it retains.
func (o *Of) mostOfOwners() []*Share {
	type ofOwner struct {
		owner int
		thing string
	}
	sums := map[ofOwner]*Share{}
	most := make([]*Share, len(o.Snapshot.Owners))
	for _, g := range o.Groups {
		if g.Owner < 0 {
			continue
		}
		thing := o.Thing(g.Point, g.Class)
		key := ofOwner{g.Owner, thing.Key()}
		if sums[key] == nil {
			sums[key] = &Share{Thing: thing}
		}
		sums[key].Add(g.Live)
	}
	for key, sum := range sums {
		if m := most[key.owner]; m == nil || compareShares(sum, m) < 0 {
			most[key.owner] = sum
		}
	}
	return most
}

// compareShares puts that with more bytes first, and of equal ones always the same.
func compareShares(a, b *Share) int {
	return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Blocks, a.Blocks), compareThings(a.Thing, b.Thing))
}

func compareThings(a, b Thing) int {
	return cmp.Or(cmp.Compare(a.Site.Name, b.Site.Name), cmp.Compare(a.Site.File, b.Site.File), cmp.Compare(a.Site.Line, b.Site.Line), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Caller, b.Caller))
}

// leaks returns what is lost, by site.
func (o *Of) leaks() []Leak {
	index := map[view.Site]int{}
	var all []Leak
	for _, g := range o.Groups {
		if g.Owner != profile.UnreachedOwner {
			continue
		}
		thing := o.Thing(g.Point, g.Class)
		i, ok := index[*thing.Site]
		if !ok {
			i = len(all)
			index[*thing.Site], all = i, append(all, Leak{Thing: thing})
		}
		l := &all[i]
		if l.Type != thing.Type {
			l.Type = ""
		}
		l.Lost.Add(g.Live)
		l.Direct.Add(g.Direct)
		l.Cyclic.Add(g.Cyclic)
	}
	slices.SortFunc(all, func(a, b Leak) int {
		return cmp.Or(cmp.Compare(b.Lost.Bytes, a.Lost.Bytes), cmp.Compare(b.Lost.Blocks, a.Lost.Blocks), compareThings(a.Thing, b.Thing))
	})
	return all
}

// Shows reports whether one of the first n blocks of the owner's Top is what most of it is.
func (o *Owner) Shows(n int) bool {
	return slices.ContainsFunc(o.Top[:n], func(b Block) bool { return o.Most != nil && b.same(o.Most.Thing) })
}

// IsSmall reports whether an owner retains next to nothing of what lives.
func (r *Retained) IsSmall(o *Owner) bool {
	const nextToNothing = 200 // part
	return o.Retained.Bytes*nextToNothing < r.Live.Bytes
}

// Sharing returns the owners that have a part in what several hold: those that have most of it first, and of those that have
// about the same, variables first.
func (r *Retained) Sharing() []*Owner {
	const parts = 10 // that are told apart
	var all []*Owner
	for i := range r.Owners {
		if r.Owners[i].Shares.Blocks > 0 {
			all = append(all, &r.Owners[i])
		}
	}
	part := func(o *Owner) float64 {
		return math.Round(parts * float64(o.Shares.Bytes) / float64(max(r.Shared.Bytes, 1)))
	}
	rank := func(o *Owner) int {
		return slices.Index([]profile.OwnerKind{profile.LocalOwner, profile.ThreadLocalOwner, profile.GlobalOwner}, o.Kind)
	}
	slices.SortStableFunc(all, func(a, b *Owner) int {
		return cmp.Or(cmp.Compare(part(b), part(a)), cmp.Compare(rank(b), rank(a)))
	})
	return all
}
