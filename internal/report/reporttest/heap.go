package reporttest

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Windows is how many moments a profile of Heap has, at equal distances, the last at the end.
const Windows = 50

// Line is a source line of a profile that Heap makes, as one stack allocates there.
type Line struct {
	Function string        // it is in function.c, main calls it
	Callers  []string      // functions that call it, innermost first, in between
	Point    profile.Point // without Frames
	// State is the point's state at a moment, of which Heap keeps those that differ from the
	// one before; nil where nothing is known.
	State func(moment int) profile.State
}

// Heap is a profile of 10 seconds with the facts of each line. The frames of line i are
// 3*i+1, which is malloc, 3*i+2, which is the function, and 3*i+3, which is main; those of its
// callers come after the lines'.
func Heap(lines ...Line) *profile.Profile {
	const second = 1_000_000
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own, Command: "./app", PID: 44,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		EndTime: 10 * second, PeakTime: 9 * second,
		Recording: &profile.Recording{Program: "/src/app/app", HasFacts: true},
	}
	for i := range Windows {
		p.Moments = append(p.Moments, profile.Moment{Time: uint64(i+1) * p.EndTime / Windows})
	}
	described := []string{"[root]"}
	var callers []string
	for i, l := range lines {
		described = append(described,
			"0x7f0000001010: malloc (in /usr/lib/libc.so.6)",
			fmt.Sprintf("%#x: %s (/src/app/%s.c:%d)", 0x401000+16*i, l.Function, l.Function, 10+i),
			"0x402000: main (/src/app/main.c:5)")
		pt, facts := l.Point, profile.Facts{}
		if pt.Rest().Facts != nil {
			facts = *pt.Rest().Facts
		}
		if l.State != nil {
			var last profile.State
			for m := range Windows {
				s := l.State(m)
				if s.Moment = last.Moment; s != last {
					s.Moment = uint32(m)
					facts.History = append(facts.History, s)
					last = s
				}
			}
		}
		frame := uint32(3*i + 1)
		pt.Edit().Facts, pt.Stack = &facts, profile.StackOf(frame, frame+1)
		for _, c := range l.Callers {
			callers = append(callers, fmt.Sprintf("%#x: %s (/src/app/%s.c:3)", 0x403000+16*len(callers), c, c))
			pt.Stack = profile.StackOf(append(pt.Stack.Frames(), uint32(3*len(lines)+len(callers)))...)
		}
		pt.Stack = profile.StackOf(append(pt.Stack.Frames(), frame+2)...)
		p.Points = append(p.Points, pt)
	}
	p.Frames = testkit.Frames(append(described, callers...)...)
	p.InferInlined()
	return p
}

// Rising is the state over time of a line that has allocated blocks of a size evenly, of which
// live live at the end.
func Rising(size, blocks, live uint64) func(moment int) profile.State {
	return func(m int) profile.State {
		part := uint64(m + 1)
		return profile.State{
			TotalBytes: part * blocks * size / Windows, TotalBlocks: part * blocks / Windows,
			Bytes: part * live * size / Windows, Blocks: part * live / Windows,
		}
	}
}

// Grown is the columns of a point of blocks of one size, of which live live at the peak and at
// the end.
func Grown(size, blocks, live uint64) profile.Point {
	return profile.Point{
		TotalBytes:  blocks * size,
		TotalBlocks: blocks,
		PeakBytes:   live * size,
		PeakBlocks:  live,
		EndBytes:    live * size,
		EndBlocks:   live,
	}.With(profile.Rest{
		MaxBytes:  live * size,
		MaxBlocks: live,
	})
}

// Found is a profile with some findings about its heap.
func Found() *profile.Profile {
	return Heap(
		Line{Function: "cache_put", Point: Grown(1024, 10_000, 10_000), State: Rising(1024, 10_000, 10_000)},
		Line{Function: "log_line", Point: Grown(200, 20_000, 20_000), State: Rising(200, 20_000, 20_000)},
	)
}
