package dwarf

import "heapprof/internal/symbol/span"

// lineExtent is the lines of a function that has code of its own, in the source file in which it
// begins. Whose code each line is takes time to read: until that is needed, lines count that are
// of functions inlined into it.
type lineExtent struct {
	off         uint64 // of its entry in the section
	entry       uint64 // where its code begins
	first, last int    // line
	own         bool   // without what is inlined
}

// contains reports whether a line is between the first and the last.
func (e *lineExtent) contains(line int) bool { return e.first <= line && line <= e.last }

// Enclosing returns the function around a line of a source file, as a call of it with its name
// and its entry: of those in the unit around addr that have code of their own, the one whose
// own lines begin last before that line and do not end before it. It reports false where none
// is.
func (d *Data) Enclosing(addr uint64, file string, line int) (Call, bool) {
	id, ok := d.units.Find(addr)
	if !ok {
		return Call{}, false
	}
	lines := d.file.units[id]
	body := d.body(lines)
	var best *lineExtent
	extents := body.extentsIn(lines, file)
	for i := range extents {
		e := &extents[i]
		if e.contains(line) && !e.own {
			*e = body.lineExtent(lines, e.off, e.entry, true)
		}
		if e.contains(line) && (best == nil || e.first > best.first) {
			best = e
		}
	}
	if best == nil {
		return Call{}, false
	}
	call := Call{Entry: best.entry, Language: body.language}
	call.setName(body.nameOf(best.off))
	return call, true
}

// extentsIn returns the extents of the unit's functions that begin in a source file. The line
// table is that of lines, the unit or its skeleton.
func (u *unit) extentsIn(lines *unit, file string) []lineExtent {
	if found, ok := u.extents[file]; ok {
		return found
	}
	if u.functions == nil {
		u.functions = u.readFunctions(false)
	}
	table := lines.lineTable()
	var found []lineExtent
	for _, fn := range u.functions.list {
		if row, ok := table.at(fn.entry); ok && lines.fileName(uint64(row.file)) == file {
			found = append(found, u.lineExtent(lines, fn.off, fn.entry, false))
		}
	}
	if u.extents == nil {
		u.extents = make(map[string][]lineExtent)
	}
	u.extents[file] = found
	return found
}

// lineExtent returns the extent of the function whose entry is at off and whose code begins at
// start; own says that what is inlined does not count.
func (u *unit) lineExtent(lines *unit, off, start uint64, own bool) lineExtent {
	table := lines.lineTable()
	begin, _ := table.at(start)
	e := lineExtent{off: off, entry: start, first: int(begin.line), last: int(begin.line), own: own}
	c := u.at(off)
	a := u.entry(&c)
	if a == nil {
		return e
	}
	var inlined []span.Span
	if own {
		for _, in := range u.readInlines(off) {
			for _, r := range in.ranges {
				inlined = append(inlined, span.Span{Lo: r.lo, Hi: r.hi})
			}
		}
	}
	index := span.NewIndex(inlined)
	for _, r := range u.codeRanges(nil, u.readExtent(&c, a).pcs) {
		for _, row := range table.between(r) {
			if row.file != begin.file || row.line == 0 || e.contains(int(row.line)) {
				continue
			}
			if _, ok := index.Find(row.addr); !ok {
				e.first, e.last = min(e.first, int(row.line)), max(e.last, int(row.line))
			}
		}
	}
	return e
}

// OwnFile returns the source file of the call that is inlined the innermost at addr, as its own
// lines elsewhere or the calls inlined into it tell: an instruction of no line in particular
// seems to be in the file of what was before it. It is "" where nothing tells.
func (d *Data) OwnFile(addr uint64) string {
	id, ok := d.units.Find(addr)
	if !ok {
		return ""
	}
	u := d.file.units[id]
	fn := d.body(u).functionAt(addr)
	if fn == nil {
		return ""
	}
	at := fn.inlineAt(addr)
	if at < 0 {
		return ""
	}
	for _, in := range fn.inlines {
		if in.parent == at && in.callFile != 0 {
			return u.fileName(in.callFile)
		}
	}
	table := u.lineTable()
	for _, r := range fn.inlines[at].ranges {
		for _, row := range table.between(r) {
			if row.line != 0 && fn.inlineAt(row.addr) == at {
				return u.fileName(uint64(row.file))
			}
		}
	}
	return ""
}
