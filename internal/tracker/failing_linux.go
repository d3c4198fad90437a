//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"
	"strings"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/replay"
)

// failing tells of which stacks the allocations are to fail: those with one of some functions on them. It
// is for the goroutine of a Reader.
type failing struct {
	resolver *symbol.Resolver
	library  string // the tracker library, whose frames are not the program's
	names    []string
	met      []bool // which of the names were on a stack

	modules map[moduleKey]*symbol.Module // nil: it cannot be read
	places  map[placeKey]int             // which name is at a place; -1: none
}

// moduleKey is a file; placeKey an address in it, which is the file's own.
type (
	moduleKey struct{ path, buildID string }
	placeKey  struct {
		module moduleKey
		addr   uint64
	}
)

// newFailing returns what tells of the functions of those names.
func newFailing(names []string, resolver *symbol.Resolver, library string) *failing {
	return &failing{
		resolver: resolver, library: library, names: names, met: make([]bool, len(names)),
		modules: make(map[moduleKey]*symbol.Module), places: make(map[placeKey]int),
	}
}

// fails reports whether one of the functions is on a stack.
func (f *failing) fails(i *replay.Image, id replay.StackID) bool {
	for ; !id.IsRoot(); id = i.Tree.Caller(id) {
		at := i.Tree.Place(id)
		m, ok := i.Modules[at.Module()]
		if !ok || m.Path == f.library {
			continue
		}
		if name := f.at(m, at.PC()-m.Bias); name >= 0 {
			f.met[name] = true
			return true
		}
	}
	return false
}

// at returns the index of the name that a function has which is executing at an address of a module, or one that
// is inlined there; -1: none has.
func (f *failing) at(m replay.Module, addr uint64) int {
	key := placeKey{moduleKey{m.Path, m.BuildID}, addr}
	if known, ok := f.places[key]; ok {
		return known
	}
	file, ok := f.modules[key.module]
	if !ok {
		file, _ = naming.OpenModule(m, f.resolver) // what cannot be read has no names
		f.modules[key.module] = file
	}
	found := -1
	if file != nil {
		for _, frame := range file.Frames(addr) {
			if i := slices.IndexFunc(f.names, func(name string) bool { return isNamed(frame.Function, name) }); i >= 0 {
				found = i
				break
			}
		}
	}
	f.places[key] = found
	return found
}

// neverMet returns the names that were on no stack.
func (f *failing) neverMet() (names []string) {
	for i, name := range f.names {
		if !f.met[i] {
			names = append(names, name)
		}
	}
	return names
}

// isNamed reports whether a function, as it is shown, is one that a person means by a name: with or
// without its arguments and those of templates, and by the end of a qualified name.
func isNamed(function, name string) bool {
	for {
		// In front of a template's instance stands the type of its result.
		if function == name || strings.HasSuffix(function, "::"+name) || strings.HasSuffix(function, " "+name) {
			return true
		}
		function = strings.TrimSuffix(function, " const")
		from := lastOpened(function)
		if from <= 0 {
			return false
		}
		function = strings.TrimSuffix(function[:from], "::")
	}
}

// lastOpened returns where the bracket or parenthesis is with whose end a text ends; -1: it ends with
// none.
func lastOpened(text string) int {
	end := strings.TrimRight(text, ")>")
	if len(end) == len(text) {
		return -1
	}
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case ')', '>':
			depth++
		case '(', '<':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
