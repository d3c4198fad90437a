package view

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"

	"heapprof/internal/profile"
	"heapprof/internal/report/types"
)

// ErrNoFrees is the error for a view of frees where the profile has none.
var ErrNoFrees = errors.New("where blocks were freed was not recorded")

// IsOfFrees reports whether the options ask for a view of where blocks were freed, whose
// metrics are Bytes and Blocks.
func (o *Options) IsOfFrees() bool { return o.By == ByDrop || o.WhoFrees }

// checkFrees is Check for the views of frees.
func (o *Options) checkFrees() error {
	switch {
	case !o.IsOfFrees():
		return nil
	case o.Question != AskPeak:
		return ErrAskOfFrees
	case o.WhoFrees && o.By == ByDrop:
		return ErrTwoOfFrees
	case o.WhoFrees && o.Tree:
		return ErrTreeOfFrees
	case o.WhoFrees && o.By == ByStack:
		return ErrFreesByStack
	case o.BottomUp:
		return ErrDropBottomUp
	}
	return nil
}

// FreedTotals are what was freed in all, what of that was freed while a value was dropped,
// and what never was.
type FreedTotals struct{ All, Dropped, Never Sums }

// newFreesReport makes a report of where blocks were freed.
func newFreesReport(s *Source, o Options) (*Report, error) {
	if s.Profile.Recording == nil || s.Profile.Recording.Frees == nil {
		return nil, ErrNoFrees
	}
	r := &Report{View: View{Options: o, Metrics: []Metric{Bytes, Blocks}, Metric: Bytes}, Source: s}
	if o.Metric != nil {
		r.Metric = *o.Metric
	}
	if !r.Has(r.Metric) {
		return nil, fmt.Errorf("%s is no metric of what was freed; there are %s", r.Metric, r.list(r.Metrics))
	}
	r.look(s)
	k := newKeys()
	side := newSide(s, k, o)
	side.ids = k.intern(s.Frames, exactKey(o))
	f := newFreesBuilder(newBuilder(&r.View, r, k, side), side)
	freed, err := f.totals()
	if err != nil {
		return nil, err
	}
	r.Freed, r.Total = freed, &Row{Kind: Whole, Sums: freed.All}
	if o.WhoFrees {
		r.Total.Sums.addSums(&freed.Never)
		r.Rows = f.bySite()
	} else {
		r.Rows = f.byDrop()
	}
	return r, nil
}

// freesBuilder makes the rows of a view of frees. The places at which blocks were freed have
// keys of their own, for the lines of these tell apart what sites by file, say, do not.
type freesBuilder struct {
	*builder
	*side
	frees   []profile.Freed
	stacks  []dropStack // the different stacks of frees
	stackOf []int       // of each of frees: which of the stacks it has
	places  *builder    // names the places
	types   *types.Table
	filter  *dropFilter    // what --focus and --ignore leave
	parts   map[*Row][]int // of each row: which of the frees it is made of
}

// newFreesBuilder looks at each stack of frees of a profile that has such once.
func newFreesBuilder(b *builder, s *side) *freesBuilder {
	places := newKeys()
	byLine := Options{By: ByDrop, AllFrames: b.view.Options.AllFrames}
	placeOf := places.intern(s.Frames, exactKey(byLine))
	frees := s.Profile.Recording.Frees
	f := &freesBuilder{
		builder: b,
		side:    s,
		frees:   frees.Stacks,
		places:  newBuilder(&View{Options: byLine}, nil, places),
		types:   s.Types,
		filter:  newDropFilter(s, b.view.Options),
		parts:   map[*Row][]int{},
	}
	var stacks [][]uint32
	stacks, f.stackOf, _ = frees.Distinct()
	f.stacks = make([]dropStack, len(stacks))
	for i, stack := range stacks {
		f.stacks[i] = s.dropsOf(f.types, stack, placeOf)
	}
	return f
}

// totals adds up what was freed, and what never was. It is an error if that is more than 64
// bits hold, for every row's sum is at most the whole.
func (f *freesBuilder) totals() (t FreedTotals, err error) {
	if _, err := Total(f.Profile); err != nil {
		return t, err
	}
	for i := range f.Profile.Points {
		if pt := &f.Profile.Points[i]; pt.EndBlocks > 0 {
			t.Never.addBlocks(pt.EndBytes, pt.EndBlocks)
		}
	}
	sum := [2]uint64{t.Never.Get(Bytes), t.Never.Get(Blocks)}
	for i := range f.frees {
		freed := &f.frees[i]
		for j, n := range [2]uint64{freed.Bytes, freed.Blocks} {
			var carry uint64
			if sum[j], carry = bits.Add64(sum[j], n, 0); carry != 0 {
				return t, errors.New("what was freed adds up to more than 64 bits hold; the file is damaged")
			}
		}
		t.All.addBlocks(freed.Bytes, freed.Blocks)
		if len(f.stackOfFree(i).drops) > 0 {
			t.Dropped.addBlocks(freed.Bytes, freed.Blocks)
		}
	}
	return t, nil
}

// addBlocks adds some blocks to the sums of a view of frees.
func (s *Sums) addBlocks(bytes, blocks uint64) {
	s.values[Bytes] += bytes
	s.values[Blocks] += blocks
	s.points++
}

// byDrop returns a row for each value that was dropped, or no value, and where; in a tree
// with what of it was freed while a value in it was dropped.
func (f *freesBuilder) byDrop() []*Row {
	rows := f.arrange(f.atPlaces(f.all(), f.types.Of), "place", f.ranking.small)
	if f.view.Options.Tree {
		for _, r := range rows {
			r.Children = f.within(f.parts[r], 1)
		}
	}
	return append(rows, f.filtered.rows()...)
}

