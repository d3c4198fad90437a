package patch

// leftToImported returns why a function is left alone that plainly gets its blocks from
// what the preloaded library takes the place of, and to hook which would cost twice: an
// operator new of a C++ library that is linked in, or Rust's own allocator that
// link-time optimisation made a part of __rust_alloc. It is empty where the code does
// not show it.
func (p *planner) leftToImported(t *target) string {
	if t.family == UsersFamily || t.family == mappingFamily || !p.imports[mallocFamily] {
		return ""
	}
	if first, ok := p.callsFirst(t.body); ok {
		name := p.imported(first.to)
		if call, ok := wrapped[name]; ok && isPassedOnAs(t.call, call, &first) {
			return "does nothing before it calls " + name + ", which is recorded"
		}
	}
	if t.family != rustFamily || t.size == 0 {
		return ""
	}
	leavings, keepsNothing := p.leaves(t.body, usesStack)
	if !keepsNothing {
		return ""
	}
	recorded := false
	for _, l := range leavings {
		name := p.imported(l.to)
		_, isWrapped := wrapped[name]
		if !isWrapped && name != "memcpy" && name != "memmove" && name != "memset" {
			return ""
		}
		recorded = recorded || isWrapped
	}
	if recorded {
		return "keeps no blocks and calls only what is recorded"
	}
	return ""
}
