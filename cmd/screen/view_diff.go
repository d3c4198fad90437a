package screen

import (
	"fmt"
	"math"
	"path"
	"strings"

	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/source"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// diffViewer answers what changed from one profile to another.
type diffViewer struct {
	*viewer
	before *view.Source
}

// options returns what is shown of two profiles.
func (d *diffViewer) options() *terminal.Options {
	p := d.source.Profile
	from, to := d.o.file, d.o.later
	if path.Base(from) != path.Base(to) {
		from, to = path.Base(from), path.Base(to)
	}
	o := &terminal.Options{
		Title: names.Printable(fmt.Sprintf("%s → %s", from, to)), Aside: "what changed",
		Files: d.o.source.Of(p), NoSource: noSourceWords, Edit: editLine, Explain: d.explain,
	}
	lines := d.o.source.Of(p)
	for _, t := range viewTabs(p) {
		switch {
		case t.ask == view.AskGrowth:
			o.Tabs = append(o.Tabs, d.ofOne(t.name), d.ofOne(residentTab), d.ofOne(retainedTab))
		default:
			o.Tabs = append(o.Tabs, terminal.Tab{Name: t.name, Page: func(a terminal.Ask) terminal.Answer { return d.diff(t, a, lines) }})
		}
	}
	o.Command = func(tab int, a terminal.Ask) string { return d.command(o.Tabs[tab].Name, a) }
	return o
}

// ofOne is a tab that two profiles have no answer for.
func (d *diffViewer) ofOne(name string) terminal.Tab {
	return terminal.Tab{Name: name, Page: func(terminal.Ask) terminal.Answer {
		file, _ := opening.CutMoment(d.o.later)
		return terminal.Answer{Said: fmt.Sprintf("%s is told of one profile, and not of what changed: heapprof view %s", name, wording.ShellQuote(file))}
	}}
}

// diff answers the question of a tab.
func (d *diffViewer) diff(t viewTab, a terminal.Ask, lines *source.Files) terminal.Answer {
	if why := t.missing([]*view.Source{d.before, d.source}); why != "" {
		return noAnswer(why)
	}
	options := t.options(a)
	options.Top = math.MaxInt // all but what did not change
	v, err := view.NewDiff(d.before, d.source, options)
	if err != nil {
		return noAnswer(err.Error())
	}
	answer := terminal.Answer{
		Page: outline.OfDiff(v, d.words(t, a, nil, lines)), Folds: true, Filters: true, Choose: "compare", Choice: wording.MetricWords(&v.View),
	}
	answer.Said, answer.Tone = saidOfDiff(v)
	for _, m := range v.Metrics {
		answer.Choices = append(answer.Choices, v.Units.Metric(m.String()))
	}
	return answer
}

// saidOfDiff is the verdict, and how what is compared changed.
func saidOfDiff(d *view.Diff) (said string, tone terminal.Tone) {
	facts := wording.Verdict(d)
	compared := wording.Measure{Metric: d.Metric, Bytes: d.Metric.Unit() == view.UnitBytes}
	line := wording.MetricWords(&d.View)
	if d.Metric != view.Lifetime {
		line += " " + compared.Line(d, d.Total.Change(d.Metric))
	}
	if len(facts) == 0 || facts[0].Label != "verdict" {
		return line, terminal.Plain
	}
	switch word, _, _ := strings.Cut(facts[0].Text, ":"); word {
	case "better":
		tone = terminal.Better
	case "worse":
		tone = terminal.Worse
	}
	return facts[0].Text + "; " + line, tone
}

// explain says all of the verdict, then what was found of the later profile.
func (d *diffViewer) explain(width int) terminal.Explanation {
	v, err := view.NewDiff(d.before, d.source, view.Options{Top: 1})
	if err != nil {
		return terminal.Explanation{Lines: []string{names.Printable(err.Error())}}
	}
	x := newExplanation(width, d.o.streams.Color)
	x.facts(wording.DiffHead(v, width-2))
	x.Lines = append(x.Lines, "")
	x.facts([]text.Fact{{Label: "found in", Text: names.Printable(d.o.later)}})
	x.findings(reports.NewExplainer(d.source, &d.o.source))
	return x.Explanation
}

// command returns the command that prints what a tab shows.
func (d *diffViewer) command(tab string, a terminal.Ask) string {
	words := []string{"heapprof", "diff"}
	switch tab {
	case "types":
		words = append(words, "--by", "type")
	case "leaks", "churn":
		words = append(words, "--"+tab)
	}
	words = append(words, rowFlags(a)...)
	return strings.Join(append(words, wording.ShellQuote(d.o.file), wording.ShellQuote(d.o.later)), " ")
}
