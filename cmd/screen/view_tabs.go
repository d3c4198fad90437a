package screen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/source"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// viewTab is a tab of heapprof view that is a report or a diff of rows.
type viewTab struct {
	name string
	ask  view.Question
	by   view.By
}

// callsTab is the only tab of a profile that counts calls, which make no blocks.
const callsTab = "sites"

// viewTabs are the tabs of rows of a profile.
func viewTabs(p *profile.Profile) []viewTab {
	if p.Measure().IsOfCalls() {
		return []viewTab{{callsTab, view.AskPeak, view.BySite}}
	}
	return []viewTab{
		{"peak", view.AskPeak, view.BySite}, {"leaks", view.AskLeaks, view.BySite}, {"churn", view.AskChurn, view.BySite},
		{"growth", view.AskGrowth, view.BySite}, {"types", view.AskPeak, view.ByType},
	}
}

// The tabs that are pages of their own, and stand before that of types.
const (
	residentTab = "resident"
	retainedTab = "retained"
)

// options returns what is shown of one profile.
func (v *viewer) options() *terminal.Options {
	p := v.source.Profile
	o := &terminal.Options{
		Title: wording.CommandLine(p, 0).Text, Aside: viewAside(p), Files: v.o.source.Of(p), NoSource: noSourceWords, Edit: editLine,
		Explain: v.explain,
	}
	lines := v.o.source.Of(p)
	for _, t := range viewTabs(p) {
		if t.by == view.ByType {
			o.Tabs = append(o.Tabs, terminal.Tab{Name: residentTab, Page: v.resident}, terminal.Tab{Name: retainedTab, Page: v.retained})
		}
		o.Tabs = append(o.Tabs, terminal.Tab{Name: t.name, Page: func(a terminal.Ask) terminal.Answer { return v.report(t, a, lines) }})
	}
	o.Command = func(tab int, a terminal.Ask) string { return v.command(o.Tabs[tab].Name, a) }
	return o
}

// viewAside is what stands beside the command of a program: what it had at its peak, or allocated in all where that is not known, and at exit.
func viewAside(p *profile.Profile) string {
	u, total := human.UnitsOf(p), p.Totals()
	var parts []string
	switch {
	case view.PeakBytes.Has(p):
		parts = append(parts, "peak "+u.Size(total.PeakBytes))
	case view.TotalBytes.Has(p):
		parts = append(parts, u.Size(total.TotalBytes)+" in all")
	}
	if view.EndBytes.Has(p) {
		parts = append(parts, wording.EndLabel(p)+" "+u.Size(total.EndBytes))
	}
	return strings.Join(parts, ", ")
}

// options returns the options of a view that a tab asks for.
func (t viewTab) options(a terminal.Ask) view.Options {
	o := view.Options{Question: t.ask, By: t.by, AllFrames: a.AllFrames, Focus: a.Filter}
	if m, err := view.ParseMetric(a.Choice); err == nil {
		o.Metric = &m
	} else if reports.IsMakersName(a.Choice) {
		o.Extra = a.Choice
	}
	return o
}

// report answers the question of a tab.
func (v *viewer) report(t viewTab, a terminal.Ask, lines *source.Files) terminal.Answer {
	if why := t.missing([]*view.Source{v.source}); why != "" {
		return noAnswer(why)
	}
	r, err := view.NewReport(v.source, t.options(a))
	if err != nil {
		return noAnswer(v.why(err))
	}
	answer := terminal.Answer{
		Page: outline.OfReport(r, v.words(t, a, wording.Remarks(r.Units), lines)), Said: saidOfReport(r), Folds: true, Filters: true, Choose: "sort by", Choice: r.Units.Metric(r.SortedBy()),
	}
	if t.ask == view.AskGrowth {
		answer.Choices = append(answer.Choices, "risen-bytes")
	}
	if t.by == view.ByType && len(r.Types) == 0 {
		answer.Said, answer.Tone = wording.NoTypes(v.source), terminal.Warning
	}
	for _, m := range r.Metrics {
		answer.Choices = append(answer.Choices, r.Units.Metric(m.String()))
	}
	return answer
}

// missing says why profiles have no answer to the question of a tab; "" where they may have one.
func (t viewTab) missing(sources []*view.Source) string {
	if why := wording.NothingRecorded(sources); why != "" {
		return why
	}
	if t.ask == view.AskLeaks && slices.ContainsFunc(sources, func(s *view.Source) bool { return !view.EndBytes.Has(s.Profile) }) {
		return wording.NoLives(sources, view.EndBytes)
	}
	return ""
}

// noAnswer says why there is none.
func noAnswer(why string) terminal.Answer {
	return terminal.Answer{Said: names.Printable(why), Tone: terminal.Warning}
}

// why says why a question has no answer.
func (v *viewer) why(err error) string {
	if errors.Is(err, view.ErrNoFacts) {
		return wording.NoGrowth(v.source.Profile, v.source.Name)
	}
	return err.Error()
}

