package wording

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// ReportHead returns the lines above the table of a report that is width columns wide.
func ReportHead(r *view.Report, width int) []text.Fact {
	p := r.Source.Profile
	facts := append([]text.Fact{CommandLine(p, width)}, endFacts(p)...)
	facts = append(facts, Overview(r, width)...)
	if r.Own != nil {
		facts = append(facts, ownCode(r)...)
	}
	return append(append(facts, ModeFact(p)...), ReportNotes(r)...)
}

// ModeFact returns the line that says what a profile counts instead of the heap; nothing where it counts that.
func ModeFact(p *profile.Profile) []text.Fact {
	switch p.Measure() {
	case profile.HeapBlocks, profile.MappedPages:
		return nil
	}
	return []text.Fact{{Label: "mode", Text: names.Printable(p.Mode)}}
}

// MetricWords is what a view calls the metric that it is about.
func MetricWords(v *view.View) string { return v.Units.Metric(v.Metric.String()) }

// DiffHead returns the lines above the table of a diff that is width columns wide.
func DiffHead(d *view.Diff, width int) []text.Fact {
	before, after := CommandLine(d.Before.Profile, width), CommandLine(d.After.Profile, width)
	before.Label, after.Label = "before", "after"
	facts := []text.Fact{before}
	if p := d.Before.Profile; p.Span != nil {
		facts = append(facts, text.Fact{Label: "at", Text: InstantWords(p, p.Span.To)})
	}
	facts = append(facts, after)
	if p := d.After.Profile; p.Span != nil {
		facts = append(facts, text.Fact{Label: "at", Text: InstantWords(p, p.Span.To)})
	}
	facts = append(facts, Verdict(d)...)
	facts = append(facts, text.Fact{Label: "compared", Text: MetricWords(&d.View) + ", by " + d.Options.By.String()})
	return append(facts, DiffNotes(d)...)
}

// DiffNotes returns what a reader of a diff should know besides the numbers.
func DiffNotes(d *view.Diff) []text.Fact {
	facts := append(unlikeTools(d), unlikeBuilds(d)...)
	if d.Options.Own {
		later := d.After.Frames.UnknownOwn()
		facts = append(facts, UnknownOwn(slices.DeleteFunc(d.Before.Frames.UnknownOwn(), func(name string) bool { return !slices.Contains(later, name) }))...)
	}
	for _, side := range []struct {
		label string
		*view.Source
	}{{"before", d.Before}, {"after", d.After}} {
		if p := side.Profile; p.Merged != nil && d.Has(view.PeakBytes) {
			facts = append(facts, NoteFact(fmt.Sprintf("%s: the peak is %s", side.label, PeaksAdded(p))))
		}
		for _, f := range slices.Concat(AttachedFacts(side.Profile), laterFact(side.Profile), FindingFacts(finding.Losses(side.Profile))) {
			switch {
			case f.Label == "attached", f.Label == "names":
				f = NoteFact(f.Label + " " + f.Text)
			case !f.Warning:
				f = NoteFact(f.Text)
			}
			f.Text = side.label + ": " + f.Text
			facts = append(facts, f)
		}
	}
	if before, after := d.Before.Profile.Sampling, d.After.Profile.Sampling; before.IsExact() != after.IsExact() {
		facts = append(facts, NoteFact("what realloc resized counts where it was resized in the sampled profile, and where it was first allocated in the other"))
	}
	if d.HasMargins(d.Metric) {
		facts = append(facts, NoteFact("a change called noise may be none: chance alone, of what was sampled, makes such"))
	}
	return facts
}

// unlikeTools returns what a reader of a diff should know where two tools recorded.
func unlikeTools(d *view.Diff) []text.Fact {
	before, after := MakerWords(d.Before.Profile), MakerWords(d.After.Profile)
	if before == after {
		return nil
	}
	return []text.Fact{NoteFact(fmt.Sprintf("before was recorded by %s and after by %s: tools count differently", before, after))}
}

