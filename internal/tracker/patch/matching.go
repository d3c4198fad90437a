package patch

import (
	"encoding/binary"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
)

// match calls visit with each symbol whose name f knows: with the symbol, or, of a
// function that the file imports, with nil.
func (p *planner) match(f *allocator.Finder, visit func(k allocator.Known, s *codefile.Symbol)) {
	for i := range p.Tables {
		t := &p.Tables[i]
		for entries := t.Entries; len(entries) >= codefile.SymbolSize; entries = entries[codefile.SymbolSize:] {
			if !f.MayKnow(t.Names, binary.LittleEndian.Uint32(entries)) {
				continue
			}
			k, ok := f.Find(t.NameOf(entries))
			if !ok {
				continue
			}
			if s, ok := p.Symbol(t, entries); ok {
				visit(k, &s)
			} else if t.Dynamic && codefile.IsUndefined(entries) {
				visit(k, nil)
			}
		}
	}
}
