package reporttest

import (
	"fmt"
	"math/rand/v2"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Random is a profile of many stacks, recursive ones, empty ones and plumbing.
func Random(seed uint64) *profile.Profile {
	rng := rand.New(rand.NewPCG(seed, 7))
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]")}
	for i := range 60 {
		f := fmt.Sprintf("0x%x: f%d (f%d.c:%d)", 0x1000+i, i/3, i/9, i)
		switch {
		case i%10 == 0:
			f = fmt.Sprintf("0x%x: std::vector<T%d>::push_back() (in /lib/libstdc++.so.6)", 0x1000+i, i)
		case i%10 == 1:
			f = fmt.Sprintf("0x%x: ??? (in /lib/libx%d.so)", 0x1000+i, i%3)
		}
		p.Frames = append(p.Frames, testkit.Frames(f)...)
	}
	for range 400 {
		var stack []uint32
		for range rng.IntN(7) {
			stack = append(stack, 1+rng.Uint32N(60))
		}
		p.Points = append(p.Points, profile.Point{
			TotalBytes:  rng.Uint64N(1 << 20),
			TotalBlocks: 1 + rng.Uint64N(100),
			PeakBytes:   rng.Uint64N(1 << 16),
			PeakBlocks:  rng.Uint64N(50),
			EndBytes:    rng.Uint64N(100),
			EndBlocks:   rng.Uint64N(3),
			Stack:       profile.StackOf(stack...),
		}.With(profile.Rest{
			TotalLifetime: rng.Uint64N(1 << 30),
		}))
	}
	return p
}

// Deep is a profile of one stack of n frames.
func Deep(n int) *profile.Profile {
	p := Sample()
	p.Frames, p.Recording = testkit.Frames("[root]"), nil
	pt := profile.Point{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1}
	for i := range n {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x100: f%d (a.c:%d)", i, i+1))...)
		pt.Stack = profile.StackOf(append(pt.Stack.Frames(), uint32(i+1))...)
	}
	p.Points = []profile.Point{pt}
	return p
}
