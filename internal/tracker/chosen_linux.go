//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"math"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/replay"
)

// candidate is an image that has ended, and whose profile may be made.
type candidate struct {
	recorded
	own    heap.Own
	ending ending
	number int  // Image.Number
	gone   bool // Image.Replaced
	start  bool // it is the last one of the process that was started
	first  bool // it matters more than any other
}

// weight says how much a candidate matters: by its peak, without what it has inherited. The
// started process counts for a quarter more. So which one is the first does not depend on
// chance where a program and its forked children are alike, and profiles of one program that
// are compared are of one process.
func (c *candidate) weight() uint64 {
	if c.first {
		return math.MaxUint64
	}
	if c.start {
		return c.own.Peak + c.own.Peak/4
	}
	return c.own.Peak
}

// chosen are the images that matter most, of those that have ended so far: the one with the
// largest peak, and those with a share of that at least. Which these are in the end does not
// depend on the order in which images end.
type chosen struct {
	most    int          // how many there are at most, but for the started process's
	started bool         // the last image of the process that was started matters in any case
	all     []*candidate // those that matter most first; images that are alike in the order of their beginning
}

// Besides the first, an image matters if it had a tenth of that one's peak, and so many bytes
// that somebody will want to know whose they are.
const (
	leastShare = 10
	leastPeak  = 1 << 20
)

// mostProfiles is how many profiles a run leaves behind that is not asked for all.
const mostProfiles = 8

// add takes in an image, and returns those that do not matter any more, which may be the same.
func (c *chosen) add(x *candidate) (left []*candidate) {
	at, _ := slices.BinarySearchFunc(c.all, x, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Index, b.Index))
	})
	c.all = slices.Insert(c.all, at, x)
	n := 1
	for n < min(len(c.all), c.most) && c.matters(c.all[n].own.Peak) {
		n++
	}
	left = slices.Clone(c.all[n:])
	c.all = slices.Delete(c.all, n, len(c.all))
	if i := slices.IndexFunc(left, func(x *candidate) bool { return x.start }); c.started && i >= 0 {
		c.all = append(c.all, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return left
}

// limitKept lets go of the copies of those that matter less, so that the blocks of all that are
// kept have no more than so many bytes. A process that has ended would give its memory back but for them.
func (c *chosen) limitKept(most uint64) {
	var sum uint64
	for i, x := range c.all {
		for _, k := range x.kept.all() {
			sum += k.live.Bytes
		}
		if i > 0 && sum > most {
			x.kept.drop(profile.Cause{Code: profile.CopiesTooLarge})
		}
	}
}

// matters reports whether an image with such a peak matters beside the first.
func (c *chosen) matters(peak uint64) bool {
	return peak >= leastPeak && peak >= c.all[0].own.Peak/leastShare
}

// wants reports whether add might take in an image with such a peak.
func (c *chosen) wants(peak uint64) bool {
	n := len(c.all)
	return n == 0 || peak >= c.all[0].weight() || c.matters(peak) && (n < c.most || peak >= c.all[n-1].weight())
}

// count adds an image of which no profile is made.
func (o *Others) count(p replay.Facts, program string, own heap.Own, gone bool, events uint64) {
	o.Events += events
	if !gone {
		o.Processes++
	}
	o.Peak = max(o.Peak, own.Peak)
	o.Bytes += own.Total.Bytes
	o.Blocks += own.Total.Blocks
	const names = 4
	if p.LivesOn {
		o.LiveOn++
	}
	if len(o.Programs) < names && program != "" && !slices.Contains(o.Programs, program) {
		o.Programs = append(o.Programs, program)
	}
}
