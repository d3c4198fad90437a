package pprof

import (
	"encoding/binary"
	"strings"

	pb "github.com/google/pprof/profile"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

type functionKey struct{ name, file string }

// mappingKey tells mappings apart: a library that is closed and opened again
// may come to another place.
type mappingKey struct {
	path  string
	start uint64 // 0 where it is not known
}

// inlined returns how many of the stack's innermost frames are one place in the
// code: a function and, before it, what was inlined there. Where the function is
// among the plumbing that is left out, the frame outside of it has another address.
func (b *builder) inlined(stack []uint32) int {
	n := 1
	for n < len(stack) {
		inner, outer := b.frames.Frame(stack[n-1]), b.frames.Frame(stack[n])
		if !inner.Inlined || inner.Addr != outer.Addr {
			break
		}
		n++
	}
	return n
}

// location returns the location of frames that share one address, innermost
// first.
func (b *builder) location(stack []uint32) *pb.Location {
	if len(stack) == 1 {
		l := &b.alone[stack[0]]
		if *l == nil {
			*l = b.addLocation(stack)
		}
		return *l
	}
	b.key = b.key[:0]
	for _, f := range stack {
		b.key = binary.LittleEndian.AppendUint32(b.key, f)
	}
	if l, ok := b.locations[string(b.key)]; ok {
		return l
	}
	l := b.addLocation(stack)
	b.locations[string(b.key)] = l
	return l
}

func (b *builder) addLocation(stack []uint32) *pb.Location {
	l := &pb.Location{
		ID:      uint64(len(b.prof.Location)) + 1,
		Address: b.frames.Frame(stack[0]).Addr,
		Mapping: b.mappingOf(stack),
	}
	for _, i := range stack {
		f := b.frames.Frame(i)
		l.Line = append(l.Line, pb.Line{Function: b.function(functionKey{f.Name(), f.File}), Line: int64(f.Line), Column: int64(f.Column)})
		if m := l.Mapping; m != nil {
			m.HasFunctions = true
			m.HasFilenames = m.HasFilenames || f.File != ""
			m.HasLineNumbers = m.HasLineNumbers || f.Line > 0
			m.HasInlineFrames = m.HasInlineFrames || len(stack) > 1
		}
	}
	b.prof.Location = append(b.prof.Location, l)
	return l
}

// noCode returns the location that stands for what is no code, by its name.
func (b *builder) noCode(name string) *pb.Location {
	l, ok := b.named[name]
	if !ok {
		l = &pb.Location{
			ID:   uint64(len(b.prof.Location)) + 1,
			Line: []pb.Line{{Function: b.function(functionKey{name: name})}},
		}
		b.named[name] = l
		b.prof.Location = append(b.prof.Location, l)
	}
	return l
}

func (b *builder) function(key functionKey) *pb.Function {
	fn, ok := b.functions[key]
	if !ok {
		fn = &pb.Function{ID: uint64(len(b.prof.Function)) + 1, Name: key.name, Filename: key.file}
		// pprof demangles a name that is its system name, and takes what is between
		// brackets out of one that is demangled: seventeen poll functions were one.
		if names.IsLinkersName(key.name) {
			fn.SystemName = key.name
		}
		b.functions[key] = fn
		b.prof.Function = append(b.prof.Function, fn)
	}
	return fn
}

// mainMapping makes the program itself the first mapping, which pprof shows as
// the profile's file.
func (b *builder) mainMapping() {
	if e := b.source.Recording; e != nil {
		for _, m := range b.source.Modules {
			if m.Path == e.Program {
				b.moduleMapping(m)
				return
			}
		}
	}
	if b.source.Recording == nil {
		b.mapping(mappingKey{path: programOf(b.source)})
	}
}

// programOf is the program's name in a file that names it only by its command.
func programOf(p *profile.Profile) string {
	if program, _, _ := strings.Cut(strings.TrimSpace(p.Command), " "); program != "" {
		return program
	}
	return "(unknown program)"
}

// mappingOf returns the mapping of frames that share one address. Where the
// file says nothing of modules, as in those of other tools, what has no library
// beside it counts as the program's.
func (b *builder) mappingOf(stack []uint32) *pb.Mapping {
	for _, i := range stack {
		if m := b.source.Frames[i].Module; m != nil {
			return b.moduleMapping(m)
		}
	}
	if b.source.Recording == nil && b.frames.Frame(stack[0]).Addr != 0 {
		return b.mapping(mappingKey{path: programOf(b.source)})
	}
	return nil
}

// moduleMapping returns the mapping of a module whose place in memory is known.
// It begins with the file: the loader maps a module from its start.
func (b *builder) moduleMapping(module *profile.Module) *pb.Mapping {
	m := b.mapping(mappingKey{module.Path, module.Start})
	m.Start, m.Limit, m.BuildID = module.Start, module.End, names.Printable(module.BuildID)
	return m
}

func (b *builder) mapping(key mappingKey) *pb.Mapping {
	m, ok := b.mappings[key]
	if !ok {
		m = &pb.Mapping{ID: uint64(len(b.prof.Mapping)) + 1, File: names.Printable(key.path)}
		b.mappings[key] = m
		b.prof.Mapping = append(b.prof.Mapping, m)
	}
	return m
}
