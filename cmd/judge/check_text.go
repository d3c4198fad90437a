package judge

import (
	"fmt"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/budget"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// tell prints what came of the limits.
func (o *checkOptions) tell(source *view.Source, v *budget.Verdict) error {
	w := judgeWords{source: source, baseline: o.limits.baseline}
	for _, line := range w.lines(v, o.quiet) {
		if err := o.streams.Line(line); err != nil {
			return console.Failure(err)
		}
	}
	return nil
}

// lines returns a verdict in lines, without what is well if it is quiet.
func (w judgeWords) lines(v *budget.Verdict, quiet bool) []string {
	var lines []string
	increases := false // were not judged, as there is no baseline
	for i := range v.Judgements {
		j := &v.Judgements[i]
		switch {
		case j.Why == budget.NothingBefore:
			increases = true
		case !quiet || j.Outcome < budget.Skipped || w.warning(j) != "":
			lines = append(lines, w.line(j))
		}
	}
	for i := range v.Findings {
		if f := &v.Findings[i]; !quiet || f.Outcome != budget.Kept {
			lines = append(lines, w.findingLines(f)...)
		}
	}
	if quiet {
		return lines
	}
	if increases {
		lines = append(lines, "increases were not judged: name the profile to compare with by --baseline")
	}
	return append(append(lines, w.ignoredLines(v)...), w.unseenLines()...)
}

// unseenLines says what of the program's heap the profile does not have, and no limit is judged by.
func (w judgeWords) unseenLines() []string {
	r := w.source.Profile.Recording
	if r == nil {
		return nil
	}
	notes := slices.DeleteFunc(slices.Clone(r.Notes), func(n profile.Note) bool {
		switch n.Code {
		case profile.PeakNotCopied, profile.ExitNotCopied, profile.MarksNotCopied, profile.ExecNotRecorded:
			return true // tell nothing of the numbers
		}
		return false
	})
	lines := wording.NoteLines(notes)
	for i := range lines {
		lines[i] = names.Printable("note: " + lines[i])
	}
	return lines
}

// findingLines returns what came of a finding that must not come up.
func (w judgeWords) findingLines(f *budget.Forbidden) []string {
	head := budgetWords(f.Budget)
	switch f.Outcome {
	case budget.Kept:
		return []string{fmt.Sprintf("%sno finding %s", head, f.Code)}
	case budget.Unknown:
		return []string{fmt.Sprintf("%sfinding %s cannot be judged: %s does not have what it rests on (docs/FINDINGS.md)", head, f.Code, w.source.Name)}
	}
	var lines []string
	for _, found := range f.Findings {
		lines = append(lines, fmt.Sprintf("%sfinding %s: %s", head, f.Code, wording.Headline(found, w.units())))
	}
	return lines
}

// ignoredLines says what was left out as it is known, and what is known and not there.
func (w judgeWords) ignoredLines(v *budget.Verdict) []string {
	var lines, unused []string
	for i := range v.Ignored {
		g := &v.Ignored[i]
		if g.Times == 0 {
			unused = append(unused, fmt.Sprintf("%s (%s:%d)", ignoreWords(&g.Ignore), g.File, g.Line))
			continue
		}
		what := human.Counted(uint64(g.Times), "finding")
		if g.Leak != "" {
			what = w.units().Size(g.Amount.Bytes) + " in " + w.units().Blocks(g.Amount.Blocks) + " leaked"
		}
		line := fmt.Sprintf("ignored %s: %s", what, ignoreWords(&g.Ignore))
		if g.Reason != "" {
			line += ", " + g.Reason
		}
		lines = append(lines, line)
	}
	if len(unused) > 0 {
		lines = append(lines, "ignored, and not there any more: "+strings.Join(unused, ", "))
	}
	for i := range lines {
		lines[i] = names.Printable(lines[i])
	}
	return lines
}

// ignoreWords names what is ignored.
func ignoreWords(i *budget.Ignore) string {
	if i.Leak != "" {
		return string(i.Leak)
	}
	words := string(i.Finding)
	if i.At != nil {
		words = strings.Join([]string{words, "at", i.At.String()}, " ")
	}
	return words
}
