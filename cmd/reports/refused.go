package reports

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// runRefused shows which allocations failed.
func runRefused(o *reportOptions) error {
	p, err := o.open()
	if err != nil {
		return err
	}
	r, err := view.NewRefusals(opening.NewSource(p, o.file(), o.rules), o.view.Top)
	if errors.Is(err, view.ErrNoRefusals) {
		err = errNoRefusals(opening.InputName(o.file()), p)
	}
	if err != nil {
		return console.Failure(err)
	}
	options := text.RefusalsOptions{
		Options: text.Options{Width: o.layout.width, Color: o.layout.color, Head: refusedHead(r, o)},
		Callers: callersOfRefused, By: refusedByWord, Below: func(row *view.Refused) []string { return belowRefused(row, r) },
		Nothing: "no allocation failed", Others: "(of stacks that there was no room for)",
	}
	if o.view.Top == 0 {
		options.Callers = 0
	}
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Refusals(w, r) },
		csv:      func(w io.Writer) error { return csv.Refusals(w, r) },
		markdown: func(w io.Writer) error { return text.MarkdownRefusals(w, r, options) },
		table:    func(w io.Writer) error { return text.Refusals(w, r, options) },
	})
}

// callersOfRefused is how many callers are shown of what failed, unless all is to be shown.
const callersOfRefused = 3

func errNoRefusals(name string, p *profile.Profile) error {
	if p.Recording == nil {
		return fmt.Errorf("%s does not tell which allocations failed: %s", name, wording.RecordsIt(p, "run"))
	}
	return fmt.Errorf("%s does not tell which allocations failed: an older heapprof recorded it", name)
}

// refusedHead returns the lines above the page.
func refusedHead(r *view.Refusals, o *reportOptions) []text.Fact {
	p := r.Source.Profile
	facts := []text.Fact{wording.CommandLine(p, o.layout.width)}
	if p.Merged != nil {
		facts = append(facts, wording.MergedFacts(p)...)
	} else if wording.LivesOn(p) { // it has no end to tell of
		facts = append(append(facts, wording.AttachedFacts(p)...), wording.DumpFact(p)...)
	} else {
		facts = append(facts, text.Fact{Label: "program", Text: fmt.Sprintf("%s, after %s", wording.EndWords(p.Recording.Signal, p.Recording.ExitCode), r.Units.Time(float64(p.EndTime)))})
	}
	return append(facts, wording.LimitFact(r)...)
}

// refusedByWord says in a word who refused.
func refusedByWord(r *view.Refused) string {
	switch r.By {
	case profile.RefusedByProgram:
		return "its own"
	case profile.RefusedByLimit:
		return "limit"
	case profile.RefusedByOrder:
		return "injected"
	}
	return names.Printable(string(r.By))
}

// belowRefused returns what is said of a row of what failed besides its numbers.
func belowRefused(r *view.Refused, all *view.Refusals) []string {
	u := all.Units
	var words []string
	if r.Type != "" {
		words = append(words, r.Type)
	}
	if !r.IsOneSize() {
		words = append(words, fmt.Sprintf("%s to %s", human.Bytes(r.LeastBytes), human.Bytes(r.MostBytes)))
	}
	when := "after " + u.Time(float64(r.Time))
	if r.Times > 1 && r.LastTime > r.Time {
		when += " to " + u.Time(float64(r.LastTime))
	}
	lines := []string{strings.Join(append(words, when), ", ")}
	if why := wording.ImpossibleWords(r.MostBytes); why != "" {
		lines = append(lines, why)
	}
	if r.By == profile.RefusedByProgram {
		lines = append(lines, ownLimitWords)
	}
	if r.Telling {
		lines = append(lines, "while it told of a failure before")
	}
	if wording.IsMark(all.Source.Profile, r.Mark) {
		lines = append(lines, fmt.Sprintf("what lived: report --at %s", wording.ShellQuote(r.Mark)))
	}
	return lines
}

// ownLimitWords says who refused where it was an allocator of the program's own.
const ownLimitWords = "refused by the program's own allocator, which did not ask the one behind it: a limit of its own"
