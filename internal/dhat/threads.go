package dhat

import (
	"fmt"
	"math"

	"heapprof/internal/profile"
)

// addThreadShares adds to a row of "pointThreads" whose the blocks of a point are. Most points are one thread's: the last one has
// what those before it have not.
func addThreadShares(row []uint64, pt *profile.Point, f *profile.Facts) []uint64 {
	rest := wholePoint(pt)
	for i, s := range f.Threads {
		thread := uint64(s.Thread + 1)
		s.Thread = 0
		if i == len(f.Threads)-1 && s == rest {
			return append(row, thread)
		}
		row = append(row, thread, s.TotalBytes, s.TotalBlocks, s.PeakBytes, s.PeakBlocks, s.EndBytes, s.EndBlocks)
		removeShare(&rest, &s)
	}
	return row
}

// takeThreadShares is the reverse of addThreadShares.
func takeThreadShares(pt *profile.Point, f *profile.Facts, n, end []uint64) {
	f.Threads = make([]profile.ThreadShare, 0, len(n)/7+len(end))
	rest := wholePoint(pt)
	for ; len(n) > 0; n = n[7:] {
		s := profile.ThreadShare{
			Thread:     threadIndex(n[0]),
			TotalBytes: n[1], TotalBlocks: n[2], PeakBytes: n[3], PeakBlocks: n[4], EndBytes: n[5], EndBlocks: n[6],
		}
		f.Threads = append(f.Threads, s)
		removeShare(&rest, &s)
	}
	for _, thread := range end {
		rest.Thread = threadIndex(thread)
		f.Threads = append(f.Threads, rest)
	}
}

// threadIndex returns a number of a file, which is one more than the index of a thread, as that index, which is checked later.
func threadIndex(n uint64) int { return int(min(n, math.MaxInt64)) - 1 }

func wholePoint(pt *profile.Point) profile.ThreadShare {
	return profile.ThreadShare{
		TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks, PeakBytes: pt.PeakBytes, PeakBlocks: pt.PeakBlocks, EndBytes: pt.EndBytes, EndBlocks: pt.EndBlocks,
	}
}

func removeShare(rest, s *profile.ThreadShare) {
	rest.TotalBytes -= s.TotalBytes
	rest.TotalBlocks -= s.TotalBlocks
	rest.PeakBytes -= s.PeakBytes
	rest.PeakBlocks -= s.PeakBlocks
	rest.EndBytes -= s.EndBytes
	rest.EndBlocks -= s.EndBlocks
}

// checkThreadShares returns the error for shares of threads that there are not or that are out of order, or that have more than the
// point has.
func checkThreadShares(p *profile.Profile, point int, shares []profile.ThreadShare) error {
	rest, last := wholePoint(&p.Points[point]), -2
	for i := range shares {
		s := &shares[i]
		if s.Thread <= last || s.Thread >= len(p.Recording.ByThread) {
			return fmt.Errorf("the threads of point %d refer to thread %d out of order, or to one that there is not", point, s.Thread)
		}
		if s.TotalBytes > rest.TotalBytes || s.TotalBlocks > rest.TotalBlocks || s.PeakBytes > rest.PeakBytes || s.PeakBlocks > rest.PeakBlocks ||
			s.EndBytes > rest.EndBytes || s.EndBlocks > rest.EndBlocks {
			return fmt.Errorf("the threads of point %d have more than the point", point)
		}
		removeShare(&rest, s)
		last = s.Thread
	}
	return nil
}
