package flow

import (
	"bytes"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// Destination returns where in the file a call or jump leads: to an address, which may be
// of a linker's stub, or to the address that a slot holds. The entry is 0 where that is in
// another file, or not known. The name is that of the function, if the loader looks it up.
func (a Analysis) Destination(to isa.Value) (entry uint64, name string) {
	slot := a.SlotOf(to)
	if slot == 0 && to.Kind == isa.Address {
		return to.Number, ""
	}
	if slot == 0 {
		return 0, ""
	}
	r, ok := a.RelocationAt(slot)
	switch {
	case !ok:
		return a.WordAt(slot), ""
	case r.Kind == codefile.Relative && a.IsLasting(slot):
		return r.Addend, ""
	case r.Kind == codefile.OfSymbol:
		symbol, table := a.SymbolOf(r)
		if symbol == nil {
			break
		}
		if !symbol.IsUndefined() && !a.IsLibrary() {
			entry = symbol.Address()
		}
		unversioned, _, _ := bytes.Cut(table.NameOf(symbol), []byte("@"))
		return entry, string(unversioned)
	}
	return 0, ""
}

// SlotOf returns the slot that holds the address to which a call or jump goes, itself or by
// a linker's stub, which does nothing but jump on; 0 for none.
func (a Analysis) SlotOf(to isa.Value) uint64 {
	if to.Kind == isa.Address && a.CodeAt(to.Number) != nil {
		jumps := a.TailJumps(a.Body(to.Number, 0))
		if len(jumps) != 1 {
			return 0
		}
		for n := 1; n <= isa.LastArgument; n++ {
			if jumps[0].Arguments[n] != (isa.Value{Kind: isa.Argument, Number: uint64(n)}) {
				return 0
			}
		}
		to = jumps[0].To
	}
	if to.Kind != isa.Variable {
		return 0
	}
	return to.Number
}
