package finding

import "heapprof/internal/profile"

// Losses finds what a recording cut or missed, or only sampled; nothing where it is complete.
func Losses(p *profile.Profile) []Finding {
	var all []Finding
	add := func(found bool, code Code, r profile.Remedy, e Evidence) {
		if found {
			all = append(all, Finding{Code: code, Remedy: r, Evidence: e})
		}
	}
	add(!p.Sampling.IsExact(), Estimated, "", Evidence{Count: p.Sampling.MeanBytes})
	if p.Recording == nil {
		return all
	}
	for _, m := range p.Modules {
		add(len(m.MissingSplit) > 0, SplitDebugMissing, KeepSplitDebug, Evidence{Modules: []string{m.Path}, Files: m.MissingSplit})
	}
	for i := range p.Recording.Notes {
		n := &p.Recording.Notes[i]
		add(true, Noted, n.Remedy, Evidence{Note: n})
	}
	c := p.Recording.Counts
	add(c.TruncatedStacks > 0, StacksCut, raiseDepth(p.Recording), Evidence{
		Stacks: c.TruncatedStacks, Blocks: c.TruncatedBlocks, Depth: p.Recording.Depth, Deepest: p.Recording.Deepest,
	})
	add(c.IncompleteStacks > 0, StacksIncomplete, "", Evidence{Stacks: c.IncompleteStacks, Blocks: c.IncompleteBlocks})
	add(c.LostEvents > 0, EventsLost, "", Evidence{Count: c.LostEvents})
	add(c.UnknownFrees > 0, FreesUnknown, "", Evidence{Count: c.UnknownFrees})
	add(c.UnplacedModules > 0, ModulesUnplaced, "", Evidence{Count: c.UnplacedModules})
	add(c.Unprofiled > 0, ProcessesLeft, RunChildren, Evidence{Count: c.Unprofiled})
	return all
}

// raiseDepth is the remedy for stacks that were cut, where it is known which depth keeps
// them and it is one that can be recorded.
func raiseDepth(r *profile.Recording) profile.Remedy {
	if r.Depth == 0 || r.Deepest <= r.Depth || r.Deepest > profile.MaxDepth {
		return ""
	}
	return RaiseDepth
}
