// Package symbol turns addresses inside ELF files into function names, source
// files and lines, with inlined calls as frames of their own; and it names what lies
// at addresses of data, in threads' storage and in frames. Of ours it imports
// object, object/clone and object/searchtable, for ELF files, the names of clones and unwind information;
// its own dwarf, dlang and span; and profile, for the languages.
package symbol

import "heapprof/internal/profile"

// Frame is one function at one place of its source.
type Frame struct {
	Function string // demangled; empty where nothing names the address
	File     string // as the debug information gives it, made absolute with its compilation directory; empty where unknown
	Line     int    // 0 where unknown
	Column   int    // 0 where unknown
	Inlined  bool   // inlined into the frame that follows it
	Language profile.Language

	// Entry is where the function begins that nothing names, as the unwind information tells: an
	// address as Module.Frames takes it; 0 where Function has a name, or that is not known.
	Entry uint64

	// As in profile.Frame.
	Instance string
	Created  string
	TypeSize uint64
}

// At returns the profile's frame for one at an address in the process, in a module.
func (f *Frame) At(addr uint64, in *profile.Module) profile.Frame {
	frame := profile.Frame{
		Addr: addr, Function: f.Function, Module: in, Inlined: f.Inlined, Language: f.Language,
		Instance: f.Instance, Created: f.Created, TypeSize: f.TypeSize,
	}
	if f.Entry != 0 {
		frame.Entry = f.Entry + in.Bias
	}
	if f.File != "" && f.Line != 0 {
		frame.File, frame.Line, frame.Column = f.File, f.Line, f.Column
	}
	return frame
}
