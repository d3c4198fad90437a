//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// pythonNotes returns what is to be noted of an image that runs CPython: that its functions are not in stacks, or most of its objects not
// in any number.
func pythonNotes(f replay.Facts) []profile.Note {
	if f.Python == wire.PythonFollowed && f.PythonArenas {
		return []profile.Note{{Code: profile.PythonArenas}}
	}
	code, ok := map[uint32]profile.NoteCode{wire.PythonUnknown: profile.PythonUnknown, wire.PythonUnlike: profile.PythonUnlike}[f.Python]
	if !ok {
		return nil
	}
	version := ""
	if minor := f.PythonVersion >> 16 & 0xff; minor != 0 {
		version = fmt.Sprintf("%d.%d", f.PythonVersion>>24, minor)
	}
	return []profile.Note{{Code: code, Text: version}}
}
