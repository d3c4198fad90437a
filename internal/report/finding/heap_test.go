package finding_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// findings returns what is found of a profile's heap.
func findings(p *profile.Profile) []finding.Finding { return finding.OfHeap(view.NewSource(p)) }

// Profiles of other tools, and older ones, have no facts; those of a program that was over at
// once have no moments.
func TestRulesAreNotAskedWithoutWhatTheyRestOn(t *testing.T) {
	for name, lacks := range map[string]func(*profile.Profile){
		"facts":         func(p *profile.Profile) { p.Recording.HasFacts = false },
		"recording":     func(p *profile.Profile) { p.Recording = nil },
		"moments":       func(p *profile.Profile) { p.Moments, p.Points[0].Edit().Facts = p.Moments[:10], &profile.Facts{} },
		"columns":       func(p *profile.Profile) { p.Columns &^= profile.End },
		"blocks":        func(p *profile.Profile) { p.Mode = "ad-hoc" },
		"exact numbers": func(p *profile.Profile) { p.Sampling.MeanBytes = 1 << 20 },
	} {
		p := reporttest.Heap(growing(0))
		lacks(p)
		if all := findings(p); len(all) != 0 {
			t.Errorf("without %s: %+v", name, all)
		}
	}
}
