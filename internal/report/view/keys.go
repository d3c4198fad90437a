package view

import (
	"path"
	"strconv"
	"strings"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/types"
)

// keys gives equal frames of one or more profiles one number, where By tells
// what equal is. Groups are then found by indexing, not by comparing names.
type keys struct {
	ids    map[string]uint32
	frames []*frames.Frame // of each id: the frame that stands for it

	typeIDs map[string]uint32
	types   []types.Type // of each id of a type
}

// noType is the id of the type of what has none that is known.
const noType = 0

func newKeys() *keys {
	return &keys{ids: map[string]uint32{}, typeIDs: map[string]uint32{"": noType}, types: make([]types.Type, 1)}
}

// internTypes returns for each point of a profile the id of its type.
func (k *keys) internTypes(s *Source) []uint32 {
	ids := make([]uint32, len(s.Profile.Points))
	for i := range ids {
		t := s.Types.Of(i)
		id, ok := k.typeIDs[t.Full]
		if !ok {
			id = uint32(len(k.types))
			k.typeIDs[t.Full] = id
			k.types = append(k.types, t)
		}
		if known := &k.types[id]; known.Element != t.Element {
			known.Element = 0 // it is not the same everywhere
		}
		ids[i] = id
	}
	return ids
}

// noKey is the key of what was allocated through a stack without frames, and of a row that
// stands for a type alone.
const noKey = ^uint32(0)

// rowKey is what tells the rows of a table from each other.
type rowKey struct {
	frame uint32 // see keys.intern; noKey where only the type counts
	typ   uint32 // see keys.internTypes; noType where only the frame counts
	stack int    // see stackIndex; 0 but in a table by stack
}

// intern returns for each frame of t the id of its key.
func (k *keys) intern(t *frames.Table, key func(*frames.Frame) string) []uint32 {
	ids := make([]uint32, t.Len())
	for i := range ids {
		f := t.Frame(uint32(i))
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
func exactKey(o Options) func(*frames.Frame) string {
	switch {
	case o.By == ByFunction || o.foldsLines():
		return o.orRuntime(func(f *frames.Frame) string { return join(f.Name(), f.Owner()) })
	case o.By == ByCrate:
		return crateLabel
	case o.By == ByDir:
		return dirLabel
	case o.By == ByFile:
		return fileLabel
	case o.By == ByModule:
		return moduleLabel
	default:
		return o.orRuntime(func(f *frames.Frame) string { return join(f.Name(), f.Owner(), strconv.Itoa(f.Line)) })
	}
}

// looseKey is what makes frames of two profiles the same line of a diff. It
// knows no line and no directory, so that an edited file or another build
// directory is no change.
func looseKey(o Options) func(*frames.Frame) string {
	switch o.By {
	case ByCrate:
		return crateLabel
	case ByDir:
		return dirLabel
	case ByFile:
		return fileLabel
	case ByModule:
		return moduleLabel
	default:
		return o.orRuntime(func(f *frames.Frame) string { return join(f.SameName(), path.Base(f.Owner())) })
	}
}

// looserKey matches what looseKey left alone on both sides, such as a function
// whose file is known on one side only, or a library that moved.
func looserKey(o Options) func(*frames.Frame) string {
	switch o.By {
	case ByCrate:
		return packageName // in another version
	case ByDir:
		return dirLabel
	case ByFile:
		return func(f *frames.Frame) string { return path.Base(fileLabel(f)) }
	case ByModule:
		return func(f *frames.Frame) string { return path.Base(moduleLabel(f)) }
	default:
		return o.orRuntime((*frames.Frame).SameName)
	}
}

// orRuntime gives all frames of one of a run-time library's sites the same key.
func (o Options) orRuntime(key func(*frames.Frame) string) func(*frames.Frame) string {
	if o.AllFrames {
		return key
	}
	return func(f *frames.Frame) string {
		if f.Runtime != nil {
			return join(f.Runtime.Name, f.Runtime.Place)
		}
		return key(f)
	}
}

func join(parts ...string) string { return strings.Join(parts, "\x00") }
