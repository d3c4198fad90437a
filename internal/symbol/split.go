package symbol

import (
	"encoding/binary"
	"path/filepath"

	"heapprof/internal/object"
	"heapprof/internal/symbol/dwarf"
)

// openSplit finds a unit of split DWARF: in the package beside the program or
// its debug file (prog.dwp), else in the .dwo file that the compiler wrote.
func (m *Module) openSplit(s dwarf.SplitUnit) func(name string) []byte {
	if m.dwp == nil && !m.dwpMissing {
		m.dwp = m.findPackage()
		m.dwpMissing = m.dwp == nil
	}
	if m.dwp != nil {
		if section := packagedUnit(m.dwp, s.ID); section != nil {
			return section
		}
	}
	places := []string{s.Name}
	if !filepath.IsAbs(s.Name) {
		places = []string{filepath.Join(s.Dir, s.Name)}
	}
	// The build may have been moved as a whole.
	places = append(places, filepath.Join(filepath.Dir(m.path), filepath.Base(s.Name)))
	for _, place := range places {
		// Package dwarf checks by the unit's ID whether it is the right one.
		if file := openIf(place, func(*object.File) bool { return true }); file != nil {
			m.split = append(m.split, file)
			return func(name string) []byte { return file.DebugContent(name + ".dwo") }
		}
	}
	m.missing = append(m.missing, places[0])
	return nil
}

// findPackage opens the package of split DWARF (.dwp) beside the module's files, nil where
// there is none.
func (m *Module) findPackage() *object.File {
	paths := withRealPath(m.path)
	for _, file := range m.files {
		paths = append(paths, file.Path)
	}
	for _, path := range paths {
		if file := openIf(path+".dwp", func(f *object.File) bool { return f.DebugContent("cu_index") != nil }); file != nil {
			return file
		}
	}
	return nil
}

// packageSections are the names of the sections in a package of split DWARF (.dwp), by
// their numbers in its index. These numbers mean the same in the GNU version (2) and in
// DWARF 5 (section 7.3.5.3), except that only version 5 has rnglists, and version 2 has loc
// where that has loclists.
var packageSections = map[uint32]string{
	1: "info",
	3: "abbrev",
	4: "line",
	5: "loclists",
	6: "str_offsets",
	8: "rnglists",
}

// packagedUnit returns the sections of one unit in a package, nil if it has
// no such unit. .debug_cu_index is a header (version, columns, units, slots),
// a hash table of IDs with one of row numbers beside it, then for each row
// the offsets of its parts in the sections, and then their sizes.
func packagedUnit(file *object.File, id uint64) func(name string) []byte {
	index := file.DebugContent("cu_index")
	const header = 16
	if len(index) < header {
		return nil
	}
	version := binary.LittleEndian.Uint16(index)
	columns := uint64(binary.LittleEndian.Uint32(index[4:]))
	units := uint64(binary.LittleEndian.Uint32(index[8:]))
	slots := uint64(binary.LittleEndian.Uint32(index[12:]))
	ids := uint64(header)
	rows := ids + 8*slots
	names := rows + 4*slots
	offsets := names + 4*columns
	sizes := offsets + 4*columns*units
	// Damaged counts could overflow the sum, so each is bounded before the sum is used.
	if version != 2 && version != 5 || columns > 16 || units > uint64(len(index)) || slots > uint64(len(index)) ||
		sizes+4*columns*units > uint64(len(index)) {
		return nil
	}
	u32 := func(off uint64) uint64 { return uint64(binary.LittleEndian.Uint32(index[off:])) }

	for slot := range slots {
		row := u32(rows + 4*slot)
		if row == 0 || row > units || binary.LittleEndian.Uint64(index[ids+8*slot:]) != id {
			continue
		}
		parts := make(map[string][]byte)
		for column := range columns {
			name := packageSections[uint32(u32(names+4*column))]
			switch {
			case name == "" || name == "rnglists" && version != 5:
				continue
			case name == "loclists" && version != 5:
				name = "loc"
			}
			cell := 4 * ((row-1)*columns + column)
			whole := file.DebugContent(name + ".dwo")
			from, size := u32(offsets+cell), u32(sizes+cell)
			if from+size <= uint64(len(whole)) {
				parts[name] = whole[from : from+size]
			}
		}
		return func(name string) []byte {
			if name == "str" {
				return file.DebugContent("str.dwo")
			}
			return parts[name]
		}
	}
	return nil
}
