package symbol

import (
	"debug/elf"

	"heapprof/internal/object"
)

// Variable is a variable of a file's data: of the program as a whole, of one source file, or a
// function's or a class's that lives as long as the program.
type Variable struct {
	Address uint64 // the file's own virtual one; of a thread-local one, the offset in the file's block of thread-local storage
	Size    uint64 // in bytes, 0 where it is not known
	Symbol  string // the linker's name, without a version; empty where only debug information knows the variable
	Name    string // as a person writes it, with its namespaces, modules and classes, but not the function that it is in
	In      string // the function that it is in, if it is known to be in one, as Frame.Function has it

	// Internal is set of what compilers and linkers make beside the program's own variables, such as
	// guards of a function's variables. They own nothing.
	Internal bool

	// What only debug information knows; Describe fills it in.
	Type string // as C++ or Rust writes it, qualified; empty where it is not known
	File string // where it is declared, as Frame.File; empty where it is not known
	Line int    // 0 where it is not known

	threadLocal bool
}

// Variables returns the variables in the memory of the file that a program may write to, by address.
// No two of them overlap: of several names of one place it has the best, and of what lies in
// another one only that. The tables that C++ keeps of classes are left out. It is empty of a file without symbols. Type, File and Line are left to
// Describe. The list is kept for whoever asks again, and must not be changed.
func (m *Module) Variables() []Variable {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loadVariables()
	return m.variables
}

// ThreadLocals returns the thread-local variables of the file, as Variables does those of its data.
func (m *Module) ThreadLocals() []Variable {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loadVariables()
	return m.threadLocals
}

// TLS is the block of thread-local storage that each thread has of a file.
type TLS struct {
	Address  uint64 // the file's own address of what the block begins as
	FileSize uint64 // how many bytes that has; the others are 0
	Size     uint64 // of the block, in bytes
	Align    uint64
}

// TLS returns the geometry of the file's thread-local storage, and reports whether it has any.
func (m *Module) TLS() (TLS, bool) {
	for _, p := range m.files[0].Progs {
		if p.Type == elf.PT_TLS {
			return TLS{Address: p.Vaddr, FileSize: p.Filesz, Size: p.Memsz, Align: p.Align}, true
		}
	}
	return TLS{}, false
}

// Describe fills in what debug information knows of variables that Variables or ThreadLocals
// returned: their types, where they are declared, and the functions that they are in. To look for many at once
// takes little more time than for one. It returns how many bytes of debug information were left out, as there
// was more than is looked through for names.
func (m *Module) Describe(list []Variable) (left uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = object.Guard(m.path, func() error { left = m.describe(list); return nil })
	return left
}