// words are those of a page of rows.
func (v *viewer) words(t viewTab, a terminal.Ask, remark func(*view.Row) text.Remark, lines *source.Files) outline.Words {
	w := outline.Words{
		Name: "site, its callers below", Lines: "at lines", Callers: "called by",
		Source: func(file string, line int) string {
			f := lines.Of(file)
			if f.Newer {
				return ""
			}
			return strings.TrimSpace(f.Line(line))
		},
	}
	if t.by == view.ByType {
		w.Name = "type, its sites below"
	}
	if a.Filter != nil {
		w.Unfocused = names.Printable("not matching /" + a.Filter.String())
	}
	if remark != nil {
		w.Remark = func(r *view.Row) []string { return remarkLines(remark(r)) }
	}
	return w
}

// saidOfReport is what a report answers, in a sentence.
func saidOfReport(r *view.Report) string {
	p, total, u := r.Source.Profile, &r.Total.Sums, r.Units
	amount := func(bytes, blocks view.Metric) string { return wording.WholeAmount(r, bytes, blocks) }
	switch r.Options.Question {
	case view.AskLeaks:
		if total.Get(view.EndBlocks) == 0 && total.Get(view.EndBytes) == 0 && !u.Estimated {
			return "nothing is live at the end"
		}
		if s := p.LastSnapshot(); s != nil {
			return fmt.Sprintf("lost: %s in %s, of %s live at exit; looked %s",
				u.Size(s.Unreached.Bytes), u.Blocks(s.Unreached.Blocks), u.Size(total.Get(view.EndBytes)), wording.SnapshotWords(s))
		}
		if wording.LivesOn(p) {
			return "what was not freed until then: " + amount(view.EndBytes, view.EndBlocks)
		}
		return "what is never freed: " + amount(view.EndBytes, view.EndBlocks)
	case view.AskChurn:
		said := "what comes and goes: " + amount(view.TotalBytes, view.TotalBlocks) + " in all"
		if r.Has(view.TemporaryBlocks) && total.Get(view.TotalBlocks) > 0 {
			said += ", " + u.Percent(total.Get(view.TemporaryBlocks), total.Distinct()) + " of the blocks temporary"
		}
		return said
	case view.AskGrowth:
		return "what grew: " + wording.SpanFact(r)[0].Text
	}
	what := "who holds it"
	if r.Options.By == view.ByType {
		what = "what it is made of"
	}
	switch {
	case r.Metric == view.PeakBytes || r.Metric == view.PeakBlocks:
		return what + " at the peak: " + amount(view.PeakBytes, view.PeakBlocks) + wording.PeakWhen(p, u)
	case r.Metric == view.EndBytes || r.Metric == view.EndBlocks:
		return what + " " + wording.EndLabel(p) + ": " + amount(view.EndBytes, view.EndBlocks)
	}
	if p.Measure().IsOfCalls() {
		return "where from: " + amount(view.TotalBytes, view.TotalBlocks)
	}
	return "who allocated: " + amount(view.TotalBytes, view.TotalBlocks) + " in all"
}

// noSourceWords says why the source of a row is not shown; "" where it has none.
func noSourceWords(r *outline.Row, f *source.File) string {
	switch {
	case f == nil && (r.Site == nil || r.Site.Module == ""):
		return ""
	case f == nil:
		return "in " + names.Printable(r.Site.Module) + ", of which no lines are known: it has no debug information here"
	case f.Newer:
		return "the source is not shown, as it was changed after the recording"
	case f.Path == "":
		return "the source is not at hand: --source-path DIR says where it is"
	}
	return "which line it is differs, or is not known"
}

// command returns the command that prints what a tab of one profile shows.
func (v *viewer) command(tab string, a terminal.Ask) string {
	words := []string{"heapprof", "report"}
	switch tab {
	case "types":
		words = append(words, "--by", "type")
	case "peak", callsTab:
	default:
		words = append(words, "--"+tab)
	}
	switch tab {
	case residentTab:
	case retainedTab:
		if a.Choice != "" {
			at, _, _ := strings.Cut(a.Choice, "  ")
			words = append(words, "--at", wording.ShellQuote(at))
		}
	default:
		words = append(words, rowFlags(a)...)
	}
	return strings.Join(append(words, wording.ShellQuote(v.o.file)), " ")
}

// rowFlags returns the flags of a report or a diff for how a tab was asked.
func rowFlags(a terminal.Ask) (flags []string) {
	if _, err := view.ParseMetric(a.Choice); err == nil || reports.IsMakersName(a.Choice) {
		flags = append(flags, "--sort", a.Choice)
	}
	if a.Filter != nil {
		flags = append(flags, "--focus", wording.ShellQuote(a.Filter.String()))
	}
	if a.AllFrames {
		flags = append(flags, "--all-frames")
	}
	return flags
}

// snapshotChoices names the snapshots of a profile, with when they were made.
func snapshotChoices(p *profile.Profile) (all []string) {
	u := human.UnitsOf(p)
	list := opening.Snapshots(p)
	for i := range list {
		all = append(all, fmt.Sprintf("%s  at %s", wording.SnapshotName(&list[i]), u.Time(float64(list[i].Time))))
	}
	return all
}

// chosenOf returns which snapshot a choice names; -1 for none.
func chosenOf(p *profile.Profile, choice string) int { return slices.Index(snapshotChoices(p), choice) }
