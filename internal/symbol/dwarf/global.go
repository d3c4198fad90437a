package dwarf

import "strings"

// Global is a variable that lives as long as the program, or its thread.
type Global struct {
	Declaration
	Linkage string // the linker's name; empty where none is given
	Around  string // the namespaces, modules and classes around it, each followed by ::
	In      string // the function that it is in, as Call.Name; empty where it is in none
	Mangled bool   // In is in C++'s or Rust's encoding
}

// GlobalKey is where a variable is: at an address, the file's own; or if it is InThread, at an offset in the
// file's block of thread-local storage.
type GlobalKey struct {
	Address  uint64
	InThread bool
}

// Wanted is a variable that is looked for.
type Wanted struct {
	GlobalKey
	Symbol string // the linker's name
}

// globals are the variables with places of their own, as far as the units were walked for them.
type globals struct {
	found map[GlobalKey][]entryAt
	left  [2][]*unit // that were not walked yet: not at all, and within functions
	done  uint64     // bytes of units that were
}

// entryAt is an entry of a unit.
type entryAt struct {
	unit *unit
	off  uint64
}

// Globals returns what is known of variables that debug information has. It walks units
// until it has found all, but no further than through limit bytes in all calls; it returns
// how many it has left out. Within functions, which are the most of it, it looks only if
// inFunctions is set.
func (d *Data) Globals(list []Wanted, inFunctions bool, limit uint64) (found map[GlobalKey]Global, left uint64) {
	if d == nil {
		return nil, 0
	}
	found = make(map[GlobalKey]Global)
	missing := make(map[GlobalKey]string)
	take := func(key GlobalKey, at entryAt) {
		symbol, ok := missing[key]
		if !ok {
			return
		}
		if g := at.unit.global(at.off); !key.isNowhere() || g.isOf(symbol) {
			delete(missing, key)
			found[key] = g
		}
	}
	for _, w := range list {
		missing[w.GlobalKey] = w.Symbol
		for _, at := range d.globals.found[w.GlobalKey] {
			take(w.GlobalKey, at)
		}
	}
	left = d.walkGlobals(inFunctions, limit, func() bool { return len(missing) > 0 }, take)
	return found, left
}

// isNowhere reports whether a variable that the linker has thrown away may seem to be there.
func (k GlobalKey) isNowhere() bool { return k == GlobalKey{InThread: true} }

// isOf reports whether what is known of a variable is of the one with a linker's name.
func (g *Global) isOf(symbol string) bool {
	if g.Linkage == "" {
		return strings.Contains(symbol, g.Name)
	}
	return g.Linkage == symbol
}

// AllGlobals returns the variables that debug information has, as far as it is walked with the same limit
// as by Globals.
func (d *Data) AllGlobals(limit uint64) map[GlobalKey]Global {
	if d == nil {
		return nil
	}
	d.walkGlobals(true, limit, func() bool { return true }, func(GlobalKey, entryAt) {})
	all := make(map[GlobalKey]Global, len(d.globals.found))
	for key, at := range d.globals.found {
		all[key] = at[0].unit.global(at[0].off)
	}
	return all
}

// walkGlobals walks units that were not walked yet, while there is more to find, and no more than limit bytes in all calls;
// within functions too, if inFunctions is set. It yields the variables, and returns how many bytes it has left out.
func (d *Data) walkGlobals(inFunctions bool, limit uint64, more func() bool, yield func(GlobalKey, entryAt)) (left uint64) {
	g := &d.globals
	if g.found == nil {
		g.found = make(map[GlobalKey][]entryAt)
		g.left[0] = d.file.units
	}
	for pass := range g.left {
		for len(g.left[pass]) > 0 && (pass == 0 || inFunctions) && more() {
			u := g.left[pass][0]
			if g.done >= limit {
				break
			}
			g.left[pass] = g.left[pass][1:]
			d.walkUnit(u, pass == 1, yield)
		}
	}
	if g.done < limit || !more() {
		return 0
	}
	for _, units := range g.left {
		for _, u := range units {
			left += u.end - u.off
		}
	}
	return left
}

// walkUnit finds the variables of a unit, and yields them; within functions too if all is set.
func (d *Data) walkUnit(u *unit, all bool, yield func(GlobalKey, entryAt)) {
	if u.tag == tagPartialUnit { // what several units share has no address
		return
	}
	g := &d.globals
	body := d.body(u)
	g.done += body.end - body.off
	complete := body.eachPlaced(all, func(key GlobalKey, off uint64) {
		if at := (entryAt{body, off}); len(g.found[key]) == 0 || key.isNowhere() {
			g.found[key] = append(g.found[key], at)
			yield(key, at)
		}
	})
	if !complete {
		g.left[1] = append(g.left[1], u)
	}
}

// eachPlaced yields the variables of a unit that have a place of their own. Unless all is set it leaves out what is
// within functions where the compiler has made it easy to skip them, and reports whether that was nothing.
func (u *unit) eachPlaced(all bool, yield func(key GlobalKey, off uint64)) (complete bool) {
	complete = true
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
		skips := depth > 0 && a.hasSibling && a.hasChildren && (!mayHoldFunctions(a.tag) || isClass(a.tag) || !all && a.tag == tagSubprogram)
		switch {
		case a.tag == tagVariable && a.hasLocation:
			var location value
			u.eachAttr(&c, a, func(at attr, v value) {
				if at == attrLocation {
					location = v
				}
			})
			if location.class == classOther {
				if key, ok := u.placeOf(location.expression()).key(); ok {
					yield(key, off)
				}
			}
		case skips:
			complete = complete && (all || a.tag != tagSubprogram)
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
	return complete
}

// key returns where a variable is in a place that is no frame's, and reports whether the place is such.
func (p Place) key() (GlobalKey, bool) {
	switch {
	case p.Kind == AtAddress && p.Address != 0:
		return GlobalKey{Address: p.Address}, true
	case p.Kind == InThread:
		return GlobalKey{Address: p.Address, InThread: true}, true
	}
	return GlobalKey{}, false
}

// global returns what the entry of a variable at off, and those that it refers to, say of it.
func (u *unit) global(off uint64) Global {
	g := Global{Declaration: u.declaration(off)}
	for at, i := u, 0; at != nil && i < maxOrigins; i++ {
		e, ok := at.readName(off)
		if !ok {
			break
		}
		if g.Linkage == "" {
			g.Linkage = string(e.linkage)
		}
		if len(e.source) > 0 {
			g.Around = at.scope(off, namingOf(u.language).separator())
			for s := range at.around(off) {
				if s.tag == tagSubprogram {
					in := at.nameOf(s.off)
					g.In, g.Mangled = in.text, in.mangled
					break
				}
			}
			break
		}
		at, off = at.follow(e.origin)
	}
	return g
}
