package report

import (
	"path"
	"strconv"
	"strings"

	"heapprof/internal/report/names"
)

// keys gives equal frames of one or more profiles one number, where By says
// what equal is. Groups are then found by indexing, not by comparing names.
type keys struct {
	ids    map[string]uint32
	frames []*Frame // of each id: the frame that stands for it
}

func newKeys() *keys { return &keys{ids: map[string]uint32{}} }

// intern returns for each frame of t the id of its key.
func (k *keys) intern(t *FrameTable, key func(*Frame) string) []uint32 {
	ids := make([]uint32, len(t.frames))
	for i := range t.frames {
		f := &t.frames[i]
		name := key(f)
		id, ok := k.ids[name]
		if !ok {
			id = uint32(len(k.frames))
			k.ids[name] = id
			k.frames = append(k.frames, f)
		}
		ids[i] = id
	}
	return ids
}

// exactKey is what makes two frames of one profile the same line of a report.
func exactKey(by By) func(*Frame) string {
	switch by {
	case ByFunction:
		return orRuntime(func(f *Frame) string { return join(f.Name(), owner(f)) })
	case ByFile:
		return fileLabel
	case ByModule:
		return moduleLabel
	default:
		return orRuntime(func(f *Frame) string { return join(f.Name(), owner(f), strconv.Itoa(f.Line)) })
	}
}

// looseKey is what makes frames of two profiles the same line of a diff. It
// knows no line and no directory, so that an edited file or another build
// directory is no change.
func looseKey(by By) func(*Frame) string {
	switch by {
	case ByFile:
		return fileLabel
	case ByModule:
		return moduleLabel
	default:
		return orRuntime(func(f *Frame) string { return join(names.Stable(f.Name()), path.Base(owner(f))) })
	}
}

// looserKey matches what looseKey left alone on both sides, such as a function
// whose file is known on one side only, or a library that moved.
func looserKey(by By) func(*Frame) string {
	switch by {
	case ByFile:
		return func(f *Frame) string { return path.Base(fileLabel(f)) }
	case ByModule:
		return func(f *Frame) string { return path.Base(moduleLabel(f)) }
	default:
		return orRuntime(func(f *Frame) string { return names.Stable(f.Name()) })
	}
}

// orRuntime gives all frames of one of a run-time library's sites the same key.
func orRuntime(key func(*Frame) string) func(*Frame) string {
	return func(f *Frame) string {
		if f.runtime != nil {
			return join(f.runtime.name, f.runtime.place)
		}
		return key(f)
	}
}

// owner is what distinguishes functions of one name: the source file, else the
// module.
func owner(f *Frame) string {
	if f.File != "" {
		return f.File
	}
	return f.Module
}

func fileLabel(f *Frame) string {
	switch {
	case f.File != "":
		return f.File
	case f.Module != "":
		return "(no source file) " + path.Base(f.Module)
	}
	return "(no source file)"
}

func moduleLabel(f *Frame) string {
	if f.Module != "" {
		return f.Module
	}
	return "(unknown module)"
}

func join(parts ...string) string { return strings.Join(parts, "\x00") }
