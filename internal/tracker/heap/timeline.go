package heap

import "slices"

// Reading is the state of the heap at one moment of the timeline.
type Reading struct {
	Stamp  uint64
	Bytes  uint64 // live
	Blocks uint64 // live
	RSS    uint64 // resident bytes of the process as last recorded before; 0 if never
}

const (
	defaultTimelinePoints = 2000
	leastTimelinePoints   = 4

	// firstInterval is the time between the first readings, in ticks: a few
	// microseconds of a cycle counter, so that a program that runs for some
	// milliseconds has a picture too.
	firstInterval = 1 << 12

	// maxTimelineStamp keeps a damaged stamp from making intervals overflow.
	maxTimelineStamp = 1 << 62
)

// timeline takes readings at equal intervals. Whenever it is full it drops
// every other one and doubles the interval, so it is even however long the
// program runs, and depends on nothing but the events.
type timeline struct {
	due      uint64 // the next reading shows what is live when this moment ends
	interval uint64
	rss      uint64
	readings []Reading
	limit    int // of readings
}

// newTimeline returns a timeline of at most so many readings, the peak and the end included;
// 0 means defaultTimelinePoints.
func newTimeline(points int) timeline {
	if points <= 0 {
		points = defaultTimelinePoints
	}
	// Two are kept free for the peak and the end.
	return timeline{limit: max(points, leastTimelinePoints) - 2}
}

// begun reports whether there was an event yet: the first event begins the timeline.
func (l *timeline) begun() bool { return l.interval != 0 }

// advance takes the readings that are due before stamp, with the bytes and
// blocks that were live until then.
func (l *timeline) advance(stamp, bytes, blocks uint64) {
	if !l.begun() {
		l.interval = firstInterval
		l.due = stamp
		return
	}
	stamp = min(stamp, maxTimelineStamp)
	for l.due < stamp {
		if len(l.readings) == l.limit {
			l.thin()
			continue
		}
		l.readings = append(l.readings, Reading{l.due, bytes, blocks, l.rss})
		l.due += l.interval
	}
}

// thin drops every other reading, never the first.
func (l *timeline) thin() {
	n := 0
	for i := 0; i < len(l.readings); i += 2 {
		l.readings[n] = l.readings[i]
		n++
	}
	l.readings = l.readings[:n]
	l.interval *= 2
	l.due = l.readings[0].Stamp + uint64(n)*l.interval
}

// finish returns the readings with the peak and the end among them.
func (l *timeline) finish(peak, end moment) []Reading {
	readings := slices.Clone(l.readings)
	rss := uint64(0)
	at := len(readings)
	for i, s := range readings {
		if s.Stamp > peak.stamp {
			at = i
			break
		}
		rss = s.RSS
	}
	if peak.bytes > 0 {
		readings = slices.Insert(readings, at, Reading{peak.stamp, peak.bytes, peak.blocks, rss})
	}
	readings = append(readings, Reading{end.stamp, end.bytes, end.blocks, l.rss})
	return slices.Compact(readings)
}
