package finding

import (
	"math/bits"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// Losses finds what a recording cut or missed, or only sampled; nothing where it is complete.
func Losses(p *profile.Profile) []Finding {
	var all []Finding
	add := func(found bool, code Code, r profile.Remedy, e Evidence) {
		if found {
			all = append(all, Finding{Code: code, Remedy: r, Evidence: e})
		}
	}
	if !p.Sampling.IsExact() {
		all = append(all, estimated(p))
	}
	for _, m := range p.Modules {
		add(len(m.MissingSplit) > 0, SplitDebugMissing, KeepSplitDebug, Evidence{Modules: []string{m.Path}, Files: m.MissingSplit})
	}
	if p.Recording == nil {
		return all
	}
	for i := range p.Recording.Notes {
		n := &p.Recording.Notes[i]
		add(true, Noted, n.Remedy, Evidence{Note: n})
	}
	c, units := p.Recording.Counts, human.UnitsOf(p)
	add(c.TruncatedStacks > 0, StacksCut, raiseDepth(p.Recording), Evidence{
		Stacks: c.TruncatedStacks, Blocks: c.TruncatedBlocks, Units: units, Depth: p.Recording.Depth, Deepest: p.Recording.Deepest,
	})
	add(c.IncompleteStacks > 0, StacksIncomplete, "", Evidence{Stacks: c.IncompleteStacks, Blocks: c.IncompleteBlocks, Units: units})
	full := treeFull(p.Recording)
	full.Evidence.Units = units
	add(c.StacklessBlocks > 0, full.Code, full.Remedy, full.Evidence)
	add(c.LostEvents > 0, EventsLost, "", Evidence{Count: c.LostEvents})
	add(c.UnknownFrees > 0, FreesUnknown, "", Evidence{Count: c.UnknownFrees})
	add(c.UnplacedModules > 0, ModulesUnplaced, "", Evidence{Count: c.UnplacedModules})
	add(c.Unprofiled > 0, ProcessesLeft, RunChildren, Evidence{Count: c.Unprofiled})
	return all
}

// estimated finds that a profile's numbers are estimates, or that it has none as nothing was
// sampled.
func estimated(p *profile.Profile) Finding {
	f := Finding{Code: Estimated, Evidence: Evidence{Count: p.Sampling.MeanBytes, Blocks: sampled(p)}}
	if len(p.Points) == 0 {
		f.Code = Unsampled
	}
	if p.Sampling.HasTotals() && f.Evidence.Blocks < fewSamples {
		f.Remedy, f.Evidence.Better = SampleMore, betterMean(p.Sampling)
	}
	return f
}

// fewSamples is how many sampled blocks are too few: not even the sum of all is sure to a
// fifth.
const fewSamples = 100

// betterMean returns the mean distance of samples, a power of two, at which there would have
// been some thousands; 0 if that is so small that every block may as well be recorded.
func betterMean(s profile.Sampling) uint64 {
	const enough, least = 2000, 4 << 10
	if s.ExactBytes/enough < least {
		return 0
	}
	return 1 << (bits.Len64(s.ExactBytes/enough) - 1)
}

// sampled returns how many blocks were sampled; 0 where that is not known.
func sampled(p *profile.Profile) (blocks uint64) {
	if s := p.Totals().Samples; s != nil {
		blocks = s.Total.Blocks
	}
	return blocks
}

// treeFull finds that the call tree had no room: at its limit, or because the program's process
// got no more memory.
func treeFull(r *profile.Recording) Finding {
	f := Finding{Code: StacksUnknown, Evidence: Evidence{Blocks: r.Counts.StacklessBlocks}}
	// Some nodes may not have been told of, as a signal handler has left the hook for good.
	if r.MaxNodes == 0 || r.NodeEvents < r.MaxNodes-r.MaxNodes/64 {
		return f
	}
	f.Evidence.Count = r.MaxNodes
	if r.MaxNodes < profile.MaxNodes {
		f.Remedy, f.Evidence.Better = RaiseNodes, min(4*r.MaxNodes, profile.MaxNodes)
	}
	return f
}

// raiseDepth is the remedy for stacks that were cut, where it is known which depth keeps
// them and it is one that can be recorded.
func raiseDepth(r *profile.Recording) profile.Remedy {
	if r.Depth == 0 || r.Deepest <= r.Depth || r.Deepest > profile.MaxDepth {
		return ""
	}
	return RaiseDepth
}
