package pprof

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/label"
)

// threadLabel is the key of the label that tells which thread allocated a sample's blocks.
const threadLabel = "thread"

// threads are the threads by which points are told apart.
type threads struct {
	names []string // each once
	of    []int    // of each thread of the recording the index of its name
}

// newThreads returns the threads of a profile; none where it is not known whose the points' blocks are, or nobody wants to know.
func newThreads(p *profile.Profile, leftOut bool) (t threads) {
	if leftOut || !p.HasThreadShares() {
		return t
	}
	for _, name := range label.ThreadsOf(p) {
		at := slices.Index(t.names, name)
		if at < 0 {
			at = len(t.names)
			t.names = append(t.names, name)
		}
		t.of = append(t.of, at)
	}
	return t
}

// part is what of a point one sample has.
type part struct {
	name  int // index into threads.names; -1: it has no such label
	share profile.ThreadShare
	whole bool // it has all of the point
	rest  bool // it has what is not known by thread: what lived at moments, and what only another tool knows
}

// partsOf appends the parts of a point: those of threads of one name are one.
func (t *threads) partsOf(to []part, pt *profile.Point) []part {
	shares := []profile.ThreadShare(nil)
	if len(t.of) > 0 {
		shares = pt.Shares()
	}
	for _, s := range shares {
		name := -1
		if s.Thread != profile.NoThread {
			name = t.of[s.Thread]
		}
		if at := slices.IndexFunc(to, func(p part) bool { return p.name == name }); at >= 0 {
			to[at].share = to[at].share.Plus(s)
		} else {
			to = append(to, part{name: name, share: s})
		}
	}
	switch len(to) {
	case 0:
		return append(to, part{name: -1, whole: true})
	case 1:
		to[0].whole = true
		return to
	}
	if at := slices.IndexFunc(to, func(p part) bool { return p.name < 0 }); at >= 0 {
		to[at].rest = true
		return to
	}
	return append(to, part{name: -1, rest: true})
}

// of returns a sample type's value of a part of a point.
func (p *part) of(t *sampleType, pt *profile.Point) uint64 {
	switch {
	case p.whole || t.kind != ofMetric && p.rest:
		return t.of(pt)
	case t.kind != ofMetric:
		return 0
	}
	own := p.share.Point()
	return t.metric.Value(&own)
}
