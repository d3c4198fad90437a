package roots

import (
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
)

// whole returns the addresses of a module up to the end of its last page: behind its variables the
// loader may put some of its own.
func (f *finder) whole(m *Module) Range { return Range{m.Start, pageEnd(m.End)} }

// addData adds the variables of all modules.
func (f *finder) addData() error {
	for i := range f.Modules {
		m := &f.Modules[i]
		if m.Allocator {
			f.claimed.add(f.whole(m))
			continue
		}
		for _, s := range f.images[i].segments {
			if !s.writable {
				continue
			}
			d := dataOf{finder: f, module: i, owner: -1}
			if m.Symbols != nil {
				d.variables = m.Symbols.Variables()
			}
			whole := Range{s.Start &^ (page - 1), pageEnd(s.End)}
			if err := f.unclaimed(whole, d.add); err != nil {
				return err
			}
			f.claimed.add(whole)
		}
	}
	return nil
}

// dataOf is the data of a module on its way to roots.
type dataOf struct {
	*finder
	module    int
	variables []symbol.Variable // those that come
	numbered  uint32            // owner of the first of variables, if begun
	begun     bool
	owner     int // of what lies in no variable; -1: none yet
}

// add adds a range of the data, which comes in ascending order.
func (d *dataOf) add(r Range) {
	bias := d.Modules[d.module].Bias
	for len(d.variables) > 0 {
		v := &d.variables[0]
		at := Range{bias + v.Address, bias + v.Address + v.Size}
		if at.Start >= r.End {
			break
		}
		if in := at.words().and(r); !v.Internal && !in.isEmpty() {
			d.rest(Range{r.Start, in.Start})
			d.of(v, at, in)
			r.Start = in.End
		}
		if at.End > r.End {
			break // it goes on in the next range
		}
		d.variables, d.begun = d.variables[1:], false
	}
	d.rest(r)
}

// of adds what of a variable is in a range.
func (d *dataOf) of(v *symbol.Variable, at, in Range) {
	if IsAllocators(v.Symbol) {
		return
	}
	if !d.begun {
		d.numbered, d.begun = d.own(Owner{Kind: profile.GlobalOwner, Module: d.module, Variable: v, Thread: -1, Mapped: -1, Range: at}), true
	}
	d.root(d.numbered, graph.Firm, in)
}

// rest adds what lies in no variable.
func (d *dataOf) rest(r Range) {
	if r.words().isEmpty() {
		return
	}
	if d.owner < 0 {
		m := &d.Modules[d.module]
		d.owner = int(d.own(Owner{Kind: profile.DataOwner, Module: d.module, Thread: -1, Mapped: -1, Range: d.whole(m)}))
	}
	d.root(uint32(d.owner), graph.Firm, r)
}
