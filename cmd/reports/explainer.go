package reports

import (
	"cmp"
	"fmt"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// Numbered is a finding with the number under which every command shows it.
type Numbered struct {
	finding.Finding
	Number int
}

// Explainer says what was found of a profile's heap.
type Explainer struct {
	Source   *view.Source
	Units    human.Units
	Findings []Numbered
	lines    *source.Files
}

// NewExplainer returns what puts the findings of a profile into words; where tells where its source files are.
func NewExplainer(s *view.Source, where *opening.SourceFlags) *Explainer {
	e := &Explainer{Source: s, Units: human.UnitsOf(s.Profile), lines: where.Of(s.Profile)}
	for i, f := range finding.OfHeap(s) {
		e.Findings = append(e.Findings, Numbered{f, i + 1})
	}
	return e
}

// First returns the first findings, at most most of them, in a line each. Of those that say the
// same of several lines of one function the first stands for all, and of one code there are two.
func (e *Explainer) First(most int) []text.Item {
	const ofCode = 2
	type function struct {
		finding.Code
		name, file string
	}
	type line struct {
		finding Numbered
		others  uint64 // that it stands for
	}
	var lines []*line
	shown := map[function]*line{}
	codes := map[finding.Code][]*line{}
	for _, f := range e.Findings {
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
		item := text.Item{Number: l.finding.Number, Text: wording.Headline(l.finding.Finding, e.Units)}
		if l.others > 0 {
			item.Text += fmt.Sprintf(" (and %s)", human.Counted(l.others, "other place"))
		}
		items = append(items, item)
	}
	return items
}

// MostFindings is how many findings are shown that nobody asked for: each must be worth its line.
const MostFindings = 4

// reportFindings returns the findings that a report begins with: of all sites, as it is shown
// if nothing else is asked for.
func reportFindings(r *view.Report) []text.Item {
	o := r.Options
	if o.By != view.BySite || o.Metric != nil || o.Tree || o.AllFrames || o.Own || o.Question != view.AskPeak || o.WhoFrees || o.Focus != nil || o.Ignore != nil || r.Source.Profile.Measure() != profile.HeapBlocks {
		return nil
	}
	return NewExplainer(r.Source, &opening.SourceFlags{}).First(MostFindings)
}

// findingsTitle returns what stands above the findings in a file, or in an input that has none.
func findingsTitle(file string) string {
	if file == opening.InputName(console.StdinName) {
		return "findings"
	}
	return fmt.Sprintf("findings (heapprof explain %s)", wording.ShellQuote(file))
}

// SaidFinding is all that is said of a finding in words. What is quoted of a profile in evidence, try and
// FineIf is made fit for a terminal by whoever shows it.
type SaidFinding struct {
	Headline string // in a line
	Title    string // the first words of the headline: what was found
	Amount   string // how much, "12.3 MiB"
	Share    string // "12.1% of the peak"; "" where it is a share of nothing
	Evidence []string
	Try      []string
	FineIf   string // when nothing is to be done; may be ""
}

// Say returns a finding in words.
func (e *Explainer) Say(f finding.Finding) SaidFinding {
	words, _ := wording.WordsOf(f.Code)
	said := SaidFinding{Headline: wording.Headline(f, e.Units), Title: cmp.Or(words.Title, string(f.Code)), Amount: words.Worth(f, e.Units), FineIf: words.Mistaken}
	if f.Amount.Share > 0 {
		said.Share = fmt.Sprintf("%s of %s", e.Units.Percentage(100*f.Amount.Share), wording.WholeWords(f.Amount.Of))
	}
	if words.Evidence != nil {
		said.Evidence = words.Evidence(f, e.Units)
	}
	if words.Try != nil {
		said.Try = words.Try(f, e.language(f))
	}
	return said
}

// Item returns a finding with all that is known of it, or with less of its stack and its
// source if it is one of many.
func (e *Explainer) Item(f Numbered, full bool) text.Item {
	said := e.Say(f.Finding)
	item := text.Item{Number: f.Number, Text: said.Headline}
	add := func(label string, keep bool, lines ...string) {
		if len(lines) > 0 {
			item.Parts = append(item.Parts, text.Part{Label: label, Lines: lines, Keep: keep})
		}
	}
	what := string(f.Code)
	if said.Share != "" {
		what += ", " + said.Share
	}
	if f.Type != "" {
		what += ", of " + f.Type
	}
	add("finding", false, names.Printable(what))
	add("evidence", false, said.Evidence...)
	if full {
		add("stack", true, e.stack(f.Finding, 1000, true)...)
	} else {
		add("stack", true, e.stack(f.Finding, 4, false)...)
	}
	add("try", false, said.Try...)
	if said.FineIf != "" {
		add("fine if", false, said.FineIf)
	}
	return item
}

// FramesOf returns the frames of the stack that has most of a finding, from its site outward.
func (e *Explainer) FramesOf(f finding.Finding) []uint32 {
	if f.Stack == nil {
		return nil
	}
	from, to := e.Source.Frames.Trim(f.Stack, false)
	from = max(from, 0)
	return f.Stack[from:max(to, from+1)]
}

// stack returns the stack that has most of a finding from its site outward, at most most
// frames of it, with source lines: that of the site, or with context those of all frames.
func (e *Explainer) stack(f finding.Finding, most int, context bool) []string {
	frames := e.FramesOf(f)
	var lines []string
	for i, id := range frames {
		if i == most {
			lines = append(lines, MoreCallers(len(frames)-most))
			break
		}
		frame := e.Source.Frames.Frame(id)
		lines = append(lines, names.Printable(frame.Name()+"  "+frame.Place()))
		if i > 0 && !context {
			continue
		}
		lines = append(lines, e.sourceLines(frame.File, frame.Line, i == 0 && context)...)
	}
	return lines
}

// MoreCallers says that a stack goes on.
func MoreCallers(n int) string { return "… " + human.Counted(uint64(n), "more caller") }

// sourceLines returns a line of a source file, or with context also those around it, each with
// its number; nothing where the file is not at hand.
func (e *Explainer) sourceLines(file string, line int, context bool) []string {
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
func (e *Explainer) language(f finding.Finding) profile.Language {
	if f.Stack == nil {
		return profile.UnknownLanguage
	}
	if at := e.Source.Frames.Site(f.Stack, false); at >= 0 {
		return e.Source.Profile.Frames[f.Stack[at]].Language
	}
	return profile.UnknownLanguage
}
