package reports

import (
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/report/view"
)

// hintAfterReport suggests what most people ask next, in a line that has room on any terminal.
func hintAfterReport(s *console.Streams, r *view.Report) {
	o := r.Options
	switch {
	case o.WhoFrees:
	case o.By == view.ByDrop:
		s.Hint("what each held: --tree; where a site's blocks were freed: --who-frees")
	case o.Question == view.AskGrowth:
		s.Hint("a function line by line: heapprof list")
	case o.Question != view.AskPeak, r.Source.Profile.Measure().IsOfCalls():
		s.Hint("who called: --tree; a function line by line: heapprof list")
	default:
		s.Hint("next: %s; heapprof list", strings.Join(nextQuestions(r), ", "))
	}
}

// nextQuestions returns the flags of what else a profile answers.
func nextQuestions(r *view.Report) []string {
	var flags []string
	if r.Has(view.EndBytes) {
		flags = append(flags, "--leaks")
	}
	if len(opening.Snapshots(r.Source.Profile)) > 0 {
		flags = append(flags, "--retained")
	}
	if r.Has(view.TotalBlocks) {
		flags = append(flags, "--churn")
	}
	if recording := r.Source.Profile.Recording; recording != nil && recording.HasFacts {
		flags = append(flags, "--growth")
	}
	if len(r.Types) > 0 && r.Options.By != view.ByType {
		flags = append(flags, "--by type")
	}
	return append(flags, "--tree")
}
