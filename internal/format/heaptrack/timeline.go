package heaptrack

import "heapprof/internal/profile"

// mostReadings is how many readings a timeline has at most, as one of heapprof's own.
const mostReadings = 2000

// timeline keeps readings, evenly thinned.
type timeline struct {
	kept    []profile.Reading
	each    int // of how many readings one is kept
	skipped int // since the last that was kept
}

// add adds a reading.
func (t *timeline) add(r profile.Reading) {
	if t.skipped++; t.skipped < t.each {
		return
	}
	t.skipped = 0
	t.kept = append(t.kept, r)
	if len(t.kept) < mostReadings {
		return
	}
	for i := range len(t.kept) / 2 {
		t.kept[i] = t.kept[2*i+1]
	}
	t.kept = t.kept[:len(t.kept)/2]
	t.each = max(t.each, 1) * 2
}

// readings returns what was kept, and end, which takes the place of a reading of the same moment.
func (t *timeline) readings(end profile.Reading) []profile.Reading {
	kept := t.kept
	if n := len(kept); n > 0 && kept[n-1].Time == end.Time {
		kept = kept[:n-1]
	}
	return append(kept, end)
}
