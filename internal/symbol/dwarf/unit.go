package dwarf

import (
	"sort"

	"heapprof/internal/symbol/span"
)

// addressSize is the length of an address in bytes: units of 32-bit machines are not read.
const addressSize = 8

// file is one set of debug sections: a program's, a supplementary file's, or
// one unit's of split DWARF.
type file struct {
	info, abbrev, str, lineStr, line, ranges, rnglists, addr, strOffsets []byte

	section           func(name string) []byte
	keepsFramePointer func(entry uint64) bool

	alt    *file // what dwz moved out of this one; nil if none
	isCode func(addr uint64) bool

	units   []*unit // by offset
	abbrevs map[abbrevKey]*abbrevTable
	lines   map[uint64]*lineTable
}

// unit is a compilation unit, or a partial unit that several of them share.
type unit struct {
	file       *file
	off        uint64 // of the unit in its section
	first      uint64 // of its first entry
	end        uint64 // one past its last
	version    uint16
	offsetSize int
	abbrevs    *abbrevTable

	// From the unit's first entry.
	tag            tag
	language       uint64
	name           []byte // of its source file, after which Rust has its crate's name
	compDir        []byte
	pcs            pcs
	lowPC          uint64 // to which ranges are relative
	stmtList       value
	addrBase       uint64
	strOffsetsBase uint64
	rnglistsBase   uint64
	loclistsBase   uint64
	rangesBase     uint64
	dwoName        []byte // where the rest of a skeleton is; nil if it is here
	dwoID          uint64
	dwoRangesBase  uint64 // the rangesBase of that rest
	skeleton       *unit  // of which this is the rest; nil of others

	// Read when first asked for.
	bodyUnit     *unit
	functions    *functions // those that lie within no other, and within no class
	allFunctions *functions
	scopes       scopes
	classes      map[string][]uint64 // by name without scopes and template arguments
	names        map[uint64]name
	extents      map[string][]lineExtent // by file
	fileNames    map[uint64]string
}

func newFile(section func(name string) []byte, isCode func(uint64) bool) *file {
	f := &file{
		abbrev:     section("abbrev"),
		str:        section("str"),
		lineStr:    section("line_str"),
		line:       section("line"),
		ranges:     section("ranges"),
		rnglists:   section("rnglists"),
		addr:       section("addr"),
		strOffsets: section("str_offsets"),
		section:    section,
		isCode:     isCode,
	}
	f.info = section("info") // last: it is the largest, and may be under way
	f.init()
	return f
}

// init finds the units, by reading no more than their headers.
func (f *file) init() {
	f.abbrevs = make(map[abbrevKey]*abbrevTable)
	f.lines = make(map[uint64]*lineTable)
	for c := cursorAt(f.info, 0); c.more(); {
		off := uint64(c.off)
		body, offsetSize := c.length()
		if u := f.parseHeader(body, off, offsetSize); u != nil {
			f.units = append(f.units, u)
		}
	}
}

// parseHeader reads a unit's header (DWARF 5, section 7.5.1). It returns nil for a unit
// that holds only types, and for one that is damaged or of an unknown version.
func (f *file) parseHeader(c cursor, off uint64, offsetSize int) *unit {
	u := &unit{file: f, off: off, end: uint64(len(c.data)), offsetSize: offsetSize, version: c.u16()}
	var abbrevOff uint64
	var size uint8
	switch u.version {
	case 2, 3, 4:
		abbrevOff, size = c.uint(offsetSize), c.u8()
	case 5:
		kind := c.u8()
		size, abbrevOff = c.u8(), c.uint(offsetSize)
		switch kind {
		case unitCompile, unitPartial:
		case unitSkeleton, unitSplitCompile:
			u.dwoID = c.u64()
		default: // unitType, unitSplitType
			return nil
		}
	default:
		return nil
	}
	if c.bad || size != addressSize {
		return nil
	}
	u.first = uint64(c.off)
	key := abbrevKey{abbrevOff, offsetSize, u.version}
	if u.abbrevs = f.abbrevs[key]; u.abbrevs == nil {
		u.abbrevs = &abbrevTable{rest: cursorAt(f.abbrev, abbrevOff), offsetSize: offsetSize, version: u.version}
		f.abbrevs[key] = u.abbrevs
	}
	return u
}

// at returns a cursor at the unit's entry at off, a bad one if off is not inside the unit.
func (u *unit) at(off uint64) cursor {
	if off < u.first || off >= u.end {
		return cursor{bad: true}
	}
	return cursorAt(u.file.info[:u.end], off)
}

// entry reads the code of an entry and returns its abbreviation. It returns nil at the end
// of a list of children, and at damage, where it also sets c.bad.
func (u *unit) entry(c *cursor) *abbrev {
	code := c.uleb()
	if code == 0 {
		return nil
	}
	a := u.abbrevs.get(code)
	if a == nil {
		c.fail()
	}
	return a
}

// readFirst reads the unit's first entry, which describes the unit as a whole.
func (u *unit) readFirst() {
	c := u.at(u.first)
	a := u.entry(&c)
	if a == nil {
		return
	}
	u.tag = a.tag
	var name, compDir, dwoName value
	u.eachAttr(&c, a, func(at attr, v value) {
		switch at {
		case attrLanguage:
			u.language = v.num
		case attrName:
			name = v
		case attrCompDir:
			compDir = v
		case attrLowPC:
			u.pcs.low = v
		case attrHighPC:
			u.pcs.high = v
		case attrRanges:
			u.pcs.ranges = v
		case attrStmtList:
			u.stmtList = v
		case attrStrOffsetsBase:
			u.strOffsetsBase = v.num
		case attrAddrBase, attrGNUAddrBase:
			u.addrBase = v.num
		case attrRnglistsBase:
			u.rnglistsBase = v.num
		case attrLoclistsBase:
			u.loclistsBase = v.num
		case attrGNURangesBase:
			u.dwoRangesBase = v.num
		case attrDwoName, attrGNUDwoName:
			dwoName = v
		case attrGNUDwoID:
			u.dwoID = v.num
		}
	})
	// Only now, for these may need the bases.
	if u.language == languageRust {
		u.name = u.string(name)
	}
	u.compDir = u.string(compDir)
	u.dwoName = u.string(dwoName)
	u.lowPC, _ = u.address(u.pcs.low)
}

// unitAround returns the unit that holds the entry at off, nil if none does.
func (f *file) unitAround(off uint64) *unit {
	i := sort.Search(len(f.units), func(i int) bool { return f.units[i].off > off })
	if i == 0 || off >= f.units[i-1].end {
		return nil
	}
	return f.units[i-1]
}

// indexUnits reads the first entry of every unit and returns where the units
// have code.
func (f *file) indexUnits() span.Index {
	var spans []span.Span
	var ranges []addressRange
	for i, u := range f.units {
		u.readFirst()
		ranges = u.codeRanges(ranges[:0], u.pcs)
		for _, r := range ranges {
			spans = append(spans, span.Span{Lo: r.lo, Hi: r.hi, ID: int32(i)})
		}
	}
	return span.NewIndex(spans)
}
