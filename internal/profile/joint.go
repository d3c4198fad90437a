package profile

import (
	"cmp"
	"math/bits"
	"slices"
	"time"
)

// Joint is what is known of the processes of a merged profile at one time. They ran on one machine, and their profiles
// tell when each began and ended.
type Joint struct {
	Lives []Life // in the order in which the processes began

	// Course is what lived in all processes together at some moments, each counted in microseconds since the first process began, in their order.
	// It is nil where two processes ran at the same time, as what lived in both at one moment is not known, and where a
	// profile has no timeline.
	Course []Reading
}

// Life is when a process ran, and the most that lived in it at once.
type Life struct {
	Start     time.Time // with microseconds
	Time      uint64    // microseconds from then to its end
	PeakBytes uint64
}

// MaxCourse is the most readings of a Joint.Course that a Merger makes.
const MaxCourse = 2000

// Most returns between which two numbers the most is that lived in all processes at one time: no less than the largest peak of one, and no
// more than the largest sum of the peaks of those that ran at the same time. They are equal where no two did that had a peak.
func (j *Joint) Most() (least, most uint64) {
	type change struct {
		at    int64
		begin bool
		bytes uint64
	}
	changes := make([]change, 0, 2*len(j.Lives))
	for _, l := range j.Lives {
		least = max(least, l.PeakBytes)
		changes = append(changes, change{l.begin(), true, l.PeakBytes}, change{l.end(), false, l.PeakBytes})
	}
	slices.SortFunc(changes, func(a, b change) int {
		if a.at != b.at || a.begin == b.begin {
			return cmp.Compare(a.at, b.at)
		}
		if a.begin { // one ends before another begins
			return 1
		}
		return -1
	})
	var sum uint64
	for _, c := range changes {
		if c.begin {
			sum += c.bytes
			most = max(most, sum)
		} else {
			sum -= c.bytes
		}
	}
	return least, max(least, most)
}

// Span returns the microseconds from the begin of the first process to the end of the last.
func (j *Joint) Span() uint64 {
	if len(j.Lives) == 0 {
		return 0
	}
	last := j.Lives[0].end()
	for _, l := range j.Lives {
		last = max(last, l.end())
	}
	return uint64(last - j.Lives[0].begin())
}

// begin and end are in microseconds since 1970. A process that is said to have ended before it began has lasted no time.
func (l *Life) begin() int64 { return l.Start.UnixMicro() }
func (l *Life) end() int64   { return max(l.begin()+int64(l.Time), l.begin()) }

// CanHave reports whether a joint may be of such lives: it has some, they are in order, and their peaks are of no more than 64 bits together.
func (j *Joint) CanHave() bool {
	var sum, carry uint64
	for i, l := range j.Lives {
		if sum, carry = bits.Add64(sum, l.PeakBytes, 0); carry != 0 || l.Time > 1<<62 {
			return false
		}
		if i > 0 && l.begin() < j.Lives[i-1].begin() {
			return false
		}
	}
	return len(j.Lives) > 0
}
