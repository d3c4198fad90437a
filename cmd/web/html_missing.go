package web

import (
	"fmt"

	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
)

// missingWords says why views and presets of a page have nothing to show, by their names.
func missingWords(p *page.Page, sources []*view.Source, inputs []reports.MomentInput, e *reports.Explainer) map[string]string {
	m := map[string]string{}
	s := sources[len(sources)-1]
	name := wording.SideName(sources, len(sources)-1)
	if nothing := wording.NothingRecorded(sources); nothing != "" {
		for _, view := range []string{"flame", "table", "tree", "histograms", "peak", "leaks", "churn", "growth", "types"} {
			m[view] = nothing
		}
	}
	say := func(view string, isMissing bool, why func() string) {
		if isMissing && m[view] == "" {
			m[view] = why()
		}
	}
	x := s.Profile
	alone := func(why func() string) func() string { // of what is known of the heap of one whole run
		file := wording.ShellQuote(inputs[len(inputs)-1].File)
		return func() string {
			switch {
			case len(sources) == 2:
				return fmt.Sprintf("two profiles are compared here: heapprof html %s shows it of one", file)
			case x.Measure() == profile.MappedPages:
				return fmt.Sprintf("this is what was mapped: heapprof html %s shows the heap, of which it may be known", file)
			}
			return why()
		}
	}
	say("peak", !hasMetric(p, view.PeakBytes.String()), func() string { return wording.NoLives(sources, view.PeakBytes) })
	say("leaks", !hasMetric(p, view.EndBytes.String()), func() string { return wording.NoLives(sources, view.EndBytes) })
	say("leaks", wording.NothingOf(sources, view.EndBlocks), func() string { return "nothing is live at the end" })
	say("churn", !x.Columns.Has(profile.Lifetime), func() string { return wording.NoLives(sources, view.Lifetime) })
	say("churn", wording.NothingFreed(sources), func() string { return "nothing was freed" })
	say("growth", p.Growth == nil && p.Windows == nil, alone(func() string { return wording.NoGrowth(x, name) }))
	say("resident", p.Resident == nil, alone(func() string { return reports.ErrNoResident(name, x).Error() }))
	for _, view := range []string{"retained", "owners"} {
		say(view, len(p.Held) == 0, alone(func() string { return opening.ErrNoSnapshot(x, name).Error() }))
	}
	say("findings", len(p.Findings) == 0, func() string { return reports.NoFindings(e) })
	say("types", len(p.Types.Name) == 0, func() string { return wording.NoTypes(s) })
	say("histograms", emptySizes(p.Sizes), func() string { return wording.NoHistograms(x, name) })
	say("timeline", emptyTimelines(p), func() string { return wording.NoTimeline(x, name) })
	say("range", p.Windows == nil && len(sources) == 2, func() string {
		return fmt.Sprintf("parts of a run are shown of one profile: heapprof html %s", wording.ShellQuote(inputs[1].File))
	})
	say("range", p.Windows == nil, alone(func() string { return wording.NoRanges(x, name) }))
	return m
}

func emptySizes(s page.Sizes) bool {
	for _, all := range [][]page.SizeClasses{s.Size, s.Lifetime} {
		for _, classes := range all {
			if len(classes.Max) > 0 {
				return false
			}
		}
	}
	return true
}

func emptyTimelines(p *page.Page) bool {
	for _, s := range p.Sides {
		if len(s.Timeline.Time) > 0 {
			return false
		}
	}
	return true
}
