package reporttest

import "heapprof/internal/profile"

// WithFacts is Lines with facts: the state of its points at ten moments, how they grew, and histograms.
//
//	load   line 10 rises steadily; 11 and others are all there from the beginning
//	parse  line 20 rises at the end of the run; 21 grew by steps, and is all freed
//	main   falls
func WithFacts() *profile.Profile {
	p := Lines()
	p.Recording = &profile.Recording{
		Program: "/src/lines/lines", HasFacts: true,
		Sizes:     []profile.SizeClass{{Max: 64, Blocks: 11, Bytes: 640}, {Max: 128, Blocks: 50, Bytes: 5_260}, {Max: 4096, Blocks: 20, Bytes: 76_500}},
		Lifetimes: []profile.LifetimeClass{{Max: 1, Blocks: 7}, {Max: 10_000, Blocks: 60}, {Max: 100_000, Blocks: 9}},
	}
	const moments = 10
	for i := range uint64(moments) {
		p.Moments = append(p.Moments, profile.Moment{Time: (i + 1) * p.EndTime / moments})
	}
	for i := range p.Points {
		f := &profile.Facts{}
		pt := &p.Points[i]
		pt.Edit().Facts = f
		for m := range uint32(moments) {
			live := pt.PeakBytes
			switch {
			case i == 0:
				live -= uint64(m) * 40
			case i == 1:
				live = live * uint64(max(m, 6)-6) / 3
			case i == 3:
				live = live * uint64(m+1) / moments
			case m > 0:
				continue
			}
			f.History = append(f.History, profile.State{Moment: m, TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks, Bytes: live, Blocks: live * pt.TotalBlocks / pt.TotalBytes})
		}
	}
	p.Points[2].Rest().Facts.Growth = &profile.Growth{
		Chains: 2, LongChains: 1, LongBlocks: 5, LongBytes: 3000, Steps: 5, First: 16, Last: 4096, LeastAdded: 16, MostAdded: 2048, Moves: 4, CopiedBytes: 4064,
	}
	p.Points[3].Rest().Facts.Growth = &profile.Growth{Chains: 1, Steps: 2, First: 8, Last: 24, LeastAdded: 8, MostAdded: 8}
	p.Points[2].Rest().Facts.Sizes = []profile.SizeClass{{Max: 64, Blocks: 3, Bytes: 100}, {Max: 4096, Blocks: 4, Bytes: 6900}}
	p.Points[2].Rest().Facts.Lifetimes = []profile.LifetimeClass{{Max: 1, Blocks: 7}}
	p.Points[3].Rest().Facts.Sizes = []profile.SizeClass{{Max: 64, Blocks: 1, Bytes: 60}, {Max: 4096, Blocks: 9, Bytes: 39_940}}
	p.Points[3].Rest().Facts.Lifetimes = []profile.LifetimeClass{{Max: 10_000, Blocks: 10}}
	return p
}
