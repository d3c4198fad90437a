package dwarf

import (
	"path"
	"sort"

	"heapprof/internal/symbol/span"
)

// lineTable says which line each instruction of a unit comes from.
type lineTable struct {
	version   uint16
	dirs      [][]byte
	files     []lineFile
	rows      []lineRow
	sequences span.Index // ID: index into starts
	starts    []int      // of each sequence in rows, and one past the last
}

type lineFile struct {
	name []byte
	dir  uint64
}

// lineRow holds from its address to that of the next row.
type lineRow struct {
	addr   uint64
	file   uint32
	line   uint32
	column uint32
}

// lineTable returns the unit's line table, an empty one if it has none.
func (u *unit) lineTable() *lineTable {
	off, ok := u.stmtList.offset()
	if !ok {
		return &lineTable{}
	}
	if t := u.file.lines[off]; t != nil {
		return t
	}
	t := u.readLines(off)
	u.file.lines[off] = t
	return t
}

// at returns the row for an address.
func (t *lineTable) at(addr uint64) (lineRow, bool) {
	id, ok := t.sequences.Find(addr)
	if !ok {
		return lineRow{}, false
	}
	rows := t.rows[t.starts[id]:t.starts[id+1]]
	i := sort.Search(len(rows), func(i int) bool { return rows[i].addr > addr })
	if i == 0 {
		return lineRow{}, false
	}
	return rows[i-1], true
}

// readLines reads the line table at off (DWARF 5, section 6.2.4).
func (u *unit) readLines(off uint64) *lineTable {
	t := &lineTable{}
	whole := cursorAt(u.file.line, off)
	c, offsetSize := whole.length()
	t.version = c.u16()
	if t.version < 2 || t.version > 5 {
		return t
	}
	if t.version == 5 {
		if c.u8() != addressSize {
			return t
		}
		c.u8() // segment selectors
	}
	headerLength := c.uint(offsetSize)
	program := cursorAt(c.data, uint64(c.off)+headerLength)

	p := lineProgram{table: t, isCode: u.file.isCode}
	p.minInstruction = uint64(c.u8())
	if t.version >= 4 {
		c.u8() // operations an instruction: 1 on all machines but VLIW
	}
	c.u8() // whether rows begin a statement
	p.lineBase = int64(int8(c.u8()))
	p.lineRange = uint64(c.u8())
	p.opcodeBase = c.u8()
	if p.opcodeBase > 0 {
		p.operands = c.bytes(uint64(p.opcodeBase) - 1)
	}
	if c.bad || p.opcodeBase == 0 || p.lineRange == 0 {
		return t
	}
	if t.version == 5 {
		t.readFiles5(u, &c, offsetSize)
	} else {
		t.readFiles4(&c)
	}
	p.run(program)
	return t
}

// readFiles4 reads the directories and files of versions before 5.
func (t *lineTable) readFiles4(c *cursor) {
	t.dirs = [][]byte{nil} // 0 is the compilation's directory
	for c.more() {
		dir := c.string()
		if len(dir) == 0 {
			break
		}
		t.dirs = append(t.dirs, dir)
	}
	t.files = []lineFile{{}} // they count from 1
	for c.more() {
		if f := readFile4(c); len(f.name) > 0 {
			t.files = append(t.files, f)
			continue
		}
		break
	}
}

func readFile4(c *cursor) lineFile {
	f := lineFile{name: c.string()}
	if len(f.name) > 0 {
		f.dir = c.uleb()
		c.uleb() // time
		c.uleb() // length
	}
	return f
}

// readFiles5 reads the directories and files of version 5, each a table that
// begins with a description of its columns.
func (t *lineTable) readFiles5(u *unit, c *cursor, offsetSize int) {
	// The forms are those of attributes, but with this table's offset size.
	reader := &unit{file: u.file, version: 5, offsetSize: offsetSize, strOffsetsBase: u.strOffsetsBase}
	entries := func(add func(lineFile)) {
		columns := make([]attrForm, c.u8())
		for i := range columns {
			columns[i] = attrForm{attr: attr(c.uleb()), form: form(c.uleb())}
		}
		count := c.uleb()
		if len(columns) == 0 {
			return
		}
		for ; count > 0 && !c.bad; count-- {
			var f lineFile
			from := c.off
			for _, column := range columns {
				v := reader.read(c, column)
				switch column.attr {
				case contentPath:
					f.name = reader.string(v)
				case contentDirectoryIndex:
					f.dir = v.num
				}
			}
			if c.off == from { // entries of no bytes could be any number
				c.fail()
			}
			if !c.bad {
				add(f)
			}
		}
	}
	entries(func(f lineFile) { t.dirs = append(t.dirs, f.name) })
	entries(func(f lineFile) { t.files = append(t.files, f) })
}

