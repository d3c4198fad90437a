package report

import (
	"fmt"
	"io"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// SummaryOptions says how Summary writes.
type SummaryOptions struct {
	Top   int  // sites to list; 0: none
	Width int  // columns of the terminal; 0: no limit
	Color bool // colour may be used
}

// Summary writes a recording's closing words: what was allocated, the peak,
// what is live at exit, the share of temporary blocks, what was lost, and the
// top sites at the peak. Where nothing was recorded it says why that may be.
func Summary(w io.Writer, p *profile.Profile, o SummaryOptions) error {
	top := o.Top
	if top <= 0 {
		top = 1
	}
	v, err := Build(Options{Top: top, Width: o.Width, Color: o.Color}, p)
	if err != nil {
		return err
	}
	if v.Total[0].Get(TotalBlocks) == 0 {
		return writeNothing(w, p, o)
	}
	s := palette{on: o.Color}
	facts := append(overview(p, &v.Total[0]), v.unnamedFacts()...)
	if err := writeFacts(w, facts, s); err != nil || o.Top <= 0 {
		return err
	}
	u := human.UnitsOf(p)
	if _, err := fmt.Fprintf(w, "\n%s\n", s.bold("top sites by "+v.Metric.String())); err != nil {
		return err
	}
	width := o.Width
	if width <= 0 {
		width = freeNameWidth
	}
	for _, r := range v.Rows {
		size := valueText(u, v.Metric, &r.Sums[0])
		share := human.Percent(r.Sums[0].Get(v.Metric), v.Total[0].Get(v.Metric))
		const numbers = 2 + 10 + 2 + 6 + 2
		if _, err := fmt.Fprintf(w, "  %10s  %6s  %s\n", size, share, v.nameCell(line{row: r, chunks: r.chunks}, width-numbers, s)); err != nil {
			return err
		}
	}
	return nil
}

// writeNothing says why a recording may be empty.
func writeNothing(w io.Writer, p *profile.Profile, o SummaryOptions) error {
	const why = `nothing was recorded: the program never called malloc, or not the one that was wrapped
  it may have its own allocator: Go and Java programs do, and stripped ones into which jemalloc or mimalloc is linked
  it may have dropped its environment before it started the program that does the work
`
	if _, err := io.WriteString(w, why); err != nil {
		return err
	}
	return writeFacts(w, append(mapped(p), losses(p)...), palette{on: o.Color})
}
