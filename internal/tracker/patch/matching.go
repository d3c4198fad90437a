package patch

import "encoding/binary"

// match calls visit with each symbol whose name f knows: with the symbol, or, of a
// function that the file imports, with nil.
func (p *planner) match(f *finder, visit func(k known, s *symbol)) {
	for i := range p.tables {
		t := &p.tables[i]
		for entries := t.entries; len(entries) >= symbolSize; entries = entries[symbolSize:] {
			if !f.mayKnow(t.names, binary.LittleEndian.Uint32(entries)) {
				continue
			}
			k, ok := f.find(t.nameOf(entries))
			if !ok {
				continue
			}
			if s, ok := p.symbol(t, entries); ok {
				visit(k, &s)
			} else if t.dynamic && isUndefined(entries) {
				visit(k, nil)
			}
		}
	}
}
