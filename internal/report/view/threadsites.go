package view

// threadSites returns at which site each of the threads, indices into Recording.ByThread, allocated the most of a metric. What is
// not known of stacks by thread, as temporary blocks, is taken for what was allocated in all.
func (s *Source) threadSites(m Metric, threads []int) []ThreadSite {
	byStacks := map[Metric]Metric{MaxBytes: TotalBytes, TemporaryBlocks: TotalBlocks}
	if other, ok := byStacks[m]; ok {
		m = other
	}
	type key struct {
		thread int
		site   uint32
	}
	keys := newKeys()
	ids := keys.intern(s.Frames, exactKey(Options{By: BySite}))
	sums := map[key]uint64{}
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		facts, stack := pt.Rest().Facts, pt.Stack.Frames()
		from, _ := s.Frames.Trim(stack, false)
		if facts == nil || from < 0 || from >= len(stack) {
			continue
		}
		for n := range facts.Threads {
			share := &facts.Threads[n]
			own := share.Point()
			if value := m.Value(&own); value > 0 {
				sums[key{share.Thread, ids[stack[from]]}] += value
			}
		}
	}
	best := map[int]key{}
	for k, sum := range sums {
		if b, ok := best[k.thread]; !ok || sum > sums[b] || sum == sums[b] && k.site < b.site {
			best[k.thread] = k
		}
	}
	sites := make([]ThreadSite, len(threads))
	for i, thread := range threads {
		if k, ok := best[thread]; ok {
			sites[i] = ThreadSite{naming{by: BySite}.site(keys.frames[k.site]), sums[k], m.OfThread(&s.Profile.Recording.ByThread[thread])}
		}
	}
	return sites
}
