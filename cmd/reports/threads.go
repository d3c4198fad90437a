package reports

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/label"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// byThread is the grouping of reports that is a page of its own: no stack knows its thread.
const byThread = "thread"

// threadsQuestion is what --by thread asks.
func threadsQuestion() question {
	return question{flag: "by " + byThread, page: runThreads, takes: []string{"by", "sort", "top", "plumbing", "format", "output"}}
}

// runThreads shows what each thread allocated.
func runThreads(o *reportOptions) error {
	p, err := o.open()
	if err != nil {
		return err
	}
	t, err := view.NewThreads(opening.NewSource(p, o.file(), o.rules), o.view)
	switch {
	case errors.Is(err, view.ErrNoThreads):
		err = opening.ErrNoThreads(opening.InputName(o.file()), p)
	case errors.Is(err, view.ErrNotOfThreads):
		err = errNotOfThreads(*o.view.Metric)
	}
	if err != nil {
		return console.Failure(err)
	}
	options := text.ThreadsOptions{
		Options: text.Options{Width: o.layout.width, Color: o.layout.color, Head: append(append([]text.Fact{wording.CommandLine(p, o.layout.width)}, wording.MergedFacts(p)...), threadsFact(t))},
		Name:    func(r *profile.Thread) string { return label.Thread(r, p.PID) },
	}
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Threads(w, t) },
		csv:      func(w io.Writer) error { return csv.Threads(w, t) },
		markdown: func(w io.Writer) error { return text.MarkdownThreads(w, t, options) },
		table:    func(w io.Writer) error { return text.Threads(w, t, options) },
	})
}

// threadsFact says how many threads allocated.
func threadsFact(t *view.Threads) text.Fact {
	return text.Fact{Label: "allocated", Text: fmt.Sprintf("%s in %s, by %s", t.Units.Size(t.Total.TotalBytes), t.Units.Blocks(t.Total.TotalBlocks), human.Counted(t.Total.Threads, "thread"))}
}

func errNotOfThreads(m view.Metric) error {
	var known []string
	for _, m := range view.ThreadMetrics() {
		known = append(known, m.String())
	}
	return fmt.Errorf("--by thread does not know %s of threads; --sort takes %s", m, strings.Join(known, ", "))
}
