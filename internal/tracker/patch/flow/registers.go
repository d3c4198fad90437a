package flow

import "heapprof/internal/tracker/patch/isa"

// registers is what the general registers hold, in the order of encoding.
type registers [32]isa.Value

// ArgumentSet is a set of numbers of arguments.
type ArgumentSet uint8

// Has reports whether an argument is in the set.
func (a ArgumentSet) Has(n uint8) bool { return a>>n&1 != 0 }

// get returns the value that an instruction takes from a source.
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

// either returns what is known of a register that holds the one value or the other.
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