// all returns which frees the filters leave, and adds the others to the rows of what is
// filtered.
func (f *freesBuilder) all() []int {
	left := make([]int, 0, len(f.frees))
	for i := range f.frees {
		freed := &f.frees[i]
		kind := f.filter.kind(f.Profile.Points[freed.Point].Stack.Frames(), freed.Frames, f.stackOfFree(i).drops)
		if kind != Entry {
			f.filtered.row(kind).Sums.addBlocks(freed.Bytes, freed.Blocks)
			continue
		}
		left = append(left, i)
	}
	return left
}

// atPlaces groups frees by what was dropped and where. Where no value was dropped, typeOf tells of which
// type the blocks of a point are.
func (f *freesBuilder) atPlaces(frees []int, typeOf func(point int) types.Type) []*Row {
	type key struct {
		drop  Drop
		place uint32
	}
	return groupFrees(f, frees, func(i int) key {
		d := f.stackOfFree(i)
		return key{d.outermost(typeOf(f.frees[i].Point)), d.place}
	}, func(k key) *Row {
		return &Row{Drop: &k.drop, Site: f.places.frame(k.place)}
	})
}

// ofSite leaves out of which type blocks are: the site's row says so.
func ofSite(int) types.Type { return types.Type{} }

// within groups frees while a value was dropped by the value in it that was dropped then, which is
// so deep in their drops. What no value in it freed is a row of the kind Self.
func (f *freesBuilder) within(frees []int, depth int) []*Row {
	type key struct {
		drop types.Type
		self bool
	}
	rows := groupFrees(f, frees, func(i int) key {
		if d := f.stackOfFree(i); depth < len(d.drops) {
			return key{drop: d.drops[depth]}
		}
		return key{self: true}
	}, func(k key) *Row {
		if k.self {
			return &Row{Kind: Self}
		}
		return &Row{Drop: &Drop{Type: k.drop}, Site: &Site{}}
	})
	if len(rows) == 1 && rows[0].Kind == Self {
		return nil
	}
	rows = f.arrange(rows, "type", f.ranking.negligible)
	for _, r := range rows {
		if r.Kind == Entry {
			r.Children = f.within(f.parts[r], depth+1)
		}
	}
	return rows
}

// stackOfFree returns the stack of one of the frees.
func (f *freesBuilder) stackOfFree(i int) *dropStack { return &f.stacks[f.stackOf[i]] }

// groupFrees adds up frees that have the same key; row returns a new row for a key.
func groupFrees[K comparable](f *freesBuilder, frees []int, key func(int) K, row func(K) *Row) []*Row {
	var rows []*Row
	byKey := map[K]*Row{}
	for _, i := range frees {
		k := key(i)
		r := byKey[k]
		if r == nil {
			r = row(k)
			byKey[k], rows = r, append(rows, r)
		}
		r.Sums.addBlocks(f.frees[i].Bytes, f.frees[i].Blocks)
		f.parts[r] = append(f.parts[r], i)
	}
	return rows
}

// bySite returns a row for each site that allocated blocks, or what else By says of them, and in
// it where these were freed. What never was freed is a row of the kind NeverFreed.
func (f *freesBuilder) bySite() []*Row {
	var rows []*Row
	byKey, never := map[rowKey]*Row{}, map[*Row]*Row{}
	row := func(point int) *Row {
		key := f.allocatedKey(point)
		if byKey[key] == nil {
			byKey[key] = &Row{key: key.frame, typ: key.typ}
			rows = append(rows, byKey[key])
		}
		return byKey[key]
	}
	for _, i := range f.all() {
		freed := &f.frees[i]
		r := row(freed.Point)
		r.Sums.addBlocks(freed.Bytes, freed.Blocks)
		f.parts[r] = append(f.parts[r], i)
	}
	for i := range f.Profile.Points {
		pt := &f.Profile.Points[i]
		if pt.EndBlocks == 0 {
			continue
		}
		if kind := f.filter.kind(pt.Stack.Frames(), nil, nil); kind != Entry {
			f.filtered.row(kind).Sums.addBlocks(pt.EndBytes, pt.EndBlocks)
			continue
		}
		r := row(i)
		r.Sums.addBlocks(pt.EndBytes, pt.EndBlocks)
		if never[r] == nil {
			never[r] = &Row{Kind: NeverFreed}
		}
		never[r].Sums.addBlocks(pt.EndBytes, pt.EndBlocks)
	}
	rows = f.arrange(rows, f.view.Options.By.String(), f.ranking.small)
	for _, r := range rows {
		if r.Kind != Entry {
			continue
		}
		places := f.atPlaces(f.parts[r], f.types.Of)
		if never[r] != nil {
			places = append(places, never[r])
		}
		r.Children = f.arrange(places, "place", f.ranking.small)
	}
	return append(rows, f.filtered.rows()...)
}

// allocatedKey returns the key of the row that a point is of where it was allocated.
func (f *freesBuilder) allocatedKey(point int) rowKey {
	if f.view.Options.By == ByType {
		return rowKey{frame: noKey, typ: f.side.types[point]}
	}
	stack := f.Profile.Points[point].Stack.Frames()
	site := f.side.site(stack)
	if site < 0 {
		return rowKey{frame: noKey}
	}
	return rowKey{frame: f.ids[stack[site]]}
}

// compareDrops orders rows of a view of frees that rank alike.
func compareDrops(x, y *Row) int {
	if x.Drop == nil || y.Drop == nil {
		return 0
	}
	return cmp.Compare(x.Drop.Full, y.Drop.Full)
}
