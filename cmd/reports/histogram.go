package reports

import (
	"errors"
	"fmt"
	"io"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/json"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// runHistogram shows how large blocks are, and how long they live.
func runHistogram(o *reportOptions) error {
	p, err := o.open()
	if err != nil {
		return err
	}
	h, err := view.NewHistograms(opening.NewSource(p, o.file(), o.rules), o.view)
	if errors.Is(err, view.ErrNoHistograms) {
		err = wording.ErrNoHistograms(opening.InputName(o.file()), p, o.view)
	}
	if err != nil {
		return console.Failure(err)
	}
	options := text.Options{Width: o.layout.width, Color: o.layout.color, Head: histogramHead(h, o.layout.width)}
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Histograms(w, h) },
		csv:      func(w io.Writer) error { return csv.Histograms(w, h) },
		markdown: func(w io.Writer) error { return text.MarkdownHistograms(w, h) },
		table:    func(w io.Writer) error { return text.Histograms(w, h, options) },
	})
}

// histogramHead returns the lines above histograms.
func histogramHead(h *view.Histograms, width int) []text.Fact {
	u := h.Units
	words := fmt.Sprintf("%s in %s", u.Size(h.Bytes), u.Blocks(h.Blocks))
	if h.Blocks > 0 {
		words += fmt.Sprintf(", %s on average", u.Size(h.Bytes/h.Blocks))
	}
	if h.Options.Focus != nil || h.Options.Ignore != nil {
		words += fmt.Sprintf("; %s of all blocks", u.Percent(h.Blocks, h.All))
	}
	facts := append([]text.Fact{wording.CommandLine(h.Source.Profile, width)}, wording.MergedFacts(h.Source.Profile)...)
	facts = append(facts, text.Fact{Label: "allocated", Text: words})
	if !h.HasLives {
		facts = append(facts, wording.NoteFact("how long blocks lived was not recorded"))
	}
	return facts
}
