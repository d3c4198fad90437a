package dwarf

// class is how the number or string of a value is to be understood.
type class uint8

const (
	classNone     class = iota
	classAddress        // num is the address
	classAddressx       // num is an index into .debug_addr
	classConstant       // num, perhaps of a signed number; in DWARF 3 also an offset
	classString         // str is the string
	classStrp           // num is an offset in .debug_str
	classLineStrp       // num is an offset in .debug_line_str
	classStrx           // num is an index into .debug_str_offsets
	classStrpAlt        // num is an offset in .debug_str of the supplementary file
	classRef            // num is an offset in this .debug_info
	classRefAlt         // num is an offset in .debug_info of the supplementary file
	classOffset         // num is an offset in another section
	classListx          // num is an index into a list of ranges or locations
	classOther          // str is the bytes as they stand: of blocks, with their length; of type signatures
)

// value is one attribute's value, not yet looked up in other sections: the
// attributes that say where to look may follow it.
type value struct {
	class class
	num   uint64
	str   []byte
}

// read reads one value. It fails the cursor on a form it does not know, for
// then nothing that follows can be found.
func (u *unit) read(c *cursor, f attrForm) value {
	switch f.form {
	case formAddr:
		return value{class: classAddress, num: c.u64()}
	case formAddrx, formGNUAddrIndex:
		return value{class: classAddressx, num: c.uleb()}
	case formAddrx1, formAddrx2, formAddrx3, formAddrx4:
		return value{class: classAddressx, num: c.uint(int(f.form-formAddrx1) + 1)}
	case formData1, formFlag:
		return value{class: classConstant, num: uint64(c.u8())}
	case formData2:
		return value{class: classConstant, num: c.uint(2)}
	case formData4:
		return value{class: classConstant, num: c.uint(4)}
	case formData8:
		return value{class: classConstant, num: c.u64()}
	case formUdata:
		return value{class: classConstant, num: c.uleb()}
	case formSdata:
		return value{class: classConstant, num: uint64(c.sleb())}
	case formImplicitConst:
		return value{class: classConstant, num: uint64(f.implicit)}
	case formFlagPresent:
		return value{class: classConstant, num: 1}
	case formString:
		return value{class: classString, str: c.string()}
	case formStrp:
		return value{class: classStrp, num: c.uint(u.offsetSize)}
	case formLineStrp:
		return value{class: classLineStrp, num: c.uint(u.offsetSize)}
	case formStrx, formGNUStrIndex:
		return value{class: classStrx, num: c.uleb()}
	case formStrx1, formStrx2, formStrx3, formStrx4:
		return value{class: classStrx, num: c.uint(int(f.form-formStrx1) + 1)}
	case formStrpSup, formGNUStrpAlt:
		return value{class: classStrpAlt, num: c.uint(u.offsetSize)}
	case formRef1, formRef2, formRef4, formRef8:
		return value{class: classRef, num: u.off + c.uint(1<<(f.form-formRef1))}
	case formRefUdata:
		return value{class: classRef, num: u.off + c.uleb()}
	case formRefAddr:
		return value{class: classRef, num: c.uint(formSize(formRefAddr, u.offsetSize, u.version))}
	case formRefSup4:
		return value{class: classRefAlt, num: c.uint(4)}
	case formRefSup8:
		return value{class: classRefAlt, num: c.u64()}
	case formGNURefAlt:
		return value{class: classRefAlt, num: c.uint(u.offsetSize)}
	case formSecOffset:
		return value{class: classOffset, num: c.uint(u.offsetSize)}
	case formRnglistx, formLoclistx:
		return value{class: classListx, num: c.uleb()}
	}
	from := c.off
	u.skip(c, f.form)
	return value{class: classOther, str: c.data[from:c.off]}
}

// skip moves past one value.
func (u *unit) skip(c *cursor, f form) {
	if n := formSize(f, u.offsetSize, u.version); n >= 0 {
		c.skip(uint64(n))
		return
	}
	switch f {
	case formString:
		c.string()
	case formUdata, formSdata, formRefUdata, formStrx, formAddrx, formRnglistx, formLoclistx, formGNUAddrIndex, formGNUStrIndex:
		c.uleb()
	case formBlock, formExprloc:
		c.skip(c.uleb())
	case formBlock1:
		c.skip(uint64(c.u8()))
	case formBlock2:
		c.skip(c.uint(2))
	case formBlock4:
		c.skip(c.uint(4))
	default:
		c.fail()
	}
}

// skipEntry moves past the attributes of an entry.
func (u *unit) skipEntry(c *cursor, a *abbrev) {
	if a.size >= 0 {
		c.skip(uint64(a.size))
		return
	}
	for _, f := range a.attrs {
		switch f.form {
		case formIndirect:
			u.readIndirect(c)
		default:
			u.skip(c, f.form)
		}
	}
}

// readIndirect reads a value whose form stands before it.
func (u *unit) readIndirect(c *cursor) value {
	f := form(c.uleb())
	if f == formIndirect || f == formImplicitConst { // neither makes sense here
		c.fail()
		return value{}
	}
	return u.read(c, attrForm{form: f})
}

// eachAttr reads an entry's attributes in order.
func (u *unit) eachAttr(c *cursor, a *abbrev, yield func(attr, value)) {
	for _, f := range a.attrs {
		var v value
		if f.form == formIndirect {
			v = u.readIndirect(c)
		} else {
			v = u.read(c, f)
		}
		if c.bad {
			return
		}
		yield(f.attr, v)
	}
}

// expression returns the expression that a value is, nil if it is none.
func (v value) expression() []byte {
	if v.class != classOther {
		return nil
	}
	c := cursor{data: v.str}
	return c.bytes(c.uleb()) // a block of one byte's length is so short that it is no other number
}

// string returns the string that a value stands for, nil if it stands for none.
func (u *unit) string(v value) []byte {
	var section []byte
	switch v.class {
	case classString:
		return v.str
	case classStrp:
		section = u.file.str
	case classLineStrp:
		section = u.file.lineStr
	case classStrpAlt:
		if u.file.alt == nil {
			return nil
		}
		section = u.file.alt.str
	case classStrx:
		size := uint64(u.offsetSize)
		if v.num > uint64(len(u.file.strOffsets))/size {
			return nil
		}
		c := cursorAt(u.file.strOffsets, u.strOffsetsBase+v.num*size)
		v.num = c.uint(u.offsetSize)
		if c.bad {
			return nil
		}
		section = u.file.str
	default:
		return nil
	}
	c := cursorAt(section, v.num)
	if c.bad {
		return nil
	}
	return c.string()
}

// address returns the address that a value stands for.
func (u *unit) address(v value) (addr uint64, ok bool) {
	switch v.class {
	case classAddress:
		return v.num, true
	case classAddressx:
		return u.addressAt(v.num)
	}
	return 0, false
}

// addressAt returns an entry of .debug_addr.
func (u *unit) addressAt(index uint64) (addr uint64, ok bool) {
	if index > uint64(len(u.file.addr))/addressSize {
		return 0, false
	}
	c := cursorAt(u.file.addr, u.addrBase+index*addressSize)
	addr = c.u64()
	return addr, !c.bad
}

// offset returns the offset into another section that v stands for, and reports whether it
// is one. Before DWARF 4 offsets had the form of a number.
func (v value) offset() (uint64, bool) {
	return v.num, v.class == classOffset || v.class == classConstant
}
