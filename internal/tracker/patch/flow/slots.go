package flow

import (
	"bytes"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// goesTo returns where in the file a call or jump leads: to an address, by a stub of the
// linker's, or to what a slot holds. It is 0 where that is another file, or not plain.
// If the loader looks the function up by its name, that is it.
func (a Analysis) GoesTo(to isa.Value) (entry uint64, name string) {
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

// slotOf returns the slot by which a call or jump goes, itself or by a stub of the
// linker's, which does nothing else; 0 for none.
func (a Analysis) SlotOf(to isa.Value) uint64 {
	if to.Kind == isa.Address && a.CodeAt(to.Number) != nil {
		ways := a.WaysOn(a.Body(to.Number, 0))
		if len(ways) != 1 {
			return 0
		}
		for n := 1; n <= isa.LastArgument; n++ {
			if ways[0].Arguments[n] != (isa.Value{Kind: isa.Argument, Number: uint64(n)}) {
				return 0
			}
		}
		to = ways[0].To
	}
	if to.Kind != isa.Variable {
		return 0
	}
	return to.Number
}
