package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// wrongFreesWords says how many frees of a kind the program should not have made, and which was
// the worst.
func wrongFreesWords(f finding.Finding) string {
	e := f.Evidence
	what := map[finding.Code][2]string{
		finding.MismatchedFrees: {"block", "by a function that does not belong to the one that allocated"},
		finding.FreedTwice:      {"block", "twice, which the allocator accepted"},
		finding.ForeignFrees:    {"pointer", "that no recorded allocator had given, which the allocator accepted"},
	}[f.Code]
	words := fmt.Sprintf("%s %s freed %s", human.Counted(e.Count, what[0]), WasOrWere(e.Count), what[1])
	worst := "at " + SiteWords(e.FreedAt)
	if e.Blocks < e.Count {
		worst = fmt.Sprintf("%s of them %s", human.Count(e.Blocks), worst)
	}
	if f.Site != nil {
		worst += ", allocated at " + SiteWords(f.Site)
	}
	return fmt.Sprintf("%s (%s)", words, worst)
}

// SiteWords returns a site as a sentence names it.
func SiteWords(s *view.Site) string { return strings.TrimSpace(SiteName(s) + " " + s.Place) }

// SiteName returns what a sentence calls the function of a site.
func SiteName(s *view.Site) string {
	// What a run-time library does for itself is in parentheses, and closures are in braces.
	if strings.HasPrefix(s.Label, "(") || strings.HasSuffix(s.Label, "}") {
		return s.Label
	}
	return names.Qualified(s.Label)
}

// freedElsewhereWords says where blocks of a site were freed, a line for each of the first places.
func freedElsewhereWords(e finding.Evidence) []text.Below {
	const most = 3
	var lines []text.Below
	for i, r := range e.Freed {
		if i == most {
			lines = append(lines, text.Below{Text: fmt.Sprintf("… others freed at %s", human.Counted(uint64(len(e.Freed)-most), "more place"))})
			break
		}
		lines = append(lines, text.Below{Text: e.Units.Count(r.Sums.Get(view.Blocks)) + " freed at", Function: SiteName(r.Site), Place: r.Site.Place})
	}
	return lines
}

// freesOverview returns a few lines on what was freed, and what of that in a drop.
func freesOverview(r *view.Report) []text.Fact {
	u, all := r.Units, &r.Freed.All
	amount := func(s *view.Sums) string {
		if s.Get(view.Blocks) == 0 {
			return "nothing"
		}
		return fmt.Sprintf("%s in %s", u.Size(s.Get(view.Bytes)), u.Blocks(s.Get(view.Blocks)))
	}
	freed := amount(all)
	if dropped := &r.Freed.Dropped; dropped.Get(view.Blocks) > 0 {
		freed += fmt.Sprintf(", %s of the bytes in a drop", u.Percent(dropped.Get(view.Bytes), all.Get(view.Bytes)))
	}
	return []text.Fact{{Label: "freed", Text: freed}, {Label: "live at exit", Text: amount(&r.Freed.Never)}}
}
