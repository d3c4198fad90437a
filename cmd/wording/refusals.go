package wording

import (
	"cmp"
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// ImpossibleWords says of a size that no address space has it, and what it may be instead; "" for any other.
func ImpossibleWords(bytes uint64) string {
	const (
		addresses = 1 << 48 // of a process, on each processor, where it does not ask for more
		likely    = 1 << 40 // below zero
	)
	switch signed := int64(bytes); {
	case bytes < addresses:
		return ""
	case bytes == profile.AllBytes:
		return "more than an address space has: -1 as a size, or a product that overflowed"
	case signed < 0 && signed > -likely:
		return fmt.Sprintf("more than an address space has: as a number with a sign it is -%s", human.Count(uint64(-signed)))
	}
	return "more than an address space has"
}

// IsMark reports whether a name is that of one mark of the profile.
func IsMark(p *profile.Profile, name string) bool { return len(p.Marked(name)) == 1 }

// LimitFact returns the line that says what came of the limit; nothing where there was none.
func LimitFact(r *view.Refusals) []text.Fact {
	l := r.Limit
	if l == nil {
		return nil
	}
	if r.Crossed == nil {
		words := limitWords(l) + ": not reached"
		if r.Source.Profile.Recording.Counts.LostEvents > 0 {
			words += " by what was recorded"
		}
		return []text.Fact{{Label: "limit", Text: words}}
	}
	return []text.Fact{{Label: "limit", Text: crossedWords(r), Warning: true}}
}

// limitWords returns what was allowed to live.
func limitWords(l *profile.Limit) string {
	var words []string
	if l.Bytes > 0 {
		words = append(words, human.Bytes(l.Bytes))
	}
	if l.Blocks > 0 {
		words = append(words, human.Counted(l.Blocks, "block"))
	}
	return andAll(words)
}

// crossedWords says which allocation came above the limit, what lived then, and what was done.
func crossedWords(r *view.Refusals) string {
	c, u := r.Crossed, r.Units
	limit := human.Bytes(r.Limit.Bytes)
	if r.Limit.Crossed.Blocks {
		limit = human.Counted(r.Limit.Blocks, "block")
	}
	words := fmt.Sprintf("%s hit after %s by %s (%s; live then: %s in %s)",
		limit, u.Time(float64(c.Time)), names.Printable(SiteWords(c.Site)), thisBlock(c), u.Size(c.LiveBytes), u.Blocks(c.LiveBlocks))
	switch r.Limit.Action {
	case profile.LimitFails:
		words += ", which failed"
	case profile.LimitKills:
		words += ", at which the program was ended"
	}
	if IsMark(r.Source.Profile, c.Mark) {
		words += fmt.Sprintf(": report --at %s shows what was live", ShellQuote(c.Mark))
	}
	return words
}

// thisBlock returns how large what crossed the limit was, and of which type.
func thisBlock(c *view.Refused) string {
	words := "this block " + human.Bytes(c.Bytes)
	if c.Type != "" {
		words += ", " + c.Type
	}
	return words
}

// mostRefused is how many of the places at which allocations failed are named where nobody asked for them.
const mostRefused = 3

// RefusedFacts returns the lines that say what failed and what came of a limit, where a report, a page or the end
// of a run says what there is to know; nothing where nothing failed. A program that copes with a failure is as
// it should be, so that they are no warnings.
func RefusedFacts(s *view.Source) []text.Fact {
	r, err := view.NewRefusals(s, 0)
	if err != nil {
		return nil
	}
	var refused, injected []*view.Refused
	for i := range r.Rows {
		switch row := &r.Rows[i]; {
		case row.By == profile.RefusedByOrder:
			injected = append(injected, row)
		case !row.Telling:
			refused = append(refused, row)
		}
	}
	facts := append(LimitFact(r), rowFacts("refused", refused, r.Others)...)
	if len(injected) > 0 {
		facts = append(facts, text.Fact{Label: "injected", Text: injectedWords(injected, r)})
		facts = append(facts, rowFacts("", injected, 0)...)
	}
	return facts
}

// rowFacts returns a line for each of the first rows, the first one under the label, and one for those and the other calls that
// it does not name.
func rowFacts(label string, rows []*view.Refused, others uint64) (facts []text.Fact) {
	for i, row := range rows {
		if i >= mostRefused {
			others += row.Times
			continue
		}
		facts = append(facts, text.Fact{Label: label, Text: names.Printable(refusedWords(row))})
		label = ""
	}
	if others > 0 {
		facts = append(facts, text.Fact{Label: label, Text: fmt.Sprintf("… and %s: report --refused shows all", human.Counted(others, "more call"))})
	}
	return facts
}

// injectedWords says how many allocations were made to fail, and how the program ended then.
func injectedWords(rows []*view.Refused, r *view.Refusals) string {
	var times, last uint64
	for _, row := range rows {
		times, last = times+row.Times, max(last, row.LastTime)
	}
	p := r.Source.Profile
	return fmt.Sprintf("%s %s made to fail; the program %s, %s after the last one", human.Counted(times, "allocation"), WasOrWere(times),
		EndWords(p.Recording.Signal, p.Recording.ExitCode), r.Units.Time(float64(p.EndTime-min(p.EndTime, last))))
}

// refusedWords says what failed: 4.00 MiB: Vec<u8>  report  main.rs:5.
func refusedWords(r *view.Refused) string {
	size := human.Bytes(r.MostBytes)
	if !r.IsOneSize() {
		size = human.Bytes(r.LeastBytes) + " to " + size
	}
	words := size + ": "
	if r.Type != "" {
		words += r.Type + "  "
	}
	words += strings.TrimSpace(SiteName(r.Site) + "  " + r.Place)
	if r.Times > 1 {
		words += ", " + human.Counted(r.Times, "time")
	}
	switch r.By {
	case profile.RefusedByProgram:
		words += ", by a limit of the program's own"
	case profile.RefusedByLimit:
		words += ", by the limit"
	}
	if why := ImpossibleWords(r.MostBytes); why != "" {
		words += ", " + why
	}
	return words
}

// RefusedNotes returns the same for a page, where lines have no labels.
func RefusedNotes(s *view.Source) []text.Fact {
	facts, label := RefusedFacts(s), ""
	for i := range facts {
		label = cmp.Or(facts[i].Label, label)
		facts[i].Text = label + ": " + facts[i].Text
	}
	return facts
}
