// Package dwarf finds the functions, inlined ones included, and the source
// lines of addresses in DWARF debug information, versions 2 to 5, and the variables
// of functions and of data.
//
// It is made for looking up a few hundred addresses in a large program:
// opening reads one entry of every unit, and the rest of a unit only if an
// address lies in it. Of that rest it keeps where the functions are, and
// reads the calls inlined into a function when an address is in that. For 600
// addresses in all 48 units of a C++ program with 211 MB of .debug_info that
// takes 0.6 s, where only to read the entries with the standard library's
// debug/dwarf, which makes a list of each one's attributes, takes 7.7 s
// (BenchmarkCold and BenchmarkStandardLibrary in package symbol).
//
// Damaged information gives fewer answers, never an error or a panic.
//
// Of ours it imports only span. It opens no file: whoever makes a Data hands it the
// sections.
package dwarf

import "heapprof/internal/symbol/span"

// Options is where a Data finds the sections of debug information.
type Options struct {
	// Section returns the bytes of the section ".debug_" + name, nil if there
	// is none. They are decompressed, must stay as they are, and are not used
	// after the last Lookup.
	Section func(name string) []byte

	// Alt returns a section of the supplementary file that dwz made, as Section
	// does of the file itself. It is nil if there is no such file.
	Alt func(name string) []byte

	// Split returns a function that returns the sections of a unit of split DWARF,
	// as Section does those of the file. Split, or its result, is nil if the unit is
	// missing.
	Split func(SplitUnit) func(name string) []byte

	// KeepsFramePointer reports whether the function that begins at an address is known to have a frame
	// pointer. It may be nil.
	KeepsFramePointer func(entry uint64) bool

	// IsCode reports whether there is code at an address: debug information still
	// describes functions that the linker threw away, at addresses where no code is.
	IsCode func(addr uint64) bool
}

// SplitUnit names the rest of a unit compiled with -gsplit-dwarf.
type SplitUnit struct {
	Name    string // of the .dwo file; if relative, then to Dir
	Dir     string // the compilation's directory
	ID      uint64
	Version int // of DWARF
}

// Data is the debug information of one program or library. It is not safe for
// concurrent use.
type Data struct {
	o     Options
	file  *file
	units span.Index // ID: index into file.units

	globals globals // read as far as was asked for
}

// New indexes the units of the debug information. It reads the first entry of each.
func New(o Options) *Data {
	d := &Data{o: o, file: newFile(o.Section, o.IsCode)}
	d.file.keepsFramePointer = o.KeepsFramePointer
	if o.Alt != nil {
		d.file.alt = newFile(o.Alt, o.IsCode)
	}
	d.units = d.file.indexUnits()
	return d
}

// Call is one function at an address.
type Call struct {
	Name    string // empty where unknown
	Mangled bool   // Name is in C++'s or Rust's encoding, as the linker sees it
	Whole   bool   // Name tells the function from others of that name, in a language that has modules or types around them
	Source  string // what the source calls it, within what is around it and with a generic function's arguments; only of Rust, empty where unknown
	Bare    bool   // Source lacks what is around the function, as where only lines are asked of the compiler
	Entry   uint64 // where the function's code begins; 0 if it is inlined, or unknown
	File    string // as far as known, absolute; empty where unknown
	Line    int    // 0 where unknown
	Column  int    // 0 where unknown

	ArgumentSize uint64 // in bytes, of the first type that is an argument of a generic function with Source; 0 where unknown

	Language uint64 // of the function's compilation unit, a value of DW_AT_language; 0 where it names none
}

// Lookup returns the functions at addr: the innermost inlined one first, the
// one that is really called last. The first has the line of the
// instruction, each other the line of its call to the one before. Nil means
// that nothing is known; nil Data knows nothing.
func (d *Data) Lookup(addr uint64) []Call {
	if d == nil {
		return nil
	}
	id, ok := d.units.Find(addr)
	if !ok {
		return nil
	}
	u := d.file.units[id]
	body := d.body(u)

	here := Call{Language: body.language}
	if row, ok := u.lineTable().at(addr); ok {
		here.File, here.Line, here.Column = u.fileName(uint64(row.file)), int(row.line), int(row.column)
	}
	fn := body.functionAt(addr)
	if fn == nil {
		if here == (Call{Language: body.language}) {
			return nil
		}
		return []Call{here}
	}
	var calls []Call
	for i := fn.inlineAt(addr); i >= 0; i = fn.inlines[i].parent {
		in := &fn.inlines[i]
		here.setName(body.nameOf(in.off))
		calls = append(calls, here)
		here = Call{File: u.fileName(in.callFile), Line: int(in.callLine), Column: int(in.callColumn), Language: body.language}
	}
	here.setName(body.nameOf(fn.off))
	here.Entry = fn.entry
	return append(calls, here)
}

func (c *Call) setName(n name) {
	c.Name, c.Mangled, c.Whole = n.text, n.mangled, n.whole
	c.Source, c.Bare, c.ArgumentSize = n.source, n.bare, n.argument
}
