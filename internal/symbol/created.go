package symbol

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/symbol/follow"

	"github.com/ianlancetaylor/demangle"
)

// creation is what the code behind a call of new tells of the object that the memory is for.
type creation struct {
	module *Module
	call   uint64 // an address in the call

	vtable      string // the class whose vtable is stored where an object has it, the last that is
	constructor string // the class whose constructor gets the block first
	entry       uint64 // where that constructor is; 0 in another file
	nameless    bool   // what seems to be a vtable that has no name is stored there later
	mixed       bool   // constructors of several classes get the block, or one gets a part of it
	inlined     string // the class whose inlined constructor does anything with the block
	size        uint64 // of that class
	before      []byte // the code up to the call
	described   bool   // debug information tells what is inlined
}

// created returns the type of the object that the call at addr gets memory for, and its size in bytes,
// 0 where that is not known. The type is empty where the call is not one of operator new, or
// the code behind it does not show what is made in the block.
//
// Three things tell: the address of a vtable that is stored at the block's beginning, the
// constructor that is called for the block, and debug information that names the constructor of which
// the code is inlined. Where there is none of these, it is the variable that gets the block's address.
//
// function is what the function of the call is called, and described is set if there is debug information of the code
// at addr.
func (m *Module) created(addr uint64, function string, described bool) (name string, size uint64) {
	file := m.files[0]
	code, from := m.codeAround(addr)
	next := addr + 1
	if code == nil || next-from > uint64(len(code)) {
		return "", 0
	}
	called, ok := follow.Call(file.Machine, code[:next-from], next)
	if !ok {
		return "", 0
	}
	isNew, isArray := isOperatorNew(m.functionName(called))
	if !isNew {
		return "", 0
	}
	c := creation{module: m, call: addr, before: code[:next-from], described: described}
	follow.Follow(follow.Options{Machine: file.Machine, Code: code[next-from:], At: next, Returns: m.returns}, func(e follow.Event) bool { return c.see(e, isArray) })
	name, size = c.decide()
	if described && c.isBare() && !strings.HasPrefix(function, "std::") && !strings.HasPrefix(function, "__gnu_cxx::") { // these tell themselves
		name, size = m.assigned(addr, code, from, isArray)
	}
	if name != "" && isArray {
		name += "[]"
	}
	return name, size
}

// see takes notice of what is done with the block. It is false where no more can be learnt.
func (c *creation) see(e follow.Event, isArray bool) bool {
	if e.Kind == follow.Returned {
		return false
	}
	if c.inlined == "" {
		if class, ok := c.module.dwarf.InlinedConstructor(c.call, e.At); ok {
			c.inlined, c.size = classOfConstructor(class.Linkage), class.Size
			if c.inlined == "" {
				c.inlined = class.Name
			}
			if c.inlined == "" && c.vtable == "" && c.constructor == "" {
				c.mixed = true // it is not known what of the object that is
			}
		}
	}
	if e.Kind == follow.Stored {
		if e.Offset == 0 && e.Size >= 8 {
			if class := c.module.vtableOf(e.Value); class != "" {
				c.vtable, c.nameless = class, false
			} else if c.vtable != "" || c.constructor != "" {
				c.nameless = c.module.isInData(e.Value)
			}
		}
		return true
	}
	function := c.module.functionName(e.Value)
	class := classOfConstructor(function)
	switch {
	case class == "":
		return isFill(function)
	case e.Offset == 0, isArray && e.Offset == 8 && c.constructor == "": // behind the number of elements
		if c.constructor != "" {
			c.mixed = true
			return true
		}
		c.constructor = class
		if e.Value.Kind == follow.Address {
			c.entry = uint64(e.Value.Number)
		}
	default:
		c.mixed = true
	}
	return true
}