// unlikeBuilds returns what a reader of a diff should know where only one of the two builds has
// debug information, or tells types.
func unlikeBuilds(d *view.Diff) []text.Fact {
	bare := ""
	switch d.Bare {
	case nil:
	case d.Before:
		bare = "before has no debug information"
	case d.After:
		bare = "after has no debug information"
	}
	if d.Options.By != view.ByType {
		if bare == "" {
			return nil
		}
		return []text.Fact{NoteFact(bare + ", so inlined functions are no sites")}
	}
	wholeBefore, wholeAfter := d.Total.Before.Get(d.Metric), d.Total.Sums.Get(d.Metric)
	if wholeBefore == 0 || wholeAfter == 0 || d.Metric == view.Lifetime {
		return nil
	}
	const much = 0.1 // of a profile: what is less will not be taken for what changed
	shareBefore, shareAfter := float64(d.TypedBefore)/float64(wholeBefore), float64(d.TypedAfter)/float64(wholeAfter)
	if math.Abs(shareBefore-shareAfter) < much {
		return nil
	}
	words := fmt.Sprintf("types are known of %s of %s before, and of %s after",
		d.Units.Percent(d.TypedBefore, wholeBefore), MetricWords(&d.View), d.Units.Percent(d.TypedAfter, wholeAfter))
	if bare != "" {
		words += ", as " + bare
	}
	return []text.Fact{NoteFact(words)}
}

// Overview returns a few lines on what a profile holds: total, peak and end, and of which types
// the most is.
func Overview(r *view.Report, width int) []text.Fact {
	if r.Options.IsOfFrees() {
		return freesOverview(r)
	}
	p, total, u := r.Source.Profile, &r.Total.Sums, r.Units
	amount := func(bytes, blocks view.Metric) string { return WholeAmount(r, bytes, blocks) }
	if p.Span != nil {
		facts := partFacts(r, amount)
		if r.Options.By != view.ByType {
			facts = append(facts, mostTypes(r, factWidth(width))...)
		}
		return facts
	}
	facts := onlyThreadsFact(p)
	if r.Has(view.TotalBytes) || p.Sampling.HasTotals() {
		facts = append(facts, text.Fact{Label: cmp.Or(human.Verb(p), "total"), Text: cmp.Or(ExactTotals(p), amount(view.TotalBytes, view.TotalBlocks))})
	}
	nothing := "nothing"
	if u.Estimated {
		nothing = fmt.Sprintf("no sampled block: less than %s, in 19 cases of 20", human.Bytes(p.Sampling.Unseen()))
	}
	if r.Has(view.PeakBytes) {
		peak := amount(view.PeakBytes, view.PeakBlocks) + cmp.Or(ofWholePeak(p), PeakWhen(p, u))
		if total.Get(view.PeakBytes) == 0 && total.Get(view.PeakBlocks) == 0 && u.Estimated {
			peak = nothing
		}
		facts = append(facts, text.Fact{Label: "peak", Text: peak})
	}
	if r.Has(view.EndBytes) {
		end := amount(view.EndBytes, view.EndBlocks)
		if total.Get(view.EndBytes) == 0 && total.Get(view.EndBlocks) == 0 {
			end = nothing
		}
		facts = append(facts, text.Fact{Label: liveLabel(p), Text: end})
	}
	if r.Has(view.PeakBytes) || r.Has(view.EndBytes) {
		facts = append(facts, latelyFact(r.Source)...)
		facts = append(facts, overTime(p, width)...)
		facts = append(facts, jointFacts(p, width)...)
		facts = append(facts, marksFact(p, width)...)
	}
	if p.Mode != profile.ModeMappings {
		facts = append(facts, RefusedFacts(r.Source)...)
	}
	if p.Mode == profile.ModeMappings {
		facts = append(facts, mappingKinds(p)...)
	} else {
		facts = append(facts, MappingsBeside(p)...)
	}
	facts = append(facts, leakFacts(r)...)
	facts = append(facts, SpanFact(r)...)
	if r.Has(view.TemporaryBlocks) && total.Get(view.TotalBlocks) > 0 {
		share := u.Percent(total.Get(view.TemporaryBlocks), total.Distinct())
		when := "freed before their thread's next allocation"
		if p.Maker == "heaptrack" { // which knows no threads, and takes a realloc for a free
			when = "freed or resized before anything else was allocated"
		}
		facts = append(facts, text.Fact{Label: "temporary", Text: share + " of blocks, " + when})
	}
	if r.Options.By != view.ByType {
		facts = append(facts, mostTypes(r, factWidth(width))...)
	}
	return facts
}

