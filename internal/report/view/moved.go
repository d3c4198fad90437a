package view

import (
	"slices"
	"strings"
	"unicode"
)

// moves are what two builds of one program make two rows of a diff of, though it is the same
// memory, as rows of one side count for rows of the other.
type moves struct {
	types map[rowKey]rowKey // rows whose type is called otherwise
	sites map[int]rowKey    // points whose site is a function that the other side has in no stack
}

// pairMoved finds what is one row of a diff though a compiler had it be two, after the rows are
// known: a type that is spelled otherwise, and a function that is compiled in one build and in no
// stack of the other, as one that ends by jumping to what it calls, or is inlined without debug
// information that tells. It reports whether there was any.
//
// Only what adds up to the same is paired, to the byte and the block of all that was ever
// allocated: then no new code is taken for old, as whatever it allocates is the difference.
func (b *builder) pairMoved(rows []*Row) bool {
	before, after := b.sides[0], b.sides[1]
	before.moved, after.moved = newMoves(), newMoves()
	var gone, fresh []*Row
	for _, r := range rows {
		switch {
		case r.key == noKey:
		case r.Sums.points == 0:
			gone = append(gone, r)
		case r.Before.points == 0:
			fresh = append(fresh, r)
		}
	}
	b.pairTypes(gone, fresh)
	b.pairSites(rows, gone, fresh)
	return len(before.moved.types)+len(before.moved.sites)+len(after.moved.types)+len(after.moved.sites) > 0
}

func newMoves() moves { return moves{types: map[rowKey]rowKey{}, sites: map[int]rowKey{}} }

// amount is what was allocated in all.
type amount struct{ bytes, blocks uint64 }

func (a *amount) add(s *Sums) {
	a.bytes += s.Get(TotalBytes)
	a.blocks += s.Get(TotalBlocks)
}

// pairTypes pairs the rows of one site whose types are different names for what is as much.
func (b *builder) pairTypes(gone, fresh []*Row) {
	type place struct {
		site uint32
		amount
	}
	at := func(r *Row, s *Sums) place { return place{r.key, amount{s.Get(TotalBytes), s.Get(TotalBlocks)}} }
	later := map[place][]*Row{}
	for _, r := range fresh {
		later[at(r, &r.Sums)] = append(later[at(r, &r.Sums)], r)
	}
	for _, r := range gone {
		others := later[at(r, &r.Before)]
		i := slices.IndexFunc(others, func(o *Row) bool { return b.keys.sameWords(r.typ, o.typ) })
		if i < 0 && len(others) == 1 {
			i = 0
		}
		if i < 0 {
			continue
		}
		o := others[i]
		later[at(r, &r.Before)] = slices.Delete(others, i, i+1)
		was, is := rowKey{frame: r.key, typ: r.typ}, rowKey{frame: o.key, typ: o.typ}
		to := is
		if !b.keys.sameWords(r.typ, o.typ) {
			// A linker may have made one function of two that do the same.
			to.typ = noType
			b.sides[1].moved.types[is] = to
		}
		b.sides[0].moved.types[was] = to
	}
}

// sameWords reports whether two types are one that two compilers spell, as with a default
// argument or without: one has all the words of the other.
func (k *keys) sameWords(a, b uint32) bool {
	x, y := typeWords(k.types[a].Name), typeWords(k.types[b].Name)
	if len(x) > len(y) {
		x, y = y, x
	}
	for _, word := range x {
		i := slices.Index(y, word)
		if i < 0 {
			return false
		}
		y = slices.Delete(y, i, i+1)
	}
	return len(x) > 0
}

