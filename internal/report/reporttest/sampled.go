package reporttest

import "heapprof/internal/profile"

// Sampled is a profile like Sample of which blocks were sampled, one in each 16 KiB: some
// sites have many samples, and main, with one block of 1 MiB, is known for sure.
func Sampled() *profile.Profile {
	p := Sample()
	p.Columns &^= profile.Chunks
	p.Sampling = profile.Sampling{MeanBytes: 16 << 10, ExactBytes: 4_861_400, ExactBlocks: 3150}
	p.Points[3].TotalBytes, p.Points[3].PeakBytes, p.Points[3].EndBytes = 1<<20, 1<<20, 1<<20
	p.Recording.Counts = profile.Counts{TruncatedStacks: 1, TruncatedBlocks: 10}
	for i := range p.Points {
		pt := &p.Points[i]
		weight := p.Sampling.Weight(pt.TotalBytes / pt.TotalBlocks)
		draw := func(blocks uint64) (s profile.Sampled) {
			if blocks == 0 {
				return s
			}
			for range max(1, uint64(float64(blocks)/weight)) {
				s.Add(pt.TotalBytes/pt.TotalBlocks, weight)
			}
			return s
		}
		pt.Samples = &profile.Samples{Total: draw(pt.TotalBlocks), Peak: draw(pt.PeakBlocks), End: draw(pt.EndBlocks)}
	}
	return p
}

// SampledLater is Sampled of another run of the same program, in which Parser::read took
// half as much, main somewhat more, and all else is as chance has it.
func SampledLater() *profile.Profile {
	p := Sampled()
	half := func(s *profile.Sampled) {
		*s = profile.Sampled{Blocks: s.Blocks / 2, BytesVariance: s.BytesVariance / 2, BlocksVariance: s.BlocksVariance / 2}
	}
	parser := &p.Points[0]
	parser.TotalBytes, parser.TotalBlocks, parser.PeakBytes, parser.PeakBlocks = 3<<19, 1500, 1<<20, 1000
	half(&parser.Samples.Total)
	half(&parser.Samples.Peak)
	p.Points[3].PeakBytes += 4096
	p.Points[4].PeakBytes, p.Points[4].PeakBlocks = 60_000, 60
	p.Points = append(p.Points[:1], p.Points[2:]...)
	return p
}
