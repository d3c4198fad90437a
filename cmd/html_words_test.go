package cmd

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
)

func TestFindingsOnAPageAreThoseOfExplain(t *testing.T) {
	p := lookedAt(t, nil, reporttest.Found())
	out := told(t, "explain", "a.json")
	if n := strings.Count(out, "     finding   "); len(p.Findings) != n || n < 2 {
		t.Errorf("the page has %d findings, explain %d", len(p.Findings), n)
	}
	for _, f := range p.Findings {
		if !strings.Contains(out, f.Headline+"\n") || !strings.HasPrefix(f.Headline, f.Title+": ") || !strings.Contains(f.Headline, f.Amount) {
			t.Errorf("the headline %q, with the title %q and the amount %q, is not explain's", f.Headline, f.Title, f.Amount)
		}
		said := slices.Concat([]string{f.Code, f.Share, f.FineIf}, f.Evidence, f.Try)
		for _, words := range said {
			if !strings.Contains(joined(out), words) {
				t.Errorf("%d: explain does not say %q", f.Number, words)
			}
		}
		if len(f.Evidence) == 0 || len(f.Try) == 0 || f.FineIf == "" {
			t.Errorf("%+v", f)
		}
		if len(f.Stack) > 0 && (f.Node < 0 || f.Place < 0 || !strings.Contains(out, f.Stack[0].Name+"  "+f.Stack[0].Where)) {
			t.Errorf("%d: its stack is %+v, its node %d, its place %d", f.Number, f.Stack, f.Node, f.Place)
		}
		if f.Metric != "" && !slices.ContainsFunc(p.Metrics, func(m page.Metric) bool { return m.Name == f.Metric }) {
			t.Errorf("%d: the page has no metric %s", f.Number, f.Metric)
		}
	}
}

// joined returns a text without its line breaks.
func joined(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestTheVerdictOnAPageIsThatOfDiff(t *testing.T) {
	p := lookedAt(t, nil, reporttest.Sample(), reporttest.Rebuilt())
	out := joined(told(t, "diff", "a.json", "b.json"))
	if len(p.Verdict) < 3 || len(p.Sides) != 2 {
		t.Fatalf("%d sides, the verdict %q", len(p.Sides), p.Verdict)
	}
	if first := "verdict " + p.Verdict[0]; !strings.Contains(out, first) {
		t.Errorf("diff does not say %q", first)
	}
	for _, line := range p.Verdict[1:] {
		if words := strings.Replace(line, ":", "", 1); !strings.Contains(out, words) {
			t.Errorf("diff does not say %q", words)
		}
	}
}

func TestNotesOnAPageAreThoseOfTheReport(t *testing.T) {
	for name, profile := range map[string]*profile.Profile{"sampled": reporttest.Sampled(), "wrong": reporttest.WrongFrees(), "plain": reporttest.Sample()} {
		p := lookedAt(t, nil, profile)
		out := told(t, "report", "a.json")
		if n := strings.Count(out, "\nnote "); len(p.Notes) != n || n == 0 {
			t.Errorf("%s: the page has %d notes, report %d", name, len(p.Notes), n)
		}
		for _, note := range p.Notes {
			if !strings.Contains(out, note+"\n") {
				t.Errorf("%s: report does not say %q", name, note)
			}
		}
	}
	if p := lookedAt(t, nil, reporttest.Mapped()); !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, "report --mappings shows them") }) {
		t.Errorf("of mappings %q is said", p.Notes)
	}
}

func TestAPageSaysWhichProgramItIsOfAndHowThatEnded(t *testing.T) {
	p, foreign := reporttest.Found(), reporttest.Foreign(t, "valgrind-heap.json")
	p.Recording.Program, p.Command = "/usr/bin/so\u202ert", "so\u202ert -n"
	p.Recording.Signal = 11
	s := lookedAt(t, nil, p).Sides[0]
	if want := (page.Side{File: "a.json", Program: "so·rt", Command: "so·rt -n", Status: "was ended by signal 11 (SIGSEGV)"}); s.File != want.File || s.Program != want.Program || s.Command != want.Command || s.Status != want.Status {
		t.Errorf("%+v", s)
	}
	if s := lookedAt(t, nil, foreign).Sides[0]; s.Status != "" || s.Program != "tree" {
		t.Errorf("of valgrind's: %+v", s)
	}
}

func TestWordsOfMegabytesAreCutOnAPage(t *testing.T) {
	p := reporttest.Found()
	long := strings.Repeat("long ", 200_000)
	p.Command, p.Recording.Program = "./app "+long, "/bin/"+long
	for i := range p.Frames {
		if p.Frames[i].Function == "cache_put" {
			p.Frames[i].Function, p.Frames[i].File = long, "/src/"+long
		}
	}
	made := lookedAt(t, nil, p)
	words := []string{made.Sides[0].Command, made.Sides[0].Program}
	for _, f := range made.Findings {
		words = slices.Concat(words, []string{f.Headline, f.Amount, f.FineIf}, f.Evidence, f.Try)
		for _, frame := range f.Stack {
			words = append(words, frame.Name, frame.Where)
		}
	}
	for _, w := range words {
		if len(w) > 10_000 {
			t.Errorf("%d bytes: %.60s…", len(w), w)
		}
	}
}
