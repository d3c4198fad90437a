package cmd

import (
	"errors"
	"fmt"
	"io"

	"heapprof/internal/profile"
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
	h, err := view.NewHistograms(newSource(p, o.file(), o.rules), o.view)
	if errors.Is(err, view.ErrNoHistograms) {
		err = errNoHistograms(inputName(o.file()), p, o.view)
	}
	if err != nil {
		return failure(err)
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
	facts := append([]text.Fact{commandLine(h.Source.Profile, width)}, mergedFacts(h.Source.Profile)...)
	facts = append(facts, text.Fact{Label: "allocated", Text: words})
	if !h.HasLives {
		facts = append(facts, noteFact("how long blocks lived was not recorded"))
	}
	return facts
}

func errNoHistograms(name string, p *profile.Profile, o view.Options) error {
	if o.Focus != nil || o.Ignore != nil {
		return fmt.Errorf("%s does not tell how large the blocks of each stack were: it was not recorded by heapprof, or by an older version", name)
	}
	if p.Recording != nil {
		return fmt.Errorf("%s does not tell how large blocks were: an older heapprof recorded it", name)
	}
	return fmt.Errorf("%s does not tell how large blocks were: %s", name, recordsIt(p, "run"))
}
