package types

import "heapprof/internal/report/names"

// internName returns the index in known of a type that is shown by the name that it has, with the
// size of an element of it in bytes, 0 where that is not known.
func (t *Table) internName(name string, size uint64) int32 {
	if i, ok := t.byName[name]; ok {
		return i
	}
	text := names.ElideCPP(name, nameWidth)
	if other, ok := t.elided[text]; ok && other != name {
		text = name // what is left out tells the two apart
	} else {
		t.elided[text] = name
	}
	return t.intern(&candidate{is: names.Type{Shape: names.Verbatim, Text: text}, full: name, size: size})
}
