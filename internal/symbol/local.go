package symbol

import (
	"heapprof/internal/object"
	"heapprof/internal/symbol/dwarf"
)

// Local is a variable or parameter of a function.
type Local struct {
	Name      string
	Function  string // that it is of, as Frame.Function: an inlined one, or the one that was really called
	Inlined   bool   // that function is inlined
	Parameter bool
	Type      string // as C++ or Rust writes it, qualified; empty where it is not known
	Size      uint64 // in bytes, 0 where it is not known
	File      string // where it is declared, as Frame.File; empty where it is not known
	Line      int    // 0 where it is not known

	// Places are where its bytes are, in ascending order of From. It is empty where the compiler has optimized the
	// variable away, and where its frame alone does not tell where it is.
	Places []Place
}

// Place is where a part of a variable is while its function is at an address.
//
// A frame that has called another one has its stack pointer at that one's canonical address, and its other registers
// are those that the called function has saved, or left as they are.
type Place = dwarf.Place

// Kinds of places.
const (
	InRegister   = dwarf.InRegister
	FromCFA      = dwarf.FromCFA
	FromRegister = dwarf.FromRegister
	AtAddress    = dwarf.AtAddress
	InThread     = dwarf.InThread
)

// Locals returns the variables and parameters of the function at pc and of those that are inlined there, of the innermost
// first, each in the order of its debug information. pc is an address as Frames takes it: of a frame that has called
// another one the address of the call, 1 less than where it returns to. Of a block's variables those are in the list in
// whose block pc is, and that are declared before the line that pc is at, or on it: what is in the place of
// others is left over from before. It is empty where there is no debug information. The list is kept for whoever asks
// again, and must not be changed.
func (m *Module) Locals(pc uint64) []Local {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, known := m.locals[pc]
	if !known {
		_ = object.Guard(m.path, func() error { list = m.readLocals(pc); return nil })
		if m.locals == nil {
			m.locals = make(map[uint64][]Local)
		}
		m.locals[pc] = list
	}
	return list
}

// readLocals looks up what Locals returns and keeps. The caller holds m.mu.
func (m *Module) readLocals(pc uint64) []Local {
	frames := m.framesAt(pc)
	if len(frames) == 0 {
		return nil
	}
	found := m.dwarf.Locals(pc)
	list := make([]Local, 0, len(found))
	for _, v := range found {
		f := frames[min(v.Call, len(frames)-1)]
		if v.Fixed && !v.Parameter && v.File == f.File && v.Line > f.Line && f.Line > 0 {
			continue
		}
		list = append(list, Local{
			Name: v.Name, Function: f.Function, Inlined: f.Inlined, Parameter: v.Parameter,
			Type: shortened(v.Type, v.Type), Size: v.Size, File: v.File, Line: v.Line,
			Places: v.Places,
		})
	}
	return list
}
