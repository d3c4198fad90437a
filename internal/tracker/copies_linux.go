//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/allocator"
)

// copying returns the functions whose calls are counted as copies.
func (o *Options) copying() []allocator.Function {
	if !o.Copies {
		return nil
	}
	return allocator.Copying()
}

// tellUncopied tells whoever has asked which functions that copy are not hooked: those that cannot be, or all, if the
// program begins with no C library that has them. What is one function with another is hooked for that.
func (o *Options) tellUncopied(all []Unhooked) {
	refused := slices.DeleteFunc(slices.Clone(all), func(u Unhooked) bool { return u.File == "" })
	switch {
	case o.Uncopied == nil || !o.Copies:
	case len(refused) > 0:
		o.Uncopied(refused)
	case len(all) == len(o.copying()):
		o.Uncopied(nil)
	}
}

// copies are the calls of functions that copy, which have the numbers after those of so many events.
func copies(events int) calls {
	functions := allocator.Copying()
	return calls{
		mode: profile.ModeCopy, verb: "Copied",
		units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "copies", Time: "µs", MegaTime: "s", HasByUnits: true},
		of:    func(function uint32) bool { return int(function) >= events && int(function) < events+len(functions) },
		name:  func(function uint32) string { return functions[int(function)-events].Name },
	}
}
