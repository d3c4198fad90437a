package view

import (
	"path"
	"strconv"
	"strings"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// matchFrames numbers the frames of two profiles so that what is the same
// function, file or module in both has one number: first by looseKey, then by
// looserKey where that is without ambiguity on either side, then by the line that they
// are at.
func matchFrames(k *keys, o Options, before, after *side) {
	key, looser := looseKey(o), looserKey(o)
	// The later profile names the frames: its lines are those in the editor.
	after.ids = k.intern(after.Frames, key)
	known := len(k.frames)
	before.ids = k.intern(before.Frames, key)

	inBefore := make([]bool, len(k.frames))
	for _, id := range before.ids {
		inBefore[id] = true
	}
	const ambiguous = -1
	onlyBefore, onlyAfter := map[string]int{}, map[string]int{}
	count := func(m map[string]int, id int) {
		name := looser(k.frames[id])
		if _, dup := m[name]; dup {
			m[name] = ambiguous
		} else {
			m[name] = id
		}
	}
	for id := range k.frames {
		switch {
		case id >= known:
			count(onlyBefore, id)
		case !inBefore[id]:
			count(onlyAfter, id)
		}
	}
	alias := map[uint32]uint32{}
	for name, id := range onlyBefore {
		if to, ok := onlyAfter[name]; ok && to != ambiguous && id != ambiguous {
			alias[uint32(id)] = uint32(to)
		}
	}
	for i, id := range before.ids {
		if to, ok := alias[id]; ok {
			before.ids[i] = to
		}
	}
	if o.By == BySite || o.By == ByFunction {
		matchLines(k, before, after, known)
	}
}

// matchLines gives frames of the profile before, whose keys the one after has not, those of
// frames after at the same line whose functions have the same own name: debug information
// that has only lines does not tell whose method a function is. known is how many keys the
// profile after has.
func matchLines(k *keys, before, after *side, known int) {
	inBefore := make([]bool, len(k.frames))
	for _, id := range before.ids {
		inBefore[id] = true
	}
	lines := map[string]uint32{}
	const ambiguous = ^uint32(0)
	for i, id := range after.ids {
		if line := lineKey(after.Frames.Frame(uint32(i))); line != "" && !inBefore[id] {
			if other, ok := lines[line]; ok && other != id {
				id = ambiguous
			}
			lines[line] = id
		}
	}
	for i, id := range before.ids {
		if int(id) < known {
			continue
		}
		line := lineKey(before.Frames.Frame(uint32(i)))
		if to, ok := lines[line]; ok && line != "" && to != ambiguous {
			before.ids[i] = to
		}
	}
}

// lineKey is the place of a frame of Rust with its function's own name, "" where one is not
// known.
func lineKey(f *frames.Frame) string {
	if !strings.HasSuffix(f.File, ".rs") || f.Line == 0 || f.Function == "" || f.Plumbing {
		return ""
	}
	return join(names.LastPart(f.SameName()), path.Base(f.File), strconv.Itoa(f.Line))
}