// fileName returns the path of a file of the unit's line table, absolute
// where the debug information says enough, and without "..": the way through
// links that this might cut short is one on the machine of the compilation.
func (u *unit) fileName(index uint64) string {
	if s, ok := u.fileNames[index]; ok {
		return s
	}
	if u.fileNames == nil {
		u.fileNames = make(map[uint64]string)
	}
	s := u.lineTable().path(index, string(u.compDir))
	u.fileNames[index] = s
	return s
}

func (t *lineTable) path(index uint64, compDir string) string {
	if index >= uint64(len(t.files)) || len(t.files[index].name) == 0 {
		return ""
	}
	f := t.files[index]
	name := string(f.name)
	if f.dir < uint64(len(t.dirs)) && !path.IsAbs(name) {
		// Directory 0 is that of the compilation. Version 5 writes it out.
		dir := string(t.dirs[f.dir])
		if !path.IsAbs(dir) && (f.dir != 0 || dir == "") {
			dir = path.Join(compDir, dir)
		}
		name = path.Join(dir, name)
	}
	if !path.IsAbs(name) && path.IsAbs(compDir) {
		name = path.Join(compDir, name)
	}
	return path.Clean(name)
}

// lineProgram is the machine that a line table is the program of.
type lineProgram struct {
	table          *lineTable
	isCode         func(uint64) bool
	minInstruction uint64
	lineBase       int64
	lineRange      uint64
	opcodeBase     uint8
	operands       []byte // of each opcode below opcodeBase, how many

	row      lineRow
	start    int // in table.rows, of the current sequence
	unsorted bool
	spans    []span.Span
}

func (p *lineProgram) reset() {
	p.row = lineRow{file: 1, line: 1}
	p.start = len(p.table.rows)
	p.unsorted = false
}

// run executes the program and indexes what it yields.
func (p *lineProgram) run(c cursor) {
	p.reset()
	for c.more() {
		op := c.u8()
		switch {
		case op >= p.opcodeBase:
			adjusted := uint64(op - p.opcodeBase)
			p.row.addr += adjusted / p.lineRange * p.minInstruction
			p.row.line = uint32(int64(p.row.line) + p.lineBase + int64(adjusted%p.lineRange))
			p.emit()
		case op == 0:
			p.extended(&c)
		default:
			p.standard(op, &c)
		}
	}
	p.table.rows = p.table.rows[:p.start] // a sequence without an end
	p.table.starts = append(p.table.starts, p.start)
	p.table.sequences = span.NewIndex(p.spans)
}

func (p *lineProgram) standard(op uint8, c *cursor) {
	switch op {
	case lineCopy:
		p.emit()
	case lineAdvancePC:
		p.row.addr += c.uleb() * p.minInstruction
	case lineAdvanceLine:
		p.row.line = uint32(int64(p.row.line) + c.sleb())
	case lineSetFile:
		p.row.file = uint32(c.uleb())
	case lineSetColumn:
		p.row.column = uint32(c.uleb())
	case lineConstAddPC:
		p.row.addr += uint64(255-p.opcodeBase) / p.lineRange * p.minInstruction
	case lineFixedAdvancePC:
		p.row.addr += c.uint(2)
	default: // of no use here, or not known
		for n := p.operands[op-1]; n > 0; n-- {
			c.uleb()
		}
	}
}

func (p *lineProgram) extended(c *cursor) {
	n := c.uleb()
	from := c.off
	c.skip(n)
	if c.bad || n == 0 {
		return
	}
	arg := cursor{data: c.data[:c.off], off: from}
	switch arg.u8() {
	case lineEndSequence:
		p.endSequence()
	case lineSetAddress:
		p.row.addr = arg.uint(min(len(arg.data)-arg.off, addressSize))
	case lineDefineFile:
		p.table.files = append(p.table.files, readFile4(&arg))
	}
}

// emit adds the current row. Of rows with one address the last counts.
func (p *lineProgram) emit() {
	rows := p.table.rows
	if n := len(rows); n > p.start {
		switch last := &rows[n-1]; {
		case p.row.addr == last.addr:
			*last = p.row
			return
		case p.row.addr < last.addr:
			p.unsorted = true
		}
	}
	p.table.rows = append(rows, p.row)
}

// endSequence indexes the rows since the last sequence, which reach up to the
// current address, unless they are about code that the linker threw away.
func (p *lineProgram) endSequence() {
	rows := p.table.rows[p.start:]
	if p.unsorted {
		sort.SliceStable(rows, func(i, j int) bool { return rows[i].addr < rows[j].addr })
	}
	if len(rows) == 0 || rows[0].addr >= p.row.addr || !p.isCode(rows[0].addr) {
		p.table.rows = p.table.rows[:p.start]
	} else {
		p.spans = append(p.spans, span.Span{Lo: rows[0].addr, Hi: p.row.addr, ID: int32(len(p.table.starts))})
		p.table.starts = append(p.table.starts, p.start)
	}
	p.reset()
}
