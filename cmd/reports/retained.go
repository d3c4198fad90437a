package reports

import (
	"io"

	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/held"
	"heapprof/internal/report/json"
	"heapprof/internal/report/text"
)

// runRetained shows who held the memory of a program at a snapshot.
func runRetained(o *reportOptions) error {
	p, err := o.open()
	if err != nil {
		return err
	}
	s, err := opening.SnapshotOf(p, o.file(), o.part.At, o.rules)
	if err != nil {
		return err
	}
	r := held.NewRetained(s)
	options := text.HeldOptions{
		Options: text.Options{Width: o.layout.width, Color: o.layout.color, Head: wording.HeldHead(r.Of, o.layout.width)},
		Most:    o.view.Top, Percent: 1,
		Owner:  wording.OwnerWords,
		Below:  func(owner *held.Owner, most *held.Share) string { return wording.BelowOwner(r, owner, most) },
		Shared: wording.SharedWords, Lost: wording.LostWords, Sharing: wording.SharingWords(r), Untold: "held, by whom was not told apart",
	}
	if o.view.Min != nil {
		options.Percent = *o.view.Min
	}
	options.Head = append(options.Head, wording.FrameNotes(r)...)
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Retained(w, r) },
		csv:      func(w io.Writer) error { return csv.Retained(w, r) },
		markdown: func(w io.Writer) error { return text.MarkdownRetained(w, r, options) },
		table:    func(w io.Writer) error { return text.Retained(w, r, options) },
	})
}
