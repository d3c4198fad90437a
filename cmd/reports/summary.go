package reports

import (
	"io"
	"slices"

	"heapprof/cmd/wording"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// Summary writes what a run says of its profile at the end: what was allocated, the peak,
// what is live at exit, the share of temporary blocks, what was lost, and the top sites at
// the peak, at most top of them. If nothing was recorded it says why that may be.
func Summary(w io.Writer, s *view.Source, top, width int, color bool) error {
	p := s.Profile
	r, err := view.NewReport(s, view.Options{Top: max(top, 1)})
	if err != nil {
		return err
	}
	if r.Total.Sums.Get(view.TotalBlocks) == 0 && !p.Sampling.HasTotals() {
		const why = `nothing was recorded: the program never called malloc, or not the one that was wrapped
  it may have its own allocator: Go and Java programs do, and stripped ones into which jemalloc or mimalloc is linked
  it may have dropped its environment before it started the program that does the work
`
		facts := wording.RefusedFacts(s)
		if len(facts) > 0 || p.IsAttached() {
			facts = slices.Concat(wording.AttachedFacts(p), []text.Fact{{Label: "allocated", Text: "nothing"}}, facts)
		} else if _, err := io.WriteString(w, why); err != nil {
			return err
		}
		return text.Facts(w, append(append(facts, wording.MappingsBeside(p)...), wording.FindingFacts(finding.Losses(p))...), width, color)
	}
	if err := text.Facts(w, slices.Concat(wording.AttachedFacts(p), wording.Overview(r, width), wording.ReportNotes(r)), width, color); err != nil || top <= 0 || len(r.Rows) == 0 {
		return err
	}
	return text.Sites(w, r, "top sites by "+wording.MetricWords(&r.View), text.Options{Width: width, Color: color, Remark: wording.Remarks(r.Units)})
}
