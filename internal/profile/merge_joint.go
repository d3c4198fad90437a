package profile

import (
	"cmp"
	"slices"
)

// joiner makes the Joint of the profiles that are added to a Merger. The zero value is ready for the first one.
type joiner struct {
	unknown  bool // of a profile it is not known when its process ran, or where
	noCourse bool // of a profile the timeline is not known
	host     string
	lives    []joined
	readings int // in all lives
}

// joined is the life of a process, and what lived in it over time, since its start.
type joined struct {
	Life
	timeline []Reading
}

// mostJoined is the most readings that a joiner keeps, so that it stays small however many profiles there are.
const mostJoined = 16 * MaxCourse

// add adds a profile, which has so many bytes at its peak.
func (j *joiner) add(q *Profile, peak uint64) {
	r := q.Recording
	if j.unknown || r == nil || r.Host == "" || len(j.lives) > 0 && r.Host != j.host {
		*j = joiner{unknown: true}
		return
	}
	j.host = r.Host
	if q.Merged != nil {
		j.addJoint(r.Joint)
	} else if r.Start.IsZero() || q.Units.Time != "µs" || !q.Columns.Has(Peak) || q.EndTime > 1<<62 || q.LivesOn() || r.Attached != nil || q.Span != nil {
		*j = joiner{unknown: true}
	} else {
		j.addLife(Life{Start: r.Start, Time: q.EndTime, PeakBytes: peak}, q.Timeline)
	}
	for limit := max(1, mostJoined/max(1, len(j.lives))/2); j.readings > mostJoined && limit > 0; limit /= 2 {
		j.readings = 0
		for i := range j.lives {
			j.lives[i].timeline = thinned(j.lives[i].timeline, limit)
			j.readings += len(j.lives[i].timeline)
		}
	}
}

// addLife adds a process.
func (j *joiner) addLife(l Life, timeline []Reading) {
	j.noCourse = j.noCourse || len(timeline) == 0 && l.PeakBytes > 0
	if j.noCourse {
		timeline = nil
	}
	j.lives = append(j.lives, joined{l, slices.Clone(timeline)})
	j.readings += len(timeline)
}

// addJoint adds the processes of a merged profile; nil where nothing is known of them.
func (j *joiner) addJoint(of *Joint) {
	if of == nil || len(of.Lives) == 0 {
		*j = joiner{unknown: true}
		return
	}
	begin := of.Lives[0].begin()
	rest := of.Course
	for _, l := range of.Lives {
		own := Life{Start: l.Start, Time: l.Time, PeakBytes: l.PeakBytes}
		from, to := uint64(l.begin()-begin), uint64(l.end()-begin)
		var timeline []Reading
		for len(rest) > 0 && rest[0].Time <= to {
			if reading := rest[0]; reading.Time >= from {
				reading.Time -= from
				timeline = append(timeline, reading)
			}
			rest = rest[1:]
		}
		j.addLife(own, timeline)
	}
}

// joint returns what is known of all; nil where that is nothing.
func (j *joiner) joint() *Joint {
	if j.unknown || len(j.lives) == 0 {
		return nil
	}
	slices.SortStableFunc(j.lives, func(a, b joined) int {
		return cmp.Or(cmp.Compare(a.begin(), b.begin()), cmp.Compare(a.end(), b.end()))
	})
	made := new(Joint)
	apart := !j.noCourse
	for i := range j.lives {
		made.Lives = append(made.Lives, j.lives[i].Life)
		apart = apart && (i == 0 || j.lives[i-1].end() <= j.lives[i].begin())
	}
	if apart {
		made.Course = j.course()
	}
	return made
}

// course returns what lived over time in processes of which one ran after another.
func (j *joiner) course() []Reading {
	first := j.lives[0].begin()
	var all []Reading
	for i, l := range j.lives {
		since := uint64(l.begin() - first)
		for _, r := range l.timeline {
			r.Time += since
			all = append(all, r)
		}
		// Between two processes nothing lives.
		if ended := uint64(l.end()-first) + 1; i+1 < len(j.lives) && ended < uint64(j.lives[i+1].begin()-first) {
			all = append(all, Reading{Time: ended})
		}
	}
	return thinned(all, MaxCourse)
}

// thinned returns at most so many readings of some, which are in order of time: of each few that follow one another those with the most and
// the least bytes. All of them are as they were.
func thinned(readings []Reading, limit int) []Reading {
	if len(readings) <= limit {
		return readings
	}
	chunks := max(1, limit/2)
	kept := make([]Reading, 0, 2*chunks)
	for i := range chunks {
		few := readings[i*len(readings)/chunks : (i+1)*len(readings)/chunks]
		least, most := 0, 0
		for k := range few {
			if few[k].Bytes < few[least].Bytes {
				least = k
			}
			if few[k].Bytes > few[most].Bytes {
				most = k
			}
		}
		if least != most {
			kept = append(kept, few[min(least, most)])
		}
		kept = append(kept, few[max(least, most)])
	}
	return kept
}
