package dwarf

// lineExtent is the lines of a function that has code of its own.
type lineExtent struct {
	off         uint64 // of its entry in the section
	entry       uint64 // where its code begins
	first, last int    // line, of the code that is its own and not inlined into it
}

// Enclosing returns the function around a line of a source file, as a call of it with its name
// and its entry: of those in the unit around addr that have code of their own, the one whose
// own lines begin last before that line and do not end before it. It reports false where none
// is.
func (d *Data) Enclosing(addr uint64, file string, line int) (Call, bool) {
	id, ok := d.units.Find(addr)
	if !ok {
		return Call{}, false
	}
	body := d.body(d.file.units[id])
	var best *lineExtent
	extents := body.extentsIn(d.file.units[id], file)
	for i := range extents {
		e := &extents[i]
		if e.first <= line && line <= e.last && (best == nil || e.first > best.first) {
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
		row, ok := table.at(fn.entry)
		if !ok || lines.fileName(uint64(row.file)) != file {
			continue
		}
		e := lineExtent{off: fn.off, entry: fn.entry, first: int(row.line), last: int(row.line)}
		c := u.at(fn.off)
		a := u.entry(&c)
		if a == nil {
			continue
		}
		fn.inlines = u.readInlines(fn.off)
		for _, r := range u.codeRanges(nil, u.readExtent(&c, a).pcs) {
			for _, own := range table.between(r) {
				if own.file == row.file && own.line != 0 && fn.inlineAt(own.addr) < 0 {
					e.first, e.last = min(e.first, int(own.line)), max(e.last, int(own.line))
				}
			}
		}
		found = append(found, e)
	}
	if u.extents == nil {
		u.extents = make(map[string][]lineExtent)
	}
	u.extents[file] = found
	return found
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
