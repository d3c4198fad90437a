package patch

import (
	"bytes"
	"encoding/binary"
)

// goesTo returns where in the file a call or jump leads: to an address, by a stub of the
// linker's, or to what a slot holds. It is 0 where that is another file, or not plain.
// If the loader looks the function up by its name, that is it.
func (a analysis) goesTo(to value) (entry uint64, name string) {
	slot := a.slotOf(to)
	if slot == 0 && to.kind == address {
		return to.number, ""
	}
	if slot == 0 {
		return 0, ""
	}
	r, ok := a.relocationAt(slot)
	switch {
	case !ok:
		return a.wordAt(slot), ""
	case r.kind == relative && a.isLasting(slot):
		return r.addend, ""
	case r.kind == ofSymbol:
		symbol, table := a.symbolOf(r)
		if symbol == nil {
			break
		}
		if !isUndefined(symbol) && !a.isLibrary() {
			entry = binary.LittleEndian.Uint64(symbol[8:])
		}
		unversioned, _, _ := bytes.Cut(table.nameOf(symbol), []byte("@"))
		return entry, string(unversioned)
	}
	return 0, ""
}

// slotOf returns the slot by which a call or jump goes, itself or by a stub of the
// linker's, which does nothing else; 0 for none.
func (a analysis) slotOf(to value) uint64 {
	if to.kind == address && a.codeAt(to.number) != nil {
		ways := a.waysOn(a.body(to.number, 0))
		if len(ways) != 1 {
			return 0
		}
		for n := 1; n <= lastArgument; n++ {
			if ways[0].arguments[n] != (value{argument, uint64(n)}) {
				return 0
			}
		}
		to = ways[0].to
	}
	if to.kind != ofFile {
		return 0
	}
	return to.number
}
