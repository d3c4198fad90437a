package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

// report is what a worker tells: that it records, and at last what came of it.
type report struct {
	Recording bool            `json:",omitempty"`
	Refused   string          `json:",omitempty"`
	Error     string          `json:",omitempty"`
	Calls     uint64          `json:",omitempty"`
	Lost      uint64          `json:",omitempty"`
	Pauses    []time.Duration `json:",omitempty"` // the median and the longest
	Counted   counted
}

// helps does what this program is to do for another one of itself, as its arguments say, and reports whether they do.
func helps(args []string, in io.Reader, out io.Writer) (bool, error) {
	switch {
	case len(args) > 0 && args[0] == tracker.GuardCommand:
		return true, tracker.Guard(args[1:])
	case len(args) > 0 && args[0] == workerCommand:
		return true, work(in, out)
	}
	return false, nil
}

// work attaches to each process that a line of in names, until the next line.
func work(in io.Reader, out io.Writer) error {
	lines, to := bufio.NewScanner(in), json.NewEncoder(out)
	for lines.Scan() {
		var pid int
		if _, err := fmt.Sscan(lines.Text(), &pid); err != nil {
			return err
		}
		r := attachOnce(pid, func() error { return to.Encode(report{Recording: true}) }, lines.Scan)
		if err := to.Encode(r); err != nil {
			return err
		}
	}
	return lines.Err()
}

// stackDepth is how many frames of a stack are recorded.
const stackDepth = 128

// attachOnce attaches to a process, calls begun when it records, and detaches when end returns.
func attachOnce(pid int, begun func() error, end func() bool) (r report) {
	var ending sync.WaitGroup
	result, err := tracker.Attach(tracker.AttachOptions{
		PID:   pid,
		Depth: stackDepth, MaxNodes: tracker.DefaultNodes,
		Live: func(l *tracker.Live) {
			ending.Go(func() {
				if begun() == nil {
					end()
				}
				l.Stop()
			})
		},
	})
	ending.Wait()
	var refused *tracker.AttachError
	switch {
	case errors.As(err, &refused):
		r.Refused = refused.Error()
		return r
	case err != nil:
		r.Error = err.Error()
		return r
	case !result.Stays.IsZero():
		r.Error = "it stays: " + result.Stays.String()
	}
	p := result.Profile
	r.Calls, r.Lost, r.Counted = p.Totals().TotalBlocks, p.Recording.Counts.LostEvents, countedIn(p)
	if a := p.Recording.Attached; a != nil {
		r.Pauses = []time.Duration{time.Duration(a.Pauses.Median) * time.Microsecond, time.Duration(a.Pauses.Longest) * time.Microsecond}
	}
	return r
}

// counted is what was recorded of the functions that are called counted_…: blocks that were allocated there, also such as have been resized, to which each
// resizing adds one.
type counted struct{ Blocks, Bytes, Reallocs, Live uint64 }

// countedIn returns what a profile has of these functions.
func countedIn(p *profile.Profile) (got counted) {
	for i := range p.Points {
		point := &p.Points[i]
		if slices.ContainsFunc(point.Stack.Frames(), func(f uint32) bool { return strings.HasPrefix(p.Frames[f].Function, "counted_") }) {
			got.Blocks += point.TotalBlocks
			got.Bytes += point.TotalBytes
			got.Reallocs += point.Rest().Reallocs
			got.Live += point.EndBlocks
		}
	}
	return got
}
