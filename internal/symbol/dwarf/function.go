package dwarf

import "heapprof/internal/symbol/span"

// functions are all functions of a unit that have code of their own, and where that is.
type functions struct {
	list  []function
	index span.Index // ID: index into list
}

// function is a function that has code of its own, as opposed to one that is inlined
// everywhere.
type function struct {
	off   uint64 // of its entry in the section
	entry uint64 // the address of its first range, which is that of its start

	// Calls inlined into it, callers before callees; read when first asked for.
	inlines     []inlined
	inlinesRead bool

	variables *variables // read when first asked for
}

// inlined is a call whose callee the compiler put in its place.
type inlined struct {
	off        uint64 // of its entry
	ranges     []addressRange
	parent     int // index of the call it is within, -1 for the function itself
	depth      int
	callFile   uint64
	callLine   uint64
	callColumn uint64
}

// functionAt returns the function around addr, nil if there is none. The answer
// does not hang on what was asked for before: the linker may have folded
// functions into one, of which one lies within another and the other does not.
func (u *unit) functionAt(addr uint64) *function {
	if u.functions == nil {
		u.functions = u.readFunctions(false)
	}
	fs := u.functions
	id, ok := fs.index.Find(addr)
	if !ok {
		if u.allFunctions == nil {
			u.allFunctions = u.readFunctions(true)
		}
		fs = u.allFunctions
		if id, ok = fs.index.Find(addr); !ok {
			return nil
		}
	}
	fn := &fs.list[id]
	if !fn.inlinesRead {
		fn.inlinesRead = true
		fn.inlines = u.readInlines(fn.off)
	}
	return fn
}

// readFunctions walks the unit. Functions may be within namespaces and, if
// seldom, within classes and functions: all says to look there too. Without,
// what GCC writes is skipped for the most part.
func (u *unit) readFunctions(all bool) *functions {
	fs := &functions{}
	var spans []span.Span
	var ranges []addressRange
	c := u.at(u.first)
	for depth := 0; c.more(); {
		off := uint64(c.off)
		a := u.entry(&c)
		if a == nil {
			if depth--; depth <= 0 {
				break
			}
			continue
		}
		switch {
		case a.tag == tagSubprogram && a.hasPC:
			p := u.readExtent(&c, a)
			if ranges = u.codeRanges(ranges[:0], p.pcs); len(ranges) > 0 {
				for _, r := range ranges {
					spans = append(spans, span.Span{Lo: r.lo, Hi: r.hi, ID: int32(len(fs.list))})
				}
				fs.list = append(fs.list, function{off: off, entry: ranges[0].lo})
			}
			if !all && a.hasSibling {
				u.skipTo(&c, p.sibling)
				continue
			}
		case depth > 0 && a.hasSibling && (!mayHoldFunctions(a.tag) || !all && a.tag != tagNamespace && a.tag != tagModule):
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		default:
			u.skipEntry(&c, a)
		}
		if a.hasChildren {
			depth++
		} else if depth == 0 {
			break
		}
	}
	fs.index = span.NewIndex(spans)
	return fs
}

// mayHoldFunctions reports whether functions may be within an entry.
func mayHoldFunctions(t tag) bool {
	switch t {
	case tagArrayType, tagEnumerationType, tagSubroutineType, tagFormalParameter, tagVariable, tagCallSite, tagGNUCallSite:
		return false
	}
	return true
}

// skipTo moves past an entry that was read and all within it.
func (u *unit) skipTo(c *cursor, sibling value) {
	if sibling.class != classRef || sibling.num < uint64(c.off) || sibling.num > uint64(len(c.data)) {
		c.fail()
		return
	}
	c.off = int(sibling.num)
}

// extent is what an entry covers: its code, and the entries nested in it.
type extent struct {
	pcs
	sibling value // refers to the entry after them
}

// readExtent reads the attributes of an entry that tell what it covers.
func (u *unit) readExtent(c *cursor, a *abbrev) extent {
	var e extent
	u.eachAttr(c, a, func(at attr, v value) {
		if at == attrSibling {
			e.sibling = v
			return
		}
		e.set(at, v)
	})
	return e
}

// set keeps v if at is one of the attributes that pcs holds.
func (p *pcs) set(at attr, v value) {
	switch at {
	case attrLowPC:
		p.low = v
	case attrHighPC:
		p.high = v
	case attrRanges:
		p.ranges = v
	}
}

// readInlines walks a function for the calls inlined into it.
func (u *unit) readInlines(off uint64) []inlined {
	c := u.at(off)
	a := u.entry(&c)
	if a == nil || !a.hasChildren {
		return nil
	}
	u.skipEntry(&c, a)

	var found []inlined
	parents := []int{-1} // by depth: the index in found of the call around the entries there
	for len(parents) > 0 && c.more() {
		off := uint64(c.off)
		a := u.entry(&c)
		if a == nil {
			parents = parents[:len(parents)-1]
			continue
		}
		parent := parents[len(parents)-1]
		switch {
		case a.tag == tagInlinedSubroutine && parent != elsewhere:
			in := inlined{off: off, parent: parent}
			if parent >= 0 {
				in.depth = found[parent].depth + 1
			}
			var p pcs
			u.eachAttr(&c, a, func(at attr, v value) {
				switch at {
				case attrCallFile:
					in.callFile = v.num
				case attrCallLine:
					in.callLine = v.num
				case attrCallColumn:
					in.callColumn = v.num
				default:
					p.set(at, v)
				}
			})
			in.ranges = u.codeRanges(nil, p)
			parent = len(found)
			found = append(found, in)
		case a.tag == tagSubprogram:
			u.skipEntry(&c, a)
			parent = elsewhere
		case a.hasSibling && !mayHoldFunctions(a.tag):
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		default:
			u.skipEntry(&c, a)
		}
		if a.hasChildren {
			parents = append(parents, parent)
		}
	}
	return found
}

// inlineAt returns the index of the innermost inlined call around addr, -1 if
// there is none. The callers of that call need not be around addr: compilers
// forget to say so where they moved a part of the code away.
func (fn *function) inlineAt(addr uint64) int {
	best := -1
	for i := range fn.inlines {
		in := &fn.inlines[i]
		if best >= 0 && in.depth <= fn.inlines[best].depth {
			continue
		}
		for _, r := range in.ranges {
			if r.lo <= addr && addr < r.hi {
				best = i
				break
			}
		}
	}
	return best
}
