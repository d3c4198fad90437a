package flow

import (
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// either returns what is known of what is one or the other.
func either(a, b isa.Value) isa.Value {
	if a.Kind == isa.Constant {
		a, b = b, a
	}
	switch {
	case a == b:
		return a
	case a.Kind != isa.Argument && a.Kind != isa.ArgumentOrConstant:
	case b.Kind == isa.Constant, b.Number == a.Number && (b.Kind == isa.Argument || b.Kind == isa.ArgumentOrConstant):
		return isa.Value{Kind: isa.ArgumentOrConstant, Number: a.Number}
	}
	return isa.Value{}
}

// registers is what the general registers hold, in the order of encoding.
type registers [32]isa.Value

// arguments is a set of numbers of arguments.
type ArgumentSet uint8

func (a ArgumentSet) Has(n uint8) bool { return a>>n&1 != 0 }

// get returns what a source has.
func (r *registers) get(s isa.Source) isa.Value {
	v := r[s.From]
	switch s.How {
	case isa.Literally:
		return s.Value
	case isa.Copied:
		switch {
		case s.Offset == 0 || v.Kind == isa.StackAddress:
			return v
		case v.Kind == isa.Address:
			return isa.Value{Kind: isa.Address, Number: v.Number + s.Offset}
		}
	case isa.Loaded, isa.LoadedIndexed:
		switch v.Kind {
		case isa.Address:
			if s.How == isa.Loaded {
				return isa.Value{Kind: isa.Variable, Number: v.Number + s.Offset}
			}
		case isa.Variable:
			if s.How == isa.Loaded && s.Offset < 1<<16 {
				return isa.InTable(v.Number, s.Offset)
			}
		case isa.Unknown, isa.Argument, isa.ArgumentOrConstant, isa.Memory:
			return isa.Value{Kind: isa.Memory}
		}
	}
	return isa.Value{}
}

// do changes the registers as an instruction does.
func (r *registers) do(i *isa.Instruction) {
	v := r.get(i.Result)
	if i.MayKeep {
		v = either(r[i.To], v)
	}
	for n := range i.Writes.All {
		r[n] = isa.Value{}
	}
	if i.Writes>>i.To&1 != 0 {
		r[i.To] = v
	}
}

// leaving is a call or jump that leaves a function, and what is known of the registers
// in which arguments are passed on.
type Leaving struct {
	To        isa.Value // where to: an address, or ofFile or ofTable, what a slot holds; unknown for others
	Arguments [isa.LastArgument + 1]isa.Value
}

// flow follows the registers along all ways that there are through a function. Where
// ways meet, only that is known which both say. What instructions do, and what they show
// of arguments, is known from the first on, so that a question may be answered early.
type Walk struct {
	*isa.Body
	machine isa.Machine
	most    isa.Effect // that instructions may have
	index   []*Place   // by offset: the instruction to which the byte belongs
	todo    []*Place
	Last    *Place      // of what was done last
	reads   ArgumentSet // those that the function reads
	Loops   bool        // something leads back
	ByTable bool        // it is left by a jump to what a table has
	Lost    bool        // there are ways that could not be followed, or not so far
}

// place is an instruction that something arrives at.
type Place struct {
	isa.Instruction
	at      int // offset
	before  registers
	waiting bool // in todo
}

// analysis follows the functions of a file.
type Analysis struct{ *codefile.File }

// follow begins to follow a function, as far as it has no more effect than most.
func (a Analysis) Follow(b *isa.Body, most isa.Effect) *Walk {
	f := &Walk{Body: b, machine: a.Machine, most: most}
	var r registers
	numbers, stack := a.Machine.Registers()
	for n := 1; n <= isa.LastArgument; n++ {
		r[numbers[n]] = isa.Value{Kind: isa.Argument, Number: uint64(n)}
	}
	r[stack] = isa.Value{Kind: isa.StackAddress}
	f.arrive(0, &r)
	return f
}

// next does an instruction, and is false when there is none left to do: then all is
// known. What follows upon a branch that is not taken comes before what it leads to.
func (f *Walk) Next() bool {
	if len(f.todo) == 0 {
		return false
	}
	p := f.todo[len(f.todo)-1]
	f.todo, f.Last = f.todo[:len(f.todo)-1], p
	p.waiting = false
	if p.Length == 0 && !f.decode(p) {
		f.Lost = true
		return true
	}
	if p.KnownEffect() > f.most {
		f.Lost, f.todo = true, nil
		return false
	}
	for n := range p.Reads.All {
		if v := p.before[n]; v.Kind == isa.Argument {
			f.reads |= 1 << v.Number
		}
	}
	after := p.before
	after.do(&p.Instruction)
	if p.Goes == isa.Jumps || p.Goes == isa.Branches {
		switch to := p.before.get(p.Where); {
		case f.isOwn(to):
			offset := int(to.Number - f.Entry)
			f.Loops = f.Loops || offset <= p.at
			f.arrive(offset, &after)
		case to.Kind == isa.TableEntry:
			f.ByTable = true
		case to.Kind != isa.Address && to.Kind != isa.Variable: // by a table, to where in the function does not show
			f.Lost = true
		}
	}
	behind := p.at + p.Length
	doesNotReturn := p.Goes == isa.Calls && behind == f.Size
	if p.Goes != isa.Jumps && p.Goes != isa.Ends && !doesNotReturn {
		f.arrive(behind, &after)
	}
	return true
}

// isOwn reports whether a value is an address in the function.
func (f *Walk) isOwn(v isa.Value) bool {
	return v.Kind == isa.Address && v.Number-f.Entry < uint64(f.Size)
}

// arrive notes that the registers may hold this where the function has come to.
func (f *Walk) arrive(at int, r *registers) {
	const (
		most    = 64 << 10 // bytes; no allocator's function comes near
		longest = 15       // of an instruction
	)
	if at >= min(f.Size, most) {
		f.Lost = true
		return
	}
	if more := at + longest - len(f.index); more > 0 {
		f.index = append(f.index, make([]*Place, more)...)
	}
	p := f.index[at]
	changed := p == nil
	switch {
	case changed:
		p = &Place{at: at, before: *r}
		f.index[at] = p
	case p.at != at: // within an instruction
		f.Lost = true
		return
	default:
		for n, was := range p.before {
			if v := either(was, r[n]); v != was {
				p.before[n], changed = v, true
			}
		}
	}
	if changed && !p.waiting {
		p.waiting = true
		f.todo = append(f.todo, p)
	}
}

// decode finds out what the instruction at a place is, none of whose bytes may belong to
// another.
func (f *Walk) decode(p *Place) bool {
	i, ok := f.machine.Decode(f.Code[p.at:f.Size], f.Entry+uint64(p.at))
	for at := p.at + 1; at < p.at+i.Length; at++ {
		ok = ok && f.index[at] == nil
		f.index[at] = p
	}
	if ok {
		p.Instruction = i
	}
	return ok
}

// effect returns what an instruction does, by what is known of the registers.
func (p *Place) KnownEffect() isa.Effect {
	if p.Does == isa.Stores && p.before.get(p.Store).Kind == isa.StackAddress {
		return isa.UsesStack
	}
	return p.Does
}

// leavings returns where the function is left, as far as it was followed, in the order
// of addresses.
func (f *Walk) Leavings() (all []Leaving) {
	numbers, _ := f.machine.Registers()
	for at, p := range f.index {
		if p == nil || p.at != at || p.Goes == isa.GoesOn || p.Goes == isa.Ends {
			continue
		}
		var l Leaving
		to := p.before.get(p.Where)
		switch {
		case p.Goes != isa.Calls && f.isOwn(to):
			continue
		case to.Kind == isa.Address || to.Kind == isa.Variable || to.Kind == isa.TableEntry:
			l.To = to
		}
		for n := 1; n <= isa.LastArgument; n++ {
			l.Arguments[n] = p.before[numbers[n]]
		}
		all = append(all, l)
	}
	return all
}

// end returns how far a function was followed, from its beginning on.
func (f *Walk) End() (end uint64) {
	for at, p := range f.index {
		if p != nil && p.at == at {
			end = uint64(at + p.Length)
		}
	}
	return end
}

// onlyCounts reports whether an instruction that writes to memory writes to a variable of the
// file's, and not the argument that is a block: it may count, but keeps none.
func (p *Place) OnlyCounts(block uint8) bool {
	for n := range p.Reads.All {
		if v := p.before[n]; v.Number == uint64(block) && (v.Kind == isa.Argument || v.Kind == isa.ArgumentOrConstant) {
			return false
		}
	}
	return p.before.get(p.Store).Kind == isa.Address
}
