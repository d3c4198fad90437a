package dwarf

import (
	"cmp"
	"path"
	"slices"
	"sort"

	"heapprof/internal/symbol/span"
)

// lineTable says which line each instruction of a unit comes from. Its rows
// are those of a program in sequences, one for each run of code that the
// linker may place, which often is a function. Rows take ten times the space
// of the program, so only those of the sequences that are asked for are kept.
type lineTable struct {
	version uint16
	dirs    [][]byte
	files   []lineFile

	program   lineProgram
	sequences []lineSequence
	index     span.Index // ID: index into sequences
}

type lineFile struct {
	name []byte
	dir  uint64
}

type lineSequence struct {
	off   int // in the program
	count int // of rows, at most
	rows  []lineRow
}

// lineRow is the source position of the code from its address up to the address of the next
// row.
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

// at returns the row for an address, and reports whether there is one.
func (t *lineTable) at(addr uint64) (lineRow, bool) {
	rows := t.sequenceAt(addr)
	i := sort.Search(len(rows), func(i int) bool { return rows[i].addr > addr })
	if i == 0 {
		return lineRow{}, false
	}
	return rows[i-1], true
}

// between returns the rows that begin in a range, which is within one sequence.
func (t *lineTable) between(r addressRange) []lineRow {
	rows := t.sequenceAt(r.lo)
	from := sort.Search(len(rows), func(i int) bool { return rows[i].addr >= r.lo })
	to := sort.Search(len(rows), func(i int) bool { return rows[i].addr >= r.hi })
	return rows[from:max(from, to)]
}

// sequenceAt returns the rows of the sequence around an address, nil where there is none.
func (t *lineTable) sequenceAt(addr uint64) []lineRow {
	id, ok := t.index.Find(addr)
	if !ok {
		return nil
	}
	seq := &t.sequences[id]
	if seq.rows == nil {
		seq.rows = t.program.rows(*seq)
	}
	return seq.rows
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
	p := lineProgram{code: cursorAt(c.data, uint64(c.off)+headerLength)}
	p.minInstruction = uint64(c.u8())
	if t.version >= 4 {
		c.u8() // operations an instruction: 1 on all machines but VLIW
	}
	c.u8() // whether rows begin a statement
	p.lineBase = int64(int8(c.u8()))
	p.lineRange = c.u8()
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
	t.program = p
	t.indexSequences(u.file.isCode)
	return t
}

// indexSequences runs the whole program for where its sequences are, without
// those about code that the linker threw away.
func (t *lineTable) indexSequences(isCode func(uint64) bool) {
	var spans []span.Span
	var lowest uint64
	seq := lineSequence{off: t.program.code.off}
	t.program.run(seq.off, func(event lineEvent, row lineRow, next int) bool {
		if event == rowEvent {
			if seq.count == 0 || row.addr < lowest {
				lowest = row.addr
			}
			seq.count++
			return true
		}
		if seq.count > 0 && lowest < row.addr && isCode(lowest) {
			spans = append(spans, span.Span{Lo: lowest, Hi: row.addr, ID: int32(len(t.sequences))})
			t.sequences = append(t.sequences, seq)
		}
		seq = lineSequence{off: next}
		return true
	}, func(f lineFile) { t.files = append(t.files, f) })
	t.index = span.NewIndex(spans)
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

// lineProgram is the program that yields the rows, and what its header says of
// its instructions.
type lineProgram struct {
	code           cursor // at the first instruction
	minInstruction uint64
	lineBase       int64
	lineRange      uint8
	opcodeBase     uint8
	operands       []byte // of each opcode below opcodeBase, how many
}

// lineEvent is a step in the execution of a line program that concerns its caller.
type lineEvent int

const (
	rowEvent lineEvent = iota // a row begins
	endEvent                  // the sequence ends, before the row's address
)

// rows returns the rows of one sequence by ascending address. Of several rows with one
// address only the last is kept.
func (p *lineProgram) rows(seq lineSequence) []lineRow {
	rows := make([]lineRow, 0, seq.count)
	sorted := true
	p.run(seq.off, func(event lineEvent, row lineRow, _ int) bool {
		if event == endEvent {
			return false
		}
		if n := len(rows); n > 0 {
			switch last := &rows[n-1]; {
			case row.addr == last.addr:
				*last = row
				return true
			case row.addr < last.addr:
				sorted = false
			}
		}
		rows = append(rows, row)
		return true
	}, func(lineFile) {})
	if !sorted {
		slices.SortStableFunc(rows, func(a, b lineRow) int { return cmp.Compare(a.addr, b.addr) })
	}
	return rows
}

// run executes the program from an instruction that begins a sequence. It
// calls event, with the offset of the next instruction, until that returns
// false, and define for each file that the program adds.
func (p *lineProgram) run(from int, event func(e lineEvent, row lineRow, next int) bool, define func(lineFile)) {
	c := cursor{data: p.code.data, off: from}
	start := lineRow{file: 1, line: 1}
	row := start
	for c.more() {
		switch op := c.u8(); {
		case op >= p.opcodeBase:
			adjusted := op - p.opcodeBase
			row.addr += uint64(adjusted/p.lineRange) * p.minInstruction
			row.line = uint32(int64(row.line) + p.lineBase + int64(adjusted%p.lineRange))
			if !event(rowEvent, row, c.off) {
				return
			}
		case op == lineCopy:
			if !event(rowEvent, row, c.off) {
				return
			}
		case op != 0:
			p.standard(op, &row, &c)
		default:
			n := c.uleb()
			from := c.off
			c.skip(n)
			if c.bad || n == 0 {
				return
			}
			arg := cursor{data: c.data[:c.off], off: from}
			switch arg.u8() {
			case lineEndSequence:
				if !event(endEvent, row, c.off) {
					return
				}
				row = start
			case lineSetAddress:
				row.addr = arg.uint(min(len(arg.data)-arg.off, addressSize))
			case lineDefineFile:
				define(readFile4(&arg))
			}
		}
	}
}

// standard executes an instruction that yields no row.
func (p *lineProgram) standard(op uint8, row *lineRow, c *cursor) {
	switch op {
	case lineAdvancePC:
		row.addr += c.uleb() * p.minInstruction
	case lineAdvanceLine:
		row.line = uint32(int64(row.line) + c.sleb())
	case lineSetFile:
		row.file = uint32(c.uleb())
	case lineSetColumn:
		row.column = uint32(c.uleb())
	case lineConstAddPC:
		row.addr += uint64((255-p.opcodeBase)/p.lineRange) * p.minInstruction
	case lineFixedAdvancePC:
		row.addr += c.uint(2)
	default: // of no use here, or not known
		for n := p.operands[op-1]; n > 0; n-- {
			c.uleb()
		}
	}
}
