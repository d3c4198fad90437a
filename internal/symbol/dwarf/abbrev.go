package dwarf

// abbrev is an abbreviation: the tag and the attributes that all entries of one code have
// in the information section.
type abbrev struct {
	tag         tag
	hasChildren bool
	hasPC       bool // covers code: has DW_AT_low_pc or DW_AT_ranges
	hasSibling  bool
	hasLocation bool
	attrs       []attrForm

	// size is the entry's length in bytes after its code, or -1 if it varies
	// from entry to entry. Most of a walk only skips.
	size int
}

type attrForm struct {
	attr     attr
	form     form
	implicit int64 // the value, for DW_FORM_implicit_const
}

// abbrevTable holds the abbreviations of one unit, or of many. It is read as
// far as is asked for: of most units only the first entry is ever looked at.
type abbrevTable struct {
	rest       cursor
	offsetSize int
	version    uint16

	dense  []abbrev // by code - 1: compilers number from 1 up
	sparse map[uint64]*abbrev
}

type abbrevKey struct {
	offset     uint64
	offsetSize int
	version    uint16
}

// get returns the abbreviation of a code, nil if there is none.
func (t *abbrevTable) get(code uint64) *abbrev {
	for {
		if code-1 < uint64(len(t.dense)) {
			return &t.dense[code-1]
		}
		if a := t.sparse[code]; a != nil {
			return a
		}
		if !t.next() {
			return nil
		}
	}
}

// next reads one more abbreviation into the table, and reports whether there was one.
func (t *abbrevTable) next() bool {
	c := &t.rest
	code := c.uleb()
	if code == 0 || c.bad {
		c.fail()
		return false
	}
	a := abbrev{tag: tag(c.uleb()), hasChildren: c.u8() != 0}
	for {
		at, f := attr(c.uleb()), form(c.uleb())
		if c.bad {
			return false
		}
		if at == 0 && f == 0 {
			break
		}
		af := attrForm{attr: at, form: f}
		if f == formImplicitConst {
			af.implicit = c.sleb()
		}
		switch at {
		case attrLowPC, attrRanges:
			a.hasPC = true
		case attrSibling:
			a.hasSibling = true
		case attrLocation:
			a.hasLocation = true
		}
		if n := formSize(f, t.offsetSize, t.version); n < 0 || a.size < 0 {
			a.size = -1
		} else {
			a.size += n
		}
		a.attrs = append(a.attrs, af)
	}
	if code == uint64(len(t.dense))+1 {
		t.dense = append(t.dense, a)
		return true
	}
	if t.sparse == nil {
		t.sparse = make(map[uint64]*abbrev)
	}
	t.sparse[code] = &a
	return true
}

// formSize returns the length in bytes of a value of the form, or -1 if that varies from
// value to value.
func formSize(f form, offsetSize int, version uint16) int {
	switch f {
	case formFlagPresent, formImplicitConst:
		return 0
	case formData1, formRef1, formFlag, formStrx1, formAddrx1:
		return 1
	case formData2, formRef2, formStrx2, formAddrx2:
		return 2
	case formStrx3, formAddrx3:
		return 3
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		return 4
	case formAddr, formData8, formRef8, formRefSig8, formRefSup8:
		return 8
	case formData16:
		return 16
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		return offsetSize
	case formRefAddr:
		if version < 3 {
			return addressSize
		}
		return offsetSize
	}
	return -1
}
