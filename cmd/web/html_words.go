package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/page"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// pageWords is what is said on a page, which does not depend on how much of the profile it has room for.
type pageWords struct {
	inputs    []reports.MomentInput
	sources   []*view.Source
	explainer *reports.Explainer // of the only profile, or of the later one
	said      []reports.SaidFinding
	verdict   []string
	notes     []string
	resident  *view.Resident // nil where nothing was looked at
	held      []*held.Retained
	given     page.Given
}

// newPageWords finds the words. Its errors carry a status.
func newPageWords(sources []*view.Source, o *HTMLOptions) (*pageWords, error) {
	w := &pageWords{inputs: o.inputs, sources: sources, given: page.Given{Mappings: o.mappings, Plumbing: o.Plumbing, Own: o.own, SourcePath: o.Source.Paths}}
	after := sources[len(sources)-1]
	if after.Profile.Span == nil {
		w.explainer = reports.NewExplainer(after, &o.Source)
	} else {
		w.explainer = &reports.Explainer{Source: after} // what is found is of whole runs
	}
	for _, f := range w.explainer.Findings {
		w.said = append(w.said, w.explainer.Say(f.Finding))
	}
	if len(sources) == 2 {
		d, err := view.NewDiff(sources[0], sources[1], view.Options{})
		if err != nil {
			return nil, console.Failure(err)
		}
		w.verdict = pageVerdict(d)
		w.notes = factTexts(wording.DiffNotes(d))
	} else {
		r, err := view.NewReport(after, view.Options{})
		if err != nil {
			return nil, console.Failure(err)
		}
		w.resident = view.NewResident(after)
		notes := pageNotes(r)
		for i := range opening.Snapshots(after.Profile) {
			r := held.NewRetained(held.New(after, i))
			w.held = append(w.held, r)
			notes = append(append(notes, wording.HeldNotes(r.Of)...), wording.FrameNotes(r)...)
		}
		// As on the page: in the order of time.
		slices.SortStableFunc(w.held, func(a, b *held.Retained) int { return cmp.Compare(a.Time, b.Time) })
		w.notes = factTexts(notes)
	}
	w.notes = append(w.notes, factTexts(wording.UnknownOwn(after.Frames.UnknownOwn()))...)
	return w, nil
}

// add adds the words to a page.
func (w *pageWords) add(p *page.Page, x *page.Index) {
	for i := range p.Sides {
		w.addSide(&p.Sides[i], i)
	}
	if slices.ContainsFunc(w.sources, func(s *view.Source) bool { return wording.LivesOn(s.Profile) }) {
		nameEnd(p, "Live at the end")
	}
	p.Verdict, p.Notes, p.Given = w.verdict, w.notes, w.given
	p.Findings = nil
	for i, f := range w.explainer.Findings {
		p.Findings = append(p.Findings, w.finding(p, x, f, &w.said[i]))
	}
	w.addResident(p.Resident)
	w.addHeld(p.Held, x)
	p.Missing = missingWords(p, w.sources, w.inputs, w.explainer)
}

// addSide adds what is said about one of the profiles.
func (w *pageWords) addSide(s *page.Side, i int) {
	p := w.sources[i].Profile
	s.File = wording.ShellQuote(w.inputs[i].Name)
	s.Command = wording.CommandWords(p)
	s.Program = wording.ProgramName(p)
	s.Status = statusWords(p)
}

// statusWords says how the recorded program ended; "" where that is not known.
func statusWords(p *profile.Profile) string {
	if merged := wording.MergedFacts(p); merged != nil {
		return "merged of " + merged[0].Text
	}
	if p.Recording == nil {
		return ""
	}
	switch r := p.Recording; {
	case r.Dump != nil:
		return "ran on"
	case r.Attached != nil:
		return wording.AttachedStatus(p)
	case r.OutOfMemory != nil:
		return wording.OutOfMemoryWords(r.OutOfMemory)
	default:
		return wording.EndWords(r.Signal, r.ExitCode)
	}
}

// pageVerdict returns what became of what: for two runs first whether that is better or worse.
func pageVerdict(d *view.Diff) []string {
	var lines []string
	if from, to := d.Before.Profile, d.After.Profile; from.Span != nil {
		lines = append(lines, wording.InstantWords(from, from.Span.To)+" → "+wording.InstantWords(to, to.Span.To))
	}
	for _, f := range wording.Verdict(d) {
		line := f.Text
		if f.Label != wording.VerdictLabel {
			line = f.Label + ": " + line
		}
		lines = append(lines, names.Printable(line))
	}
	return lines
}

// pageNotes returns what a reader of a page should know besides the numbers.
func pageNotes(r *view.Report) []text.Fact {
	p := r.Source.Profile
	var facts []text.Fact
	if mode := wording.ModeFact(p); mode != nil {
		facts = append(facts, text.Fact{Text: "mode " + mode[0].Text})
	}
	for _, f := range wording.RecordedFact(p) {
		facts = append(facts, text.Fact{Text: f.Label + " " + f.Text})
	}
	if p.Merged != nil && r.Has(view.PeakBytes) {
		facts = append(facts, text.Fact{Text: "the peak is " + wording.PeaksAdded(p)})
	}
	if p.IsAttached() {
		facts = append(facts, text.Fact{Text: wording.BeforeWords(p)})
	}
	facts = append(facts, wording.ReportNotes(r)...)
	if p.Mode != profile.ModeMappings {
		facts = append(facts, wording.RefusedNotes(r.Source)...)
		for _, f := range wording.MappingsBeside(p) {
			facts = append(facts, text.Fact{Text: f.Label + ": " + f.Text})
		}
	}
	if s := p.LastSnapshot(); s != nil && view.LostBytes.Has(p) {
		facts = append(facts, text.Fact{Text: fmt.Sprintf("lost is what nothing led to %s, at %s", wording.SnapshotWords(s), r.Units.Time(float64(s.Time)))})
	}
	return facts
}

