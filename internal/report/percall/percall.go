// Package percall divides what was allocated below a function by how often the function was called. It
// takes two profiles of one run: that of the heap, and that of the calls that were counted.
package percall

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/types"
	"heapprof/internal/report/view"
)

// Function tells the frames of a function from others: by its name and its module's path. A name may
// stand for several functions, such as the instances of a generic one.
type Function struct{ Name, Module string }

// FunctionOf returns the function of a frame.
func FunctionOf(f *profile.Frame) Function {
	if f.Module == nil {
		return Function{Name: f.Function}
	}
	return Function{f.Function, f.Module.Path}
}

// Amounts are what was allocated.
type Amounts struct {
	Blocks, Bytes         uint64
	TemporaryBlocks       uint64
	EndBlocks, EndBytes   uint64 // never freed
	PeakBlocks, PeakBytes uint64 // that lived when the program's heap was the largest
}

// Add adds what something else has. It reports whether the sums are right.
func (a *Amounts) Add(b *Amounts) bool {
	ok := true
	for _, s := range []struct {
		sum *uint64
		n   uint64
	}{
		{&a.Blocks, b.Blocks}, {&a.Bytes, b.Bytes}, {&a.TemporaryBlocks, b.TemporaryBlocks}, {&a.EndBlocks, b.EndBlocks},
		{&a.EndBytes, b.EndBytes}, {&a.PeakBlocks, b.PeakBlocks}, {&a.PeakBytes, b.PeakBytes},
	} {
		sum, carry := bits.Add64(*s.sum, s.n, 0)
		*s.sum, ok = sum, ok && carry == 0
	}
	return ok
}

// ofPoint returns what a point has.
func ofPoint(p *profile.Point) *Amounts {
	return &Amounts{p.TotalBlocks, p.TotalBytes, p.Rest().TemporaryBlocks, p.EndBlocks, p.EndBytes, p.PeakBlocks, p.PeakBytes}
}

// Result is what was allocated below a function, and by how many calls.
type Result struct {
	// Calls are those that came from outside. What a function allocates that calls itself is allocated
	// below each of its calls that are under way, and belongs to the outermost.
	Calls     uint64
	Recursive uint64 // the other calls: below one of the same function
	Amounts   Amounts
	Sites     []Site // with the most blocks first

	// What is not in Amounts, and might belong there:
	Inlined Amounts // below places where the compiler has made the function a part of its caller, which nobody has counted
	Cut     Amounts // of stacks whose outer part is not known, which may have the function

	TooLarge bool // some sum does not fit into 64 bits
}

// Site is a site below a function, and what was allocated of it.
type Site struct {
	Site    *view.Site
	Caller  string // as view.Row has it
	Type    types.Type
	Amounts Amounts
}

// membership is what a stack has to do with a function.
type membership uint8

const (
	outside membership = iota
	below              // the function is in it
	inlined            // only where it is inlined
	cut                // not in what is known of it
)

// divider knows which frames of a profile are a function's.
type divider struct {
	isFunction []bool // by frame
	isInlined  []bool
	isCut      []bool // the markers of stacks that are not whole
}

func newDivider(p *profile.Profile, functions []Function) *divider {
	d := &divider{make([]bool, len(p.Frames)), make([]bool, len(p.Frames)), make([]bool, len(p.Frames))}
	for i := range p.Frames {
		f := &p.Frames[i]
		is := slices.Contains(functions, FunctionOf(f))
		d.isFunction[i], d.isInlined[i], d.isCut[i] = is && !f.Inlined, is && f.Inlined, i > 0 && f.IsMarker()
	}
	return d
}

func (d *divider) member(stack []uint32) membership {
	m := outside
	for i, f := range stack {
		switch {
		case d.isFunction[f]:
			return below
		case d.isInlined[f]:
			m = inlined
		case d.isCut[f] && i == len(stack)-1 && m == outside:
			m = cut
		}
	}
	return m
}

