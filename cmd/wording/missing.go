package wording

import (
	"cmp"
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// ErrNoHistograms returns the error for a profile that does not tell how large blocks are, or how long they live.
func ErrNoHistograms(name string, p *profile.Profile, o view.Options) error {
	if o.Focus != nil || o.Ignore != nil {
		return fmt.Errorf("%s does not tell how large the blocks of each stack were: it was not recorded by heapprof, or by an older version", name)
	}
	if p.Recording != nil {
		return fmt.Errorf("%s does not tell how large blocks were: an older heapprof recorded it", name)
	}
	return fmt.Errorf("%s does not tell how large blocks were: %s", name, RecordsIt(p, "run"))
}

// SideName is what a page calls the profile that it is of, or one of the two.
func SideName(sources []*view.Source, i int) string {
	switch {
	case len(sources) == 1:
		return "this profile"
	case i == 0:
		return "the earlier profile"
	}
	return "the later profile"
}

// NothingRecorded says why no profile has a block; "" where one has.
func NothingRecorded(sources []*view.Source) string {
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

// NothingOf reports whether all profiles have a metric, and nothing of it.
func NothingOf(sources []*view.Source, m view.Metric) bool {
	for _, s := range sources {
		sums, err := view.Total(s.Profile)
		if err != nil || !m.Has(s.Profile) || sums.Get(m) > 0 {
			return false
		}
	}
	return true
}

// NothingFreed reports whether all profiles tell that no block was freed.
func NothingFreed(sources []*view.Source) bool {
	for _, s := range sources {
		if t := s.Profile.Totals(); !view.EndBlocks.Has(s.Profile) || !view.TotalBlocks.Has(s.Profile) || t.EndBlocks < t.TotalBlocks {
			return false
		}
	}
	return true
}

// NoLives says why a profile does not have a metric of what lives.
func NoLives(sources []*view.Source, m view.Metric) string {
	for i, s := range sources {
		p := s.Profile
		switch {
		case m.Has(p):
		case p.Span != nil:
			return "of a moment it is known what lived then, and what was allocated until then"
		default:
			return fmt.Sprintf("%s does not tell %s: %s", SideName(sources, i), livesWords(m), whyNoLives(p))
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
		return cmp.Or(CallsWords(p), "what was allocated in all is known alone")
	}
	return RecordsIt(p, "run")
}

// CallsWords says of a profile that counts calls, which make no blocks, that it does; "" for any other.
func CallsWords(p *profile.Profile) string {
	if !p.Measure().IsOfCalls() {
		return ""
	}
	return "it counts " + human.UnitsOf(p).BlockName + ", not blocks of the heap"
}

// NoGrowth says why it is not known how live bytes rose, nor how blocks grew.
func NoGrowth(p *profile.Profile, name string) string {
	if p.Recording != nil && p.Recording.HasFacts {
		return fmt.Sprintf("no block grew, and %s", NoRanges(p, name))
	}
	return ErrNoFacts(name, p).Error()
}

// NoHistograms says why it is not known how large blocks were, nor how long they lived.
func NoHistograms(p *profile.Profile, name string) string {
	switch {
	case p.Measure() == profile.MappedPages:
		return "how large mappings were was not counted"
	case p.Span != nil:
		return "how large blocks were and how long they lived is known of whole runs"
	}
	return ErrNoHistograms(name, p, view.Options{}).Error()
}

// NoTypes says why it is not known of which types blocks are.
func NoTypes(s *view.Source) string {
	if s.Profile.Measure() == profile.MappedPages {
		return "mappings have no types"
	}
	if calls := CallsWords(s.Profile); calls != "" {
		return "there are no types: " + calls
	}
	return "no types are known: the names of functions tell them, of C++ and Rust with debug information (-g, in Rust CARGO_PROFILE_RELEASE_DEBUG=1), of C never"
}

// NoTimeline says why a profile does not tell how the heap was over time.
func NoTimeline(p *profile.Profile, name string) string {
	switch {
	case p.Measure() == profile.MappedPages:
		return "mappings were not followed over time"
	case p.Span != nil:
		return "moments are compared"
	case p.Recording == nil, p.Measure().IsOfCalls():
		return fmt.Sprintf("%s has no timeline: %s", name, RecordsIt(p, "run"))
	}
	return fmt.Sprintf("%s has no timeline: it is of several processes, or of a very short run", name)
}

// NoRanges says why parts of a run cannot be shown.
func NoRanges(p *profile.Profile, name string) string {
	if p.Recording == nil || p.Measure().IsOfCalls() {
		return fmt.Sprintf("%s does not tell what lived at other moments than the peak and the end: %s", name, RecordsIt(p, "run"))
	}
	if !p.Recording.HasFacts {
		return fmt.Sprintf("%s has no moments: an older heapprof recorded it", name)
	}
	return fmt.Sprintf("%s has no moments, which heapprof run records of one process", name)
}

// RecordsIt says which command of heapprof records what a profile does not tell, and of another tool's that
// this one does not.
func RecordsIt(p *profile.Profile, command string) string {
	if calls := CallsWords(p); calls != "" {
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
func otherTool(p *profile.Profile) string { return names.Printable(p.OtherTool()) }

// hasAny reports whether a profile has any block, or bytes of blocks that were not counted.
func hasAny(p *profile.Profile) bool {
	t := p.Totals()
	return t.HasAny()
}

// ErrNoFacts returns the error for a profile that does not tell how blocks grew.
func ErrNoFacts(name string, p *profile.Profile) error {
	if p.Recording == nil || p.Measure().IsOfCalls() {
		return fmt.Errorf("%s does not tell how blocks grew: %s", name, RecordsIt(p, "run"))
	}
	return fmt.Errorf("%s does not tell how blocks grew: an older heapprof recorded it", name)
}
