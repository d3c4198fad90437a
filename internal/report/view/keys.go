package view

import (
	"path"
	"strconv"
	"strings"

	"heapprof/internal/report/frames"
)

// keys gives equal frames of one or more profiles one number, where By tells
// what equal is. Groups are then found by indexing, not by comparing names.
type keys struct {
	ids    map[string]uint32
	frames []*frames.Frame // of each id: the frame that stands for it
}

func newKeys() *keys { return &keys{ids: map[string]uint32{}} }

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
	switch o.By {
	case ByFunction:
		return o.orRuntime(func(f *frames.Frame) string { return join(f.Name(), f.Owner()) })
	case ByFile:
		return fileLabel
	case ByModule:
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