// New divides what a heap's profile has below some functions by their calls, which are in a profile of those
// that were counted.
func New(heap *view.Source, calls *profile.Profile, functions []Function) (*Result, error) {
	r := new(Result)
	r.count(calls, functions)
	d := newDivider(heap.Profile, functions)
	part := *heap.Profile
	part.Points = nil
	for i := range heap.Profile.Points {
		pt := &heap.Profile.Points[i]
		sums := map[membership]*Amounts{below: &r.Amounts, inlined: &r.Inlined, cut: &r.Cut}
		m := d.member(pt.Stack.Frames())
		if sum := sums[m]; sum != nil && !sum.Add(ofPoint(pt)) {
			r.TooLarge = true
		}
		if m == below {
			part.Points = append(part.Points, *pt)
		}
	}
	if len(part.Points) == 0 || r.TooLarge {
		return r, nil
	}
	source := *heap
	source.Profile, source.Types = &part, types.New(&part, heap.Frames) // they are by point
	blocks := view.TotalBlocks
	report, err := view.NewReport(&source, view.Options{Metric: &blocks})
	if err != nil {
		return nil, err
	}
	for _, row := range report.Rows {
		if row.Kind != view.Entry {
			continue
		}
		s := Site{Site: row.Site, Caller: row.Caller, Type: row.Type, Amounts: amountsOf(&row.Sums)}
		if len(row.Lines) > 0 {
			s.Site = row.Lines[0].Site
		}
		r.Sites = append(r.Sites, s)
	}
	return r, nil
}

// count counts the calls, and tells those from outside from the others.
func (r *Result) count(calls *profile.Profile, functions []Function) {
	d := newDivider(calls, functions)
	for i := range calls.Points {
		pt := &calls.Points[i]
		switch {
		case !d.isFunction[pt.Stack.At(0)]:
		case d.member(pt.Stack.Frames()[1:]) == below:
			r.Recursive += pt.TotalBlocks
		default:
			r.Calls += pt.TotalBlocks
		}
	}
}

// amountsOf returns what a row of a report has.
func amountsOf(s *view.Sums) Amounts {
	return Amounts{
		Blocks: s.Get(view.TotalBlocks), Bytes: s.Get(view.TotalBytes), TemporaryBlocks: s.Get(view.TemporaryBlocks),
		EndBlocks: s.Get(view.EndBlocks), EndBytes: s.Get(view.EndBytes), PeakBlocks: s.Get(view.PeakBlocks), PeakBytes: s.Get(view.PeakBytes),
	}
}

// Add adds the result of another process. Peaks that it adds need not have been at the same moment.
func (r *Result) Add(other *Result) {
	r.Calls += other.Calls
	r.Recursive += other.Recursive
	fits := r.Amounts.Add(&other.Amounts) && r.Inlined.Add(&other.Inlined) && r.Cut.Add(&other.Cut)
	r.TooLarge = r.TooLarge || other.TooLarge || !fits
	for _, s := range other.Sites {
		i := slices.IndexFunc(r.Sites, func(o Site) bool { return o.isSame(&s) })
		if i < 0 {
			r.Sites = append(r.Sites, s)
		} else {
			r.Sites[i].Amounts.Add(&s.Amounts)
		}
	}
	slices.SortStableFunc(r.Sites, func(a, b Site) int { return cmp.Compare(b.Amounts.Blocks, a.Amounts.Blocks) })
}

// isSame reports whether both are one place in the source, in different processes.
func (s *Site) isSame(o *Site) bool {
	a, b := s.Site, o.Site
	return a.Name == b.Name && a.File == b.File && a.Line == b.Line && a.Place == b.Place && s.Type.Name == o.Type.Name && s.Caller == o.Caller
}

// Each returns how many of n there are a call; NaN without a call.
func (r *Result) Each(n uint64) float64 {
	if r.Calls == 0 {
		return math.NaN()
	}
	return float64(n) / float64(r.Calls)
}