// decide returns the type that the evidence is for.
func (c *creation) decide() (name string, size uint64) {
	switch {
	case c.nameless && c.inlined == "": // a class is derived from that of which vtable and constructor are
		return "", 0
	case c.vtable != "" && c.mixed && !c.described:
		return "", 0 // what is stored before the members are made may be a base's, and the object's own lie where the code is not followed to
	case c.vtable != "":
		if c.inlined == c.vtable {
			return c.inlined, c.size
		}
		size := c.module.dwarf.ClassSize(c.call, c.vtable)
		if c.inlined != "" && c.size != size { // the object has one of the other class at its beginning
			return "", 0
		}
		return c.vtable, size
	case c.inlined != "":
		return c.inlined, c.size
	case c.constructor == "" || c.mixed:
		return "", 0
	case !c.described:
		return c.measured()
	}
	if class, ok := c.module.dwarf.ConstructorAt(c.entry); ok && class.Size > 0 {
		return c.constructor, class.Size
	}
	return c.constructor, c.module.dwarf.ClassSize(c.call, c.constructor)
}

// measured returns the class of the constructor that gets the block, where no debug information
// tells whether that is the constructor of the object, or of what it has at its beginning. It is the object's if
// it fills the memory that was asked for to the end.
func (c *creation) measured() (name string, size uint64) {
	size = c.module.filledBy(c.entry)
	if strings.HasPrefix(c.constructor, "std::__cxx11::basic_string<") {
		size = 32 // in libstdc++, whose code is in another file
	}
	if size == 0 || !follow.Loads(c.module.files[0].Machine, c.before, size) {
		return "", 0
	}
	return c.constructor, size
}

// filledBy returns the size of the object that a constructor fills, if it fills it to the end; 0
// if the constructor is in another file.
func (m *Module) filledBy(entry uint64) uint64 {
	code, from := m.codeAround(entry)
	if code == nil {
		return 0
	}
	var reach, align int64
	follow.Follow(follow.Options{Machine: m.files[0].Machine, Code: code[entry-from:], At: entry, Argument: true}, func(e follow.Event) bool {
		switch e.Kind {
		case follow.Stored:
			reach = max(reach, e.Offset+int64(e.Size))
			align = min(max(align, int64(e.Size)), 8)
		case follow.Passed: // what is there mostly has a pointer in it
			align = 8
		}
		return true
	})
	if reach <= 0 || align == 0 {
		return 0
	}
	return uint64((reach + align - 1) / align * align)
}

// codeAround returns the section of code around addr, and its address; nil where it is not in the file.
func (m *Module) codeAround(addr uint64) ([]byte, uint64) {
	file := m.files[0]
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 && addr >= s.Addr && addr-s.Addr < s.Size {
			return file.Plain(s), s.Addr
		}
	}
	return nil, 0
}

// isInData reports whether a value is an address in the file that is none of code.
func (m *Module) isInData(v follow.Value) bool {
	return v.Kind == follow.Address && slices.ContainsFunc(m.files[0].Sections, func(s *elf.Section) bool {
		return s.Flags&(elf.SHF_ALLOC|elf.SHF_EXECINSTR) == elf.SHF_ALLOC && uint64(v.Number)-s.Addr < s.Size
	})
}

// functionName returns the linker's name of a function, without a version, "" where it is
// not known.
func (m *Module) functionName(v follow.Value) string {
	switch v.Kind {
	case follow.Address:
		name, _ := m.symbols.at(uint64(v.Number))
		return withoutVersion(strings.TrimSuffix(name, pltSuffix))
	case follow.Slot:
		return withoutVersion(m.slots()[uint64(v.Number)])
	}
	return ""
}

// slots returns the names of what the loader puts into the global offset table, by the slots'
// addresses.
func (m *Module) slots() map[uint64]string {
	if m.slotsRead {
		return m.slotNames
	}
	m.slotsRead = true
	file := m.files[0]
	tables := file.SymbolTables()
	i := slices.IndexFunc(tables, func(t object.SymbolTable) bool { return t.Dynamic })
	if i < 0 {
		return nil
	}
	m.slotNames = make(map[uint64]string)
	for _, section := range []string{".rela.plt", ".rela.dyn"} {
		s := file.Section(section)
		if s == nil || s.Type != elf.SHT_RELA {
			continue
		}
		const entry = 24 // Elf64_Rela: offset, info, addend
		for rel := file.Raw(s); len(rel) >= entry; rel = rel[entry:] {
			at := object.SymbolSize * (binary.LittleEndian.Uint64(rel[8:]) >> 32)
			if at == 0 || at+object.SymbolSize > uint64(len(tables[i].Entries)) {
				continue
			}
			if name := tables[i].Name(object.Symbol(tables[i].Entries[at:]).NameAt()); bytes.HasPrefix(name, []byte("_Z")) {
				m.slotNames[binary.LittleEndian.Uint64(rel)] = string(name)
			}
		}
	}
	return m.slotNames
}