// factTexts returns the texts of facts, each once.
func factTexts(facts []text.Fact) []string {
	var all []string
	said := map[string]bool{}
	for _, f := range facts {
		if line := names.Printable(f.Text); !said[line] {
			said[line] = true
			all = append(all, line)
		}
	}
	return all
}

// pageMetrics are the metrics that show the findings of a code best, where that is not what the finding is a share of.
var pageMetrics = map[finding.Code]view.Metric{
	finding.Unreachable: view.LostBytes,
	finding.Churn:       view.TemporaryBlocks,
}

// metricOf returns the name of the metric of a page that shows a finding best; "" where none does.
func metricOf(p *page.Page, f *finding.Finding) string {
	name := string(f.Amount.Of) // wholes are called as metrics are
	if m, ok := pageMetrics[f.Code]; ok && hasMetric(p, m.String()) {
		name = m.String()
	}
	if !hasMetric(p, name) {
		return ""
	}
	return name
}

func hasMetric(p *page.Page, name string) bool {
	for _, m := range p.Metrics {
		if m.Name == name {
			return true
		}
	}
	return false
}

// finding returns a finding as it stands on a page.
func (w *pageWords) finding(p *page.Page, x *page.Index, f reports.Numbered, said *reports.SaidFinding) page.Finding {
	const most = 64 // frames: more are in explain
	made := page.Finding{
		Number: f.Number, Code: string(f.Code), Headline: names.Printable(said.Headline), Title: said.Title, Amount: names.Printable(said.Amount), Share: said.Share,
		Evidence: printable(said.Evidence), Try: printable(said.Try), FineIf: names.Printable(said.FineIf),
		Metric: metricOf(p, &f.Finding), Place: -1, Type: -1, Node: -1,
	}
	if f.Stack == nil {
		return made
	}
	made.Node = x.Node(f.Stack)
	if f.Site != nil {
		made.Place = x.Place(f.Stack)
		made.Type = x.Type(f.Type)
	}
	stack := w.explainer.FramesOf(f.Finding)
	for i, id := range stack {
		if i == most {
			made.Stack = append(made.Stack, page.Frame{Name: reports.MoreCallers(len(stack) - most), File: -1})
			break
		}
		frame := w.explainer.Source.Frames.Frame(id)
		made.Stack = append(made.Stack, page.Frame{
			Name: x.Name(names.Printable(frame.Name())), Where: names.Printable(frame.Place()), File: x.File(frame.File), Line: uint32(max(frame.Line, 0)),
		})
	}
	return made
}

// printable returns texts without what steers a terminal, which may mislead a reader of a page, too.
func printable(all []string) []string {
	made := make([]string, len(all))
	for i, s := range all {
		made[i] = names.Printable(s)
	}
	return made
}

// addResident adds what the moments and the parts are.
func (w *pageWords) addResident(r *page.Resident) {
	if r == nil || w.resident == nil {
		return
	}
	for i := range r.Readings {
		reading := &w.resident.Readings[i]
		r.Readings[i].Words = fmt.Sprintf("%s, after %s", wording.ReadingTitle(reading), w.resident.Units.Time(float64(reading.Time)))
		for j := range r.Readings[i].Parts {
			r.Readings[i].Parts[j].Words = names.Printable(wording.PartWords(reading.Parts[j], reading))
		}
	}
}

// addHeld adds which moments snapshots are of, and what their owners are called.
func (w *pageWords) addHeld(all []page.Held, x *page.Index) {
	for i := range all {
		h, o := &all[i], w.held[i].Of
		h.Words, h.At = names.Printable(wording.MomentWords(o)), snapshotArgument(o)
		for j := range h.Owners {
			if owner := x.Owner(i, j); owner != nil {
				name, where := wording.OwnerWords(owner)
				h.Owners[j].Name, h.Owners[j].Words = names.Printable(name), names.Printable(where)
			}
		}
	}
}

// snapshotArgument returns what --at takes for a snapshot: its name, or of several of that name its time.
func snapshotArgument(o *held.Of) string {
	name := wording.SnapshotName(o.Snapshot)
	unit, ok := human.TimeUnit(o.Source.Profile.Units.Time)
	if ok && slices.ContainsFunc(o.Others, func(s *profile.Snapshot) bool { return wording.SnapshotName(s) == name }) {
		return (time.Duration(o.Time) * unit).String()
	}
	return name
}

// pageLines returns what page.Options.Lines takes of source files. The lines of files that were changed since the
// recording may be others.
func pageLines(files *source.Files) func(file string, first, n int) []string {
	return func(name string, first, n int) []string {
		f := files.Of(name)
		if f.Newer {
			return nil
		}
		var lines []string
		for i := first; i < first+n && i <= f.Lines(); i++ {
			lines = append(lines, f.Line(i))
		}
		return lines
	}
}
