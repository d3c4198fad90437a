package dwarf

// body returns the unit that holds the functions of u: itself, or the split
// one of a skeleton. Where that is missing it is the skeleton, which has at
// least the lines and from some compilers the inlined calls.
func (d *Data) body(u *unit) *unit {
	if u.bodyUnit == nil {
		u.bodyUnit = u
		if split := d.openSplit(u); split != nil {
			u.bodyUnit = split
		}
	}
	return u.bodyUnit
}

// openSplit returns the unit of split DWARF that holds the rest of the skeleton u; nil if u
// is no skeleton or the rest is missing.
func (d *Data) openSplit(u *unit) *unit {
	if u.dwoName == nil || d.o.Split == nil {
		return nil
	}
	section := d.o.Split(SplitUnit{
		Name:    string(u.dwoName),
		Dir:     string(u.compDir),
		ID:      u.dwoID,
		Version: int(u.version),
	})
	if section == nil {
		return nil
	}
	f := newFile(section, u.file.isCode)
	f.addr, f.ranges, f.alt, f.keepsFramePointer = u.file.addr, u.file.ranges, u.file.alt, u.file.keepsFramePointer
	for _, s := range f.units {
		// Its own tables begin behind their headers (DWARF 5, section 7.3.2.2:
		// there are no base attributes); before version 5 they had none.
		if s.version >= 5 {
			s.strOffsetsBase = tableHeader(s.offsetSize, 4)
			s.rnglistsBase = tableHeader(s.offsetSize, 8)
			s.loclistsBase = s.rnglistsBase
		}
		s.readFirst()
		if s.dwoID != u.dwoID {
			continue
		}
		s.skeleton = u
		s.addrBase, s.rangesBase, s.lowPC = u.addrBase, u.dwoRangesBase, u.lowPC
		return s
	}
	return nil
}

// tableHeader returns the length of a table's header: its length in 4 or 12
// bytes, then size bytes more.
func tableHeader(offsetSize int, size uint64) uint64 {
	if offsetSize == 8 {
		return 12 + size
	}
	return 4 + size
}
