package wording

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// heapWords is how a finding about the heap is said: by parts, of which the end of a run and a
// report show one or two lines, and explain all. What is quoted of a profile is made fit for a
// terminal by whoever puts the parts together.
type heapWords struct {
	Title string // what was found, in two or three words

	// whole is all of the headline behind the title, where it has another form; nil for the usual.
	whole func(finding.Finding, human.Units) string
	// amount is how much of what, "12.3 MiB"; nil where the finding's Amount says it.
	amount func(finding.Finding, human.Units) string
	// details are the few numbers that make a reader believe it, each in a few words.
	details func(finding.Finding, human.Units) []string
	// Evidence is all that it rests on, each in a sentence of its own.
	Evidence func(finding.Finding, human.Units) []string
	// Mistaken says when it is so and yet nothing is to be done: "fine if" stands before it.
	Mistaken string
	// Try is what to do, each thing in a sentence, in the language of the site's code.
	Try func(finding.Finding, profile.Language) []string
}

// WordsOf returns how the findings of a code are said. Those about how long blocks stay are
// worded in findings_stay.go, those about how they come and go in findings_turnover.go, those about
// memory that is in no block in findings_memory.go, those about what holds blocks and what is in them in findings_held.go,
// those about what failed in findings_refused.go, that about an end for want of memory in findings_oom.go.
func WordsOf(code finding.Code) (heapWords, bool) {
	for _, table := range []map[finding.Code]heapWords{stayWords, turnoverWords, memoryWords, heldWords, refusedFindings, outOfMemoryFindings} {
		if words, ok := table[code]; ok {
			return words, true
		}
	}
	return heapWords{}, false
}

// Headline returns a finding about the heap in a line: "grows without end: 12.3 MiB in
// cache_put  cache.c:41, +1.1 MiB/s, 0 of 48,210 blocks freed".
func Headline(f finding.Finding, u human.Units) string {
	words, ok := WordsOf(f.Code)
	if !ok {
		words.Title = string(f.Code) // a finding that has no words yet must not be lost
	}
	if words.whole != nil {
		return names.Printable(words.Title + ": " + words.whole(f, u))
	}
	said := words.Title + ": " + words.Worth(f, u)
	if f.Site != nil {
		said += " in " + foundAt(f)
	}
	if words.details != nil {
		said = strings.Join(append([]string{said}, words.details(f, u)...), ", ")
	}
	return names.Printable(said)
}

// Worth returns how much of what a finding is about.
func (w *heapWords) Worth(f finding.Finding, u human.Units) string {
	if w.amount != nil {
		return w.amount(f, u)
	}
	return amountWords(f.Amount, u)
}

// amountWords returns what a finding is worth, in words.
func amountWords(a finding.Amount, u human.Units) string {
	switch a.Of {
	case finding.OfBlocks:
		return u.Blocks(a.Blocks)
	case finding.OfResident:
		return human.Bytes(a.Bytes) // which is measured where blocks are estimated, too
	}
	return u.Size(a.Bytes)
}

// WholeWords returns what a share is a share of, in words.
func WholeWords(w finding.Whole) string {
	return map[finding.Whole]string{
		finding.OfPeak: "the peak", finding.OfEnd: "what is live at the end", finding.OfTotal: "all bytes", finding.OfBlocks: "all blocks", finding.OfResident: "what is resident",
	}[w]
}

// foundAt returns the site of a finding, and where it is.
func foundAt(f finding.Finding) string {
	words := SiteName(f.Site)
	switch {
	case f.Site.Place != "":
		words += "  " + f.Site.Place
	case f.Caller != "":
		words += "  from " + f.Caller
	}
	return words
}
