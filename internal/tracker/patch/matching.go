package patch

import (
	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
)

// match calls visit with each symbol whose name f knows: with the symbol, or, of a
// function that the file imports, with nil.
func (p *planner) match(f *allocator.Finder, visit func(k allocator.Known, s *codefile.Symbol)) {
	for i := range p.Tables {
		t := &p.Tables[i]
		for entries := t.Entries; len(entries) >= object.SymbolSize; entries = entries[object.SymbolSize:] {
			entry := object.Symbol(entries)
			if !f.MayKnow(t.Names, entry.NameAt()) {
				continue
			}
			k, ok := f.Find(t.NameOf(entry))
			if !ok {
				continue
			}
			if s, ok := p.Symbol(t, entry); ok {
				visit(k, &s)
			} else if t.Dynamic && entry.IsUndefined() {
				visit(k, nil)
			}
		}
	}
}