// WholeAmount returns how many bytes a report has in all, in how many blocks where these were counted.
func WholeAmount(r *view.Report, bytes, blocks view.Metric) string {
	total, u := &r.Total.Sums, r.Units
	words := u.Size(total.Get(bytes)) + within(total, bytes)
	if r.Has(blocks) {
		words += " in " + u.Blocks(total.Get(blocks)) + within(total, blocks)
	}
	return words
}

// mostTypes returns of which types the most is, as many as fit into width columns; nothing where
// no type is known.
func mostTypes(r *view.Report, width int) []text.Fact {
	const most, least = 5, 1 // types, and percent of what there is
	whole := r.Total.Sums.Get(r.Metric)
	label, of := "types", " of "+MetricWords(&r.View)
	if r.Metric == view.PeakBytes {
		label, of = "of the peak", ""
	}
	var shown []string
	for _, t := range r.Types {
		if t.Type.Name == "" {
			continue
		}
		if len(shown) == most || 100*float64(t.Sum) < least*float64(whole) {
			break
		}
		next := append(shown, r.Units.Percent(t.Sum, whole)+" "+t.Type.Name)
		if names.Width(strings.Join(next, ", ")+of) > width {
			break
		}
		shown = next
	}
	if len(shown) == 0 {
		return nil
	}
	return []text.Fact{{Label: label, Text: strings.Join(shown, ", ") + of}}
}

// ownCode returns how much of a profile the program's own code had allocated, and whose that is.
func ownCode(r *view.Report) []text.Fact {
	facts := UnknownOwn(r.Source.Frames.UnknownOwn())
	switch {
	case r.Own.Sum == 0 && len(facts) > 0:
		return facts
	case r.Own.Sum == 0:
		return append(facts, NoteFact("no function is known to be of the program's own code: --by crate and --by dir show what to name, as in --own=NAME"))
	}
	whole := r.Total.Sums.Get(r.Metric)
	words := fmt.Sprintf("%s of %s has a function of it", r.Units.Percent(r.Own.Sum, whole), MetricWords(&r.View))
	if len(r.Own.Crates) > 0 {
		words += ": " + SomeOf(r.Own.Crates)
	}
	facts = append([]text.Fact{{Label: "own code", Text: words}}, facts...)
	const least, most = 10, 3 // percent that are worth a line, and crates that it has room for
	if 100*float64(r.Own.RestSum) < least*float64(whole) || len(r.Own.Crates) == 0 || len(r.Own.Crates) > most {
		return facts
	}
	var own []string
	for _, crate := range r.Own.Crates {
		name, _, _ := strings.Cut(crate, " ")
		own = append(own, name)
	}
	return append(facts, NoteFact(fmt.Sprintf("%s begins in %s instead: --own=%s adds it",
		r.Units.Percent(r.Own.RestSum, whole), r.Own.Rest, strings.Join(append(own, r.Own.Rest), ","))))
}

// UnknownOwn returns a line on names of own code that the user gave and nothing has.
func UnknownOwn(unknown []string) []text.Fact {
	if len(unknown) == 0 {
		return nil
	}
	return []text.Fact{NoteFact("nothing is of " + andAll(quoted(unknown)) + ", called own code: see --by crate and --by dir")}
}

