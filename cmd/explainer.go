package cmd

import (
	"cmp"
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// numbered is a finding with the number under which every command shows it.
type numbered struct {
	finding.Finding
	number int
}

// explainer says what was found of a profile's heap.
type explainer struct {
	source   *view.Source
	units    human.Units
	findings []numbered
	lines    *source.Files
}

func newExplainer(s *view.Source, where *sourceFlags) *explainer {
	e := &explainer{source: s, units: human.UnitsOf(s.Profile), lines: where.of(s.Profile)}
	for i, f := range finding.OfHeap(s) {
		e.findings = append(e.findings, numbered{f, i + 1})
	}
	return e
}

// first returns the first findings, at most most of them, in a line each. Of those that say the
// same of several lines of one function the first stands for all, and of one code there are two.
func (e *explainer) first(most int) []text.Item {
	const ofCode = 2
	type function struct {
		finding.Code
		name, file string
	}
	type line struct {
		finding numbered
		others  uint64 // that it stands for
	}
	var lines []*line
	shown := map[function]*line{}
	codes := map[finding.Code][]*line{}
	for _, f := range e.findings {
		if f.Code == finding.LimitCrossed {
			continue // which is said above all findings
		}
		key := function{Code: f.Code}
		if f.Site != nil {
			key.name, key.file = cmp.Or(f.Site.Function, f.Site.Name), f.Site.File
		}
		stands := shown[key]
		if all := codes[f.Code]; stands == nil && len(all) == ofCode {
			stands = all[ofCode-1]
		}
		switch {
		case stands != nil:
			stands.others++
		case len(lines) < most:
			l := &line{finding: f}
			lines, shown[key], codes[f.Code] = append(lines, l), l, append(codes[f.Code], l)
		}
	}
	var items []text.Item
	for _, l := range lines {
		item := text.Item{Number: l.finding.number, Text: headline(l.finding.Finding, e.units)}
		if l.others > 0 {
			item.Text += fmt.Sprintf(" (and %s)", human.Counted(l.others, "other place"))
		}
		items = append(items, item)
	}
	return items
}

// mostFindings is how many findings are shown that nobody asked for: each must be worth its line.
const mostFindings = 4

// reportFindings returns the findings that a report begins with: of all sites, as it is shown
// if nothing else is asked for.
func reportFindings(r *view.Report) []text.Item {
	o := r.Options
	if o.By != view.BySite || o.Metric != nil || o.Tree || o.AllFrames || o.Own || o.Question != view.AskPeak || o.WhoFrees || o.Focus != nil || o.Ignore != nil || r.Source.Profile.Measure() != profile.HeapBlocks {
		return nil
	}
	return newExplainer(r.Source, &sourceFlags{}).first(mostFindings)
}

// findingsTitle returns what stands above the findings in a file, or in an input that has none.
func findingsTitle(file string) string {
	if file == inputName(stdinName) {
		return "findings"
	}
	return fmt.Sprintf("findings (heapprof explain %s)", shellQuote(file))
}

// saidFinding is all that is said of a finding in words. What is quoted of a profile in evidence, try and
// fineIf is made fit for a terminal by whoever shows it.
type saidFinding struct {
	headline string // in a line
	title    string // the first words of the headline: what was found
	amount   string // how much, "12.3 MiB"
	share    string // "12.1% of the peak"; "" where it is a share of nothing
	evidence []string
	try      []string
	fineIf   string // when nothing is to be done; may be ""
}

// say returns a finding in words.
func (e *explainer) say(f finding.Finding) saidFinding {
	words, _ := wordsOf(f.Code)
	said := saidFinding{headline: headline(f, e.units), title: cmp.Or(words.title, string(f.Code)), amount: words.worth(f, e.units), fineIf: words.mistaken}
	if f.Amount.Share > 0 {
		said.share = fmt.Sprintf("%s of %s", e.units.Percentage(100*f.Amount.Share), wholeWords(f.Amount.Of))
	}
	if words.evidence != nil {
		said.evidence = words.evidence(f, e.units)
	}
	if words.try != nil {
		said.try = words.try(f, e.language(f))
	}
	return said
}

// item returns a finding with all that is known of it, or with less of its stack and its
// source if it is one of many.
func (e *explainer) item(f numbered, full bool) text.Item {
	said := e.say(f.Finding)
	item := text.Item{Number: f.number, Text: said.headline}
	add := func(label string, keep bool, lines ...string) {
		if len(lines) > 0 {
			item.Parts = append(item.Parts, text.Part{Label: label, Lines: lines, Keep: keep})
		}
	}
	what := string(f.Code)
	if said.share != "" {
		what += ", " + said.share
	}
	if f.Type != "" {
		what += ", of " + f.Type
	}
	add("finding", false, names.Printable(what))
	add("evidence", false, said.evidence...)
	if full {
		add("stack", true, e.stack(f.Finding, 1000, true)...)
	} else {
		add("stack", true, e.stack(f.Finding, 4, false)...)
	}
	add("try", false, said.try...)
	if said.fineIf != "" {
		add("fine if", false, said.fineIf)
	}
	return item
}

// framesOf returns the frames of the stack that has most of a finding, from its site outward.
func (e *explainer) framesOf(f finding.Finding) []uint32 {
	if f.Stack == nil {
		return nil
	}
	from, to := e.source.Frames.Trim(f.Stack, false)
	from = max(from, 0)
	return f.Stack[from:max(to, from+1)]
}

// stack returns the stack that has most of a finding from its site outward, at most most
// frames of it, with source lines: that of the site, or with context those of all frames.
func (e *explainer) stack(f finding.Finding, most int, context bool) []string {
	frames := e.framesOf(f)
	var lines []string
	for i, id := range frames {
		if i == most {
			lines = append(lines, moreCallers(len(frames)-most))
			break
		}
		frame := e.source.Frames.Frame(id)
		lines = append(lines, names.Printable(frame.Name()+"  "+frame.Place()))
		if i > 0 && !context {
			continue
		}
		lines = append(lines, e.sourceLines(frame.File, frame.Line, i == 0 && context)...)
	}
	return lines
}

// moreCallers says that a stack goes on.
func moreCallers(n int) string { return "… " + human.Counted(uint64(n), "more caller") }

// sourceLines returns a line of a source file, or with context also those around it, each with
// its number; nothing where the file is not at hand.
func (e *explainer) sourceLines(file string, line int, context bool) []string {
	f := e.lines.Of(file)
	if f.Newer || f.Line(line) == "" {
		return nil
	}
	if !context {
		return []string{fmt.Sprintf("    %d  %s", line, strings.TrimSpace(f.Line(line)))}
	}
	const around = 3
	var shown []string
	for n := max(1, line-around); n <= min(f.Lines(), line+around); n++ {
		mark := " "
		if n == line {
			mark = ">"
		}
		shown = append(shown, fmt.Sprintf("  %s %*d  %s", mark, len(fmt.Sprint(line+around)), n, f.Line(n)))
	}
	return shown
}

// language returns the language of the code of a finding's site.
func (e *explainer) language(f finding.Finding) profile.Language {
	if f.Stack == nil {
		return profile.UnknownLanguage
	}
	if at := e.source.Frames.Site(f.Stack, false); at >= 0 {
		return e.source.Profile.Frames[f.Stack[at]].Language
	}
	return profile.UnknownLanguage
}
