//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"
	"strings"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/roots"
)

// mappers tells for whom calls have mapped memory, by their stacks.
type mappers struct {
	stacks  replay.Stacks
	modules map[uint16]replay.Module
	files   map[uint16]*symbol.Module // nil: it cannot be read
	known   map[replay.MappingSite]roots.Purpose
}

func newMappers(p *replay.Snapshot) mappers {
	return mappers{
		stacks: p.Stacks, modules: p.Modules,
		files: make(map[uint16]*symbol.Module), known: make(map[replay.MappingSite]roots.Purpose),
	}
}

// mapped returns what calls have mapped as roots are found by it.
func (m *mappers) mapped(ranges []replay.MappedRange) (all []roots.Mapped) {
	for _, r := range ranges {
		purpose, ok := m.known[r.MappingSite]
		if !ok {
			purpose = m.purpose(r.MappingSite)
			m.known[r.MappingSite] = purpose
		}
		all = append(all, roots.Mapped{Start: r.Start, End: r.End, Purpose: purpose, Site: uint32(r.Stack)})
	}
	return all
}

// purpose returns what a call has mapped memory for.
func (m *mappers) purpose(by replay.MappingSite) roots.Purpose {
	if by.Inside {
		return roots.ForAllocator
	}
	innermost := true
	for id := by.Stack; !id.IsRoot(); id = m.stacks.Caller(id) {
		at := m.stacks.Place(id)
		module := m.modules[at.Module()]
		// When it is loaded, an allocator is called by the loader.
		if isAllocator(module.Path) {
			return roots.ForAllocator
		}
		for _, name := range m.functions(at, module) {
			switch {
			case roots.IsAllocators(name):
				return roots.ForAllocator
			case innermost && slices.Contains([]string{"allocate_stack", "pthread_create", "__pthread_create", "__pthread_create_2_1"}, name):
				return roots.ForStack
			}
		}
		innermost = false
	}
	return roots.ForProgram
}

// functions returns the functions at a place, the innermost first; none where they are not known.
func (m *mappers) functions(at replay.Place, in replay.Module) (names []string) {
	file := m.files[at.Module()]
	if file == nil {
		return nil
	}
	for _, f := range file.Frames(at.PC() - in.Bias) {
		names = append(names, f.Function)
	}
	return names
}

// by returns the function that has mapped memory by calling the C library: the innermost one with a name; "" if there is none.
func (m *mappers) by(stack replay.StackID) string {
	calls := []string{"mmap", "mmap64", "__mmap", "__mmap64", "mremap", "__mremap", "sbrk", "__sbrk", "brk", "__brk", "syscall"}
	for id := stack; !id.IsRoot(); id = m.stacks.Caller(id) {
		at := m.stacks.Place(id)
		for _, name := range m.functions(at, m.modules[at.Module()]) {
			if name != "" && !slices.Contains(calls, name) {
				return name
			}
		}
	}
	return ""
}

// isPool reports whether a function is named as one that makes memory to hand out in pieces.
func isPool(function string) bool {
	name := strings.ToLower(function)
	return strings.Contains(name, "arena") || strings.Contains(name, "pool")
}