// quoted returns the texts in quotes, fit for a terminal.
func quoted(texts []string) []string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = strconv.Quote(s)
	}
	return all
}

// within returns how far an estimated sum may be off, with a space before it; "" for an exact
// one.
func within(s *view.Sums, m view.Metric) string {
	margin, ok := s.Margin(m)
	if !ok || s.Get(m) == 0 {
		return ""
	}
	return " " + human.Margin(margin, float64(s.Get(m)))
}

// ExactTotals returns what was allocated in all where that was counted beside the estimates;
// "" where it was not.
func ExactTotals(p *profile.Profile) string {
	if !p.Sampling.HasTotals() {
		return ""
	}
	u := human.UnitsOf(p)
	u.Estimated = false
	return fmt.Sprintf("%s in %s", u.Size(p.Sampling.ExactBytes), u.Blocks(p.Sampling.ExactBlocks))
}

// ReportNotes returns what a reader of a report should know besides the numbers.
func ReportNotes(r *view.Report) []text.Fact {
	p := r.Source.Profile
	var facts []text.Fact
	if p.Mode == profile.ModeMappings {
		facts = append(facts, NoteFact("address space in whole pages, touched or not; no part of the heap's numbers"))
	}
	facts = append(facts, laterFact(p)...)
	found := append(finding.Losses(p), finding.NamelessFunctions(r)...)
	found = append(found, finding.WrongFrees(r.Source)...)
	for _, find := range []func(*view.Report) (finding.Finding, bool){finding.MadeCodeUnnamed, finding.InlinedUnseen, finding.LeaksAlone, finding.DropsUnseen} {
		if f, ok := find(r); ok {
			found = append(found, f)
		}
	}
	return append(facts, FindingFacts(found)...)
}

// MappingsBeside returns how much was mapped apart from the heap; nothing where mappings
// were not recorded.
func MappingsBeside(p *profile.Profile) []text.Fact {
	m := p.OfMappings()
	if m == nil {
		return nil
	}
	sum := m.Totals()
	return []text.Fact{{Label: "mappings", Text: fmt.Sprintf("%s at their peak, %s at exit, apart from the heap: report --mappings shows them",
		human.Bytes(sum.PeakBytes), human.Bytes(sum.EndBytes))}}
}

// mappingKinds returns what the mappings at the peak were, those with the most bytes first.
func mappingKinds(p *profile.Profile) []text.Fact {
	peaks := make(map[string]uint64)
	for i := range p.Points {
		if pt := &p.Points[i]; pt.Stack.Len() > 0 && pt.PeakBytes > 0 {
			peaks[p.Frames[pt.Stack.At(0)].Function] += pt.PeakBytes
		}
	}
	kinds := slices.SortedFunc(maps.Keys(peaks), func(a, b string) int {
		return cmp.Or(cmp.Compare(peaks[b], peaks[a]), cmp.Compare(a, b))
	})
	if len(kinds) == 0 {
		return nil
	}
	for i, kind := range kinds {
		kinds[i] = human.Bytes(peaks[kind]) + " " + names.Printable(strings.Trim(kind, "[]"))
	}
	return []text.Fact{{Label: "of the peak", Text: strings.Join(kinds, ", ")}}
}

// factWidth returns how wide the text of a fact may be where lines are width columns wide.
func factWidth(width int) int {
	const labels = 14
	if width > 0 {
		return max(width-labels, 20)
	}
	return text.FreeWidth
}

// CommandLine returns the command line of the recorded program, cut to what fits on a line.
func CommandLine(p *profile.Profile, width int) text.Fact {
	return text.Fact{Label: "command", Text: cmp.Or(names.CutEnd(CommandWords(p), factWidth(width)), "(unknown)")}
}
