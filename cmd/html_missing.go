package cmd

import (
	"cmp"
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
)

// missingWords says why views and presets of a page have nothing to show, by their names.
func missingWords(p *page.Page, sources []*view.Source, inputs []momentInput, e *explainer) map[string]string {
	m := map[string]string{}
	s := sources[len(sources)-1]
	name := sideName(sources, len(sources)-1)
	if nothing := nothingRecorded(sources); nothing != "" {
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
		file := shellQuote(inputs[len(inputs)-1].file)
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
	say("peak", !hasMetric(p, view.PeakBytes.String()), func() string { return noLives(sources, view.PeakBytes) })
	say("leaks", !hasMetric(p, view.EndBytes.String()), func() string { return noLives(sources, view.EndBytes) })
	say("leaks", nothingOf(sources, view.EndBlocks), func() string { return "nothing is live at the end" })
	say("churn", !x.Columns.Has(profile.Lifetime), func() string { return noLives(sources, view.Lifetime) })
	say("churn", nothingFreed(sources), func() string { return "nothing was freed" })
	say("growth", p.Growth == nil && p.Windows == nil, alone(func() string { return noGrowth(x, name) }))
	say("resident", p.Resident == nil, alone(func() string { return errNoResident(name, x).Error() }))
	for _, view := range []string{"retained", "owners"} {
		say(view, len(p.Held) == 0, alone(func() string { return errNoSnapshot(x, name).Error() }))
	}
	say("findings", len(p.Findings) == 0, func() string { return noFindings(e) })
	say("types", len(p.Types.Name) == 0, func() string { return noTypes(s) })
	say("histograms", emptySizes(p.Sizes), func() string { return noHistograms(x, name) })
	say("timeline", emptyTimelines(p), func() string { return noTimeline(x, name) })
	say("range", p.Windows == nil && len(sources) == 2, func() string {
		return fmt.Sprintf("parts of a run are shown of one profile: heapprof html %s", shellQuote(inputs[1].file))
	})
	say("range", p.Windows == nil, alone(func() string { return noRanges(x, name) }))
	return m
}

// sideName is what a page calls the profile that it is of, or one of the two.
func sideName(sources []*view.Source, i int) string {
	switch {
	case len(sources) == 1:
		return "this profile"
	case i == 0:
		return "the earlier profile"
	}
	return "the later profile"
}

// nothingRecorded says why no profile has a block; "" where one has.
func nothingRecorded(sources []*view.Source) string {
	words := ""
	for _, s := range sources {
		p := s.Profile
		switch {
		case hasAny(p):
			return ""
		case !p.Sampling.IsExact():
			words = fmt.Sprintf("no block was sampled, as one is in each %s allocated, on average", human.Bytes(p.Sampling.MeanBytes))
		case p.Measure() == profile.MappedPages:
			words = "nothing was mapped"
		case p.Recording == nil, p.Measure().IsOfCalls():
			words = "nothing was recorded"
		default:
			words = "nothing was recorded: the program never called malloc, or has an allocator of its own that is not known"
		}
	}
	return words
}

// nothingOf reports whether all profiles have a metric, and nothing of it.
func nothingOf(sources []*view.Source, m view.Metric) bool {
	for _, s := range sources {
		sums, err := view.Total(s.Profile)
		if err != nil || !m.Has(s.Profile) || sums.Get(m) > 0 {
			return false
		}
	}
	return true
}

// nothingFreed reports whether all profiles tell that no block was freed.
func nothingFreed(sources []*view.Source) bool {
	for _, s := range sources {
		if t := s.Profile.Totals(); !view.EndBlocks.Has(s.Profile) || !view.TotalBlocks.Has(s.Profile) || t.EndBlocks < t.TotalBlocks {
			return false
		}
	}
	return true
}

// noLives says why a profile does not have a metric of what lives.
func noLives(sources []*view.Source, m view.Metric) string {
	for i, s := range sources {
		p := s.Profile
		switch {
		case m.Has(p):
		case p.Span != nil:
			return "of a moment it is known what lived then, and what was allocated until then"
		default:
			return fmt.Sprintf("%s does not tell %s: %s", sideName(sources, i), livesWords(m), whyNoLives(p))
		}
	}
	return fmt.Sprintf("%s is not known", m)
}

// livesWords says what a metric of what lives tells.
func livesWords(m view.Metric) string {
	switch m {
	case view.PeakBytes:
		return "what lived at the peak"
	case view.EndBytes:
		return "what lived at the end"
	}
	return "how long blocks lived"
}

// whyNoLives says why a profile does not have a metric of what lives.
func whyNoLives(p *profile.Profile) string {
	if p.Columns&profile.Lives == 0 {
		return cmp.Or(callsWords(p), "what was allocated in all is known alone")
	}
	return recordsIt(p, "run")
}

// callsWords says of a profile that counts calls, which make no blocks, that it does; "" for any other.
func callsWords(p *profile.Profile) string {
	if !p.Measure().IsOfCalls() {
		return ""
	}
	return "it counts " + human.UnitsOf(p).BlockName + ", not blocks of the heap"
}

// noGrowth says why it is not known how live bytes rose, nor how blocks grew.
func noGrowth(p *profile.Profile, name string) string {
	if p.Recording != nil && p.Recording.HasFacts {
		return fmt.Sprintf("no block grew, and %s", noRanges(p, name))
	}
	return errNoFacts(name, p).Error()
}

// noHistograms says why it is not known how large blocks were, nor how long they lived.
func noHistograms(p *profile.Profile, name string) string {
	switch {
	case p.Measure() == profile.MappedPages:
		return "how large mappings were was not counted"
	case p.Span != nil:
		return "how large blocks were and how long they lived is known of whole runs"
	}
	return errNoHistograms(name, p, view.Options{}).Error()
}

// noFindings says why nothing was found.
func noFindings(e *explainer) string {
	switch p := e.source.Profile; {
	case p.Measure().IsOfCalls():
		return "findings are about the heap"
	case p.Measure() == profile.MappedPages:
		return "findings are about the heap"
	case p.Span != nil:
		return "findings are about whole runs"
	}
	return nothingFound(e, "")
}

// noTypes says why it is not known of which types blocks are.
func noTypes(s *view.Source) string {
	if s.Profile.Measure() == profile.MappedPages {
		return "mappings have no types"
	}
	if calls := callsWords(s.Profile); calls != "" {
		return "there are no types: " + calls
	}
	return "no types are known: the names of functions tell them, of C++ and Rust with debug information (-g, in Rust CARGO_PROFILE_RELEASE_DEBUG=1), of C never"
}

// noTimeline says why a profile does not tell how the heap was over time.
func noTimeline(p *profile.Profile, name string) string {
	switch {
	case p.Measure() == profile.MappedPages:
		return "mappings were not followed over time"
	case p.Span != nil:
		return "moments are compared"
	case p.Recording == nil, p.Measure().IsOfCalls():
		return fmt.Sprintf("%s has no timeline: %s", name, recordsIt(p, "run"))
	}
	return fmt.Sprintf("%s has no timeline: it is of several processes, or of a very short run", name)
}

// noRanges says why parts of a run cannot be shown.
func noRanges(p *profile.Profile, name string) string {
	if p.Recording == nil || p.Measure().IsOfCalls() {
		return fmt.Sprintf("%s does not tell what lived at other moments than the peak and the end: %s", name, recordsIt(p, "run"))
	}
	if !p.Recording.HasFacts {
		return fmt.Sprintf("%s has no moments: an older heapprof recorded it", name)
	}
	return fmt.Sprintf("%s has no moments, which heapprof run records of one process", name)
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

// recordsIt says which command of heapprof records what a profile does not tell, and of another tool's that
// this one does not.
func recordsIt(p *profile.Profile, command string) string {
	if calls := callsWords(p); calls != "" {
		return calls
	}
	if p.Merged != nil {
		return "of the profiles that were merged at least one does not, or it is of one process alone"
	}
	if p.Maker == "heapprof" {
		return "it is not in pprof's format, and the profile that this was made of may have it"
	}
	if tool := otherTool(p); tool != "" {
		return fmt.Sprintf("%s does not record it, heapprof %s does", tool, command)
	}
	return fmt.Sprintf("heapprof %s records it", command)
}

// otherTool returns the tool that made a profile; "" for heapprof and what is not known.
func otherTool(p *profile.Profile) string {
	switch {
	case p.Maker != "":
		return names.Printable(p.Maker)
	case p.Recording != nil:
	case p.Mode == "rust-heap", p.Mode == "rust-ad-hoc":
		return "dhat-rs"
	case p.Units.Time == "instrs":
		return "valgrind"
	}
	return ""
}

// hasAny reports whether a profile has any block, or bytes of blocks that were not counted.
func hasAny(p *profile.Profile) bool {
	t := p.Totals()
	return t.HasAny()
}
