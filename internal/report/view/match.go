package view

// matchFrames numbers the frames of two profiles so that what is the same
// function, file or module in both has one number: first by looseKey, then by
// looserKey where that is without ambiguity on either side.
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
}