// vtableOf returns the class whose vtable's functions begin at an address, "" where that is none.
func (m *Module) vtableOf(v follow.Value) string {
	const head = 16 // bytes before the functions: the offset to the top, the type's information
	name := ""
	switch v.Kind {
	case follow.Address:
		name = m.vtables()[uint64(v.Number)-head]
	case follow.SlotPlus16:
		name = withoutVersion(m.slots()[uint64(v.Number)])
	}
	if !strings.HasPrefix(name, vtablePrefix) {
		return ""
	}
	class, ok := strings.CutPrefix(m.readable(name), "vtable for ")
	if !ok {
		return ""
	}
	return class
}

// vtablePrefix is how the linker's names of vtables begin.
const vtablePrefix = "_ZTV"

// vtables returns the names of the file's vtables by address.
func (m *Module) vtables() map[uint64]string {
	if m.vtableNames != nil {
		return m.vtableNames
	}
	m.vtableNames = make(map[uint64]string)
	for _, file := range m.files {
		for _, table := range file.SymbolTables() {
			for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
				entry := object.Symbol(rest)
				if entry.Type() != elf.STT_OBJECT || entry.IsUndefined() {
					continue
				}
				if name := table.Name(entry.NameAt()); bytes.HasPrefix(name, []byte(vtablePrefix)) {
					m.vtableNames[entry.Address()] = withoutVersion(string(name))
				}
			}
		}
	}
	return m.vtableNames
}

// isOperatorNew reports whether a linker's name is that of an operator new, a class's own too,
// and whether it is one for arrays.
func isOperatorNew(name string) (isNew, isArray bool) {
	if !strings.HasPrefix(name, "_Z") {
		return false, false
	}
	for _, global := range [...]string{"_Znwm", "_Znwj", "_Znam", "_Znaj"} {
		if strings.HasPrefix(name, global) {
			return !strings.HasPrefix(name, global+"Pv"), global[3] == 'a' // not the one for memory that is there
		}
	}
	if strings.HasPrefix(name, "_ZN") && strings.HasSuffix(name, "nwEm") {
		return true, false
	}
	return false, false
}

// isFill reports whether a function only fills the memory that is its first argument.
func isFill(name string) bool { return name == "memset" || name == "__memset_chk" || name == "bzero" }

// returns tells what a function returns, as far as it matters.
func (m *Module) returns(function follow.Value) follow.Result {
	name := m.functionName(function)
	switch {
	case isFill(name):
		return follow.First
	case classOfConstructor(name) != "":
		return follow.Nothing
	}
	return follow.Anything
}

// classOfConstructor returns the class of which a linker's name is a constructor's, "" for
// another function.
func classOfConstructor(name string) string {
	name = withoutSuffix(name)
	if !strings.HasPrefix(name, "_ZN") || len(name) > maxMangled || !strings.Contains(name, "C") {
		return ""
	}
	tree, err := demangle.ToAST(name, demangle.NoClones, demangle.MaxLength(maxNamePower+1))
	if err != nil {
		return ""
	}
	for {
		switch t := tree.(type) {
		case *demangle.Typed:
			tree = t.Name
		case *demangle.Template:
			tree = t.Name
		case *demangle.TaggedName:
			tree = t.Name
		case *demangle.Qualified:
			last := t.Name
			if template, ok := last.(*demangle.Template); ok {
				last = template.Name
			}
			if _, ok := last.(*demangle.Constructor); !ok {
				return ""
			}
			return shortened(demangle.ASTToString(t.Scope, demangle.MaxLength(maxNamePower+1)), name)
		default:
			return ""
		}
	}
}
