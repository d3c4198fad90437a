//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"fmt"
	"path/filepath"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/roots"
)

// ownerNames says what the owners that were found in a copy are called.
type ownerNames struct {
	subject *roots.Subject
	files   []*symbol.Module // of the subject's modules; nil: it cannot be read
	mappers *mappers

	variables map[ownerName]described // those that may be described further, by what they are called
}

// described is a variable that debug information may know more of.
type described struct {
	*symbol.Variable
	file *symbol.Module
}

// all returns the owners with their names. What one function has mapped without a file is made one owner.
func (n *ownerNames) all(found *roots.Found) []profile.Owner {
	n.variables = make(map[ownerName]described)
	owners := make([]profile.Owner, len(found.Owners))
	mapped := make(map[ownerName]uint32)
	same := make([]uint32, len(owners))
	for i := range found.Owners {
		f := &found.Owners[i]
		owners[i], same[i] = n.owner(f), uint32(i)
		name := nameOf(&owners[i])
		if f.Variable != nil && n.files[f.Module] != nil {
			n.variables[name] = described{f.Variable, n.files[f.Module]}
		}
		if f.Kind == profile.MappingOwner && name.in != "" {
			if first, ok := mapped[name]; ok {
				same[i] = first
			} else {
				mapped[name] = uint32(i)
			}
		}
	}
	for i := range found.Roots {
		found.Roots[i].Owner = same[found.Roots[i].Owner]
	}
	return owners
}

// ownerName is what an owner is called.
type ownerName struct {
	kind             profile.OwnerKind
	name, in, thread string
}

func nameOf(o *profile.Owner) ownerName { return ownerName{o.Kind, o.Name, o.In, o.Thread} }

// sharedMemory is how the kernel calls memory of no file that is shared with others.
const sharedMemory = "/dev/zero (deleted)"

// owner returns what an owner is called.
func (n *ownerNames) owner(f *roots.Owner) profile.Owner {
	o := profile.Owner{Kind: f.Kind}
	if f.Module >= 0 {
		o.In = filepath.Base(n.subject.Modules[f.Module].Path)
	}
	if f.Thread > 0 { // the first is the program's
		o.Thread = n.subject.Threads[f.Thread].Name
	}
	switch {
	case f.Local != nil:
		o.Name, o.In, o.Type, o.Size = f.Local.Name, f.Local.Function, f.Local.Type, f.Local.Size
		o.File, o.Line = f.Local.File, uint64(f.Local.Line)
	case f.Variable != nil:
		o.Name, o.Size = f.Variable.Name, f.Variable.Size
		if f.Variable.In != "" {
			o.Name = f.Variable.In + "::" + o.Name
		}
	case f.Kind == profile.FrameOwner:
		o.Name, o.In = n.function(f), ""
	case f.Kind == profile.KernelOwner:
		o.Name = f.Path
	case f.Kind == profile.MappingOwner:
		if f.Path != "" && f.Path != sharedMemory {
			o.Name = f.Path
			break
		}
		if f.Mapped < 0 {
			break
		}
		if o.In = n.mappers.by(replay.StackID(n.subject.Mapped[f.Mapped].Site)); isPool(o.In) {
			o.Kind = profile.PoolOwner
		}
	}
	return o
}

// function returns the function that a frame runs, as a site without a name where it has none; "" where no file has it.
func (n *ownerNames) function(f *roots.Owner) string {
	if f.PC == 0 || f.Module < 0 {
		return ""
	}
	module := filepath.Base(n.subject.Modules[f.Module].Path)
	if file := n.files[f.Module]; file != nil {
		if frames := file.Frames(f.PC); len(frames) > 0 {
			switch last := &frames[len(frames)-1]; {
			case last.Function != "":
				return last.Function
			case last.Entry != 0:
				return fmt.Sprintf("%s fn@%#x", module, last.Entry)
			}
		}
	}
	return fmt.Sprintf("%s+%#x", module, f.PC)
}

// class returns the class whose table of virtual functions is at an address; "" if there is none.
func (n *ownerNames) class(addr uint64) string {
	for i := range n.subject.Modules {
		if m := &n.subject.Modules[i]; m.Start <= addr && addr < m.End && n.files[i] != nil {
			name, _ := n.files[i].Class(addr - m.Bias)
			return name
		}
	}
	return ""
}

// describe adds to variables what debug information knows of them.
func (n *ownerNames) describe(owners []profile.Owner) {
	lists := make(map[*symbol.Module][]symbol.Variable)
	places := make(map[*symbol.Module][]int)
	for i := range owners {
		if v, ok := n.variables[nameOf(&owners[i])]; ok {
			lists[v.file], places[v.file] = append(lists[v.file], *v.Variable), append(places[v.file], i)
		}
	}
	for file, list := range lists {
		file.Describe(list)
		for i, v := range list {
			o := &owners[places[file][i]]
			o.Type, o.File, o.Line = cmp.Or(v.Type, o.Type), cmp.Or(v.File, o.File), cmp.Or(uint64(v.Line), o.Line)
		}
	}
}