func typeWords(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// pairSites lets what functions allocate that the other side has in no stack count for the nearest
// caller that it has, where as much is missing of that there.
func (b *builder) pairSites(rows, gone, fresh []*Row) {
	var moves [2]map[int]rowKey
	for i, alone := range [2][]*Row{gone, fresh} {
		moves[i] = b.movesToCallers(alone, b.sides[i], b.sides[1-i])
	}
	sums := map[rowKey]*[2]amount{} // of the rows that something may move to, with that
	for i, s := range b.sides {
		known := b.sides[1-i].known(rows)
		for point, to := range moves[i] {
			if !known[to] && known[untyped(to)] {
				to = untyped(to)
				moves[i][point] = to
			}
			if sums[to] == nil {
				sums[to] = &[2]amount{}
			}
			pt := &s.Profile.Points[point]
			sums[to][i].bytes += pt.TotalBytes
			sums[to][i].blocks += pt.TotalBlocks
		}
	}
	joined := map[rowKey]rowKey{}
	for _, r := range rows {
		key := rowKey{frame: r.key, typ: r.typ}
		sum := sums[key]
		if sum == nil && b.keys.isVague(r.typ) {
			sum = sums[untyped(key)]
			joined[key] = untyped(key)
		}
		if sum != nil {
			sum[0].add(&r.Before)
			sum[1].add(&r.Sums)
		}
	}
	// What moves to a row from both sides is of functions that took the place of others.
	var from [2]map[rowKey]bool
	for i := range moves {
		from[i] = map[rowKey]bool{}
		for _, to := range moves[i] {
			from[i][to] = true
		}
	}
	same := func(to rowKey) bool {
		return sums[to] != nil && sums[to][0] == sums[to][1] && !(from[0][to] && from[1][to])
	}
	for i, s := range b.sides {
		for point, to := range moves[i] {
			if same(to) {
				s.moved.sites[point] = to
			}
		}
		for from, to := range joined {
			if same(to) {
				s.moved.types[from] = to
			}
		}
	}
}

// untyped is the row of what has no type at the site of another.
func untyped(k rowKey) rowKey { return rowKey{frame: k.frame, typ: noType} }

// known returns which rows there are of a side, with that of what has no type for each whose type
// is vague.
func (s *side) known(rows []*Row) map[rowKey]bool {
	known := map[rowKey]bool{}
	for _, r := range rows {
		if r.sums(s).points == 0 {
			continue
		}
		key := rowKey{frame: r.key, typ: r.typ}
		known[key] = true
		if s.keys.isVague(r.typ) {
			known[untyped(key)] = true
		}
	}
	return known
}

// movesToCallers returns, for the points of rows that a side has alone and whose function is in no
// stack of the other side, which row they would be of if their site were the nearest function
// outward that the other side has, too.
func (b *builder) movesToCallers(alone []*Row, s, other *side) map[int]rowKey {
	moves := map[int]rowKey{}
	if len(alone) == 0 {
		return moves
	}
	others := other.inStacks()
	moving := map[rowKey]bool{}
	for _, r := range alone {
		if !others[r.key] {
			moving[rowKey{frame: r.key, typ: r.typ}] = true
		}
	}
	if len(moving) == 0 {
		return moves
	}
	var buffer []uint32
	for i := range s.Profile.Points {
		stack := s.Profile.Points[i].Stack.Into(&buffer)
		site := s.site(stack)
		if site < 0 || s.filter(i) != Entry {
			continue
		}
		key := b.rowKey(s, i, site)
		if !moving[key] {
			continue
		}
		caller := slices.IndexFunc(stack[site+1:], func(f uint32) bool { return others[s.ids[f]] && maySite(s.Frames.Frame(f)) })
		if caller >= 0 {
			key.frame = s.ids[stack[site+1+caller]]
			moves[i] = key
		}
	}
	return moves
}

// inStacks returns which keys frames of the side's stacks have.
func (s *side) inStacks() []bool {
	in := make([]bool, len(s.keys.frames))
	for i := range s.Profile.Points {
		for _, f := range s.Profile.Points[i].Stack.All() {
			in[s.ids[f]] = true
		}
	}
	return in
}

// counted returns the row that a point of a row counts for: in a diff that may be another.
func (m *moves) counted(point int, row rowKey) rowKey {
	if to, ok := m.sites[point]; ok {
		return to
	}
	if to, ok := m.types[row]; ok {
		return to
	}
	return row
}
