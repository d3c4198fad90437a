package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// runResident shows what of a process's memory was resident, and why.
func runResident(o *reportOptions) error {
	p, err := o.open()
	if err != nil {
		return err
	}
	r := view.NewResident(opening.NewSource(p, o.file(), o.rules))
	if r == nil {
		return console.Failure(ErrNoResident(opening.InputName(o.file()), p))
	}
	options := residentOptions(r, o)
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Resident(w, r) },
		csv:      func(w io.Writer) error { return csv.Resident(w, r) },
		markdown: func(w io.Writer) error { return text.MarkdownResident(w, r, options) },
		table:    func(w io.Writer) error { return text.Resident(w, r, options) },
	})
}

// ErrNoResident returns the error for a profile that does not tell what of memory was resident, with the cause.
func ErrNoResident(name string, p *profile.Profile) error {
	return fmt.Errorf("%s does not tell what was resident: %s", name, whyNoResident(p))
}

// whyNoResident says why a profile has no readings of what was resident.
func whyNoResident(p *profile.Profile) string {
	const few = 8 << 20
	switch x := p.Recording; {
	case p.Merged != nil:
		return wording.OfOneProcess
	case x == nil:
		return wording.RecordsIt(p, "run")
	case !p.Sampling.IsExact():
		return "where blocks are sampled it is not known in which pages most are"
	case p.IsAttached():
		return "blocks from before it was attached to are a part of that, and nothing is known of these"
	case x.AnonymousPeak == 0:
		return "it ended before its memory was seen, or that could not be looked at"
	case !x.HasFacts:
		return "an older heapprof recorded it"
	case x.AnonymousPeak < few:
		// It may have had more, and hidden that, as a process that is not dumpable does.
		return fmt.Sprintf("no more than %s of its own memory was seen in RAM, which is not looked at closer", human.Bytes(x.AnonymousPeak))
	}
	return "the program ended before there was time to look"
}

// residentOptions returns how the page is said.
func residentOptions(r *view.Resident, o *reportOptions) text.ResidentOptions {
	return text.ResidentOptions{
		Options: text.Options{
			Width: o.layout.width, Color: o.layout.color, Head: residentHead(r, o.layout.width),
			Items: residentAdvice(&r.Readings[0]), Title: "what to try",
		},
		Most:    o.view.Top,
		Reading: wording.ReadingTitle,
		Part:    wording.PartWords,
		Pins:    "whose blocks keep pages that are free but for them",
	}
}

// residentHead returns the lines above the table.
func residentHead(r *view.Resident, width int) []text.Fact {
	p := r.Source.Profile
	facts := []text.Fact{
		wording.CommandLine(p, width),
		{Label: "at most", Text: fmt.Sprintf("%s anonymous memory; %s of files and shared", human.Bytes(r.AnonymousPeak), human.Bytes(r.FilePeak))},
	}
	for i := range r.Readings {
		reading := &r.Readings[i]
		facts = append(facts, text.Fact{Label: wording.ReadingTitle(reading), Text: fmt.Sprintf("after %s of %s: %s resident, %s live",
			r.Units.Time(float64(reading.Time)), r.Units.Time(float64(p.EndTime)), human.Bytes(reading.Total()), human.Bytes(reading.LiveBytes))})
	}
	if top := r.Readings[0].Top; top != nil && r.Readings[0].Part(profile.FreeHeap).Bytes >= wording.WorthResident {
		facts = append(facts, text.Fact{Label: "main heap", Text: "its highest block is of " + names.Printable(wording.SiteWords(top))})
	}
	return facts
}

// residentAdvice returns what to try about the parts of a reading that are free and a tenth of it or
// more. That of several parts is said once.
func residentAdvice(r *view.ResidentReading) []text.Item {
	var items []text.Item
	for _, p := range r.Parts {
		if !p.Kind.IsFree() || p.Bytes < wording.WorthResident || p.Bytes < r.Total()/10 {
			continue
		}
		for _, try := range wording.GapAdvice(p) {
			if !slices.ContainsFunc(items, func(i text.Item) bool { return strings.HasSuffix(i.Text, try) }) {
				items = append(items, text.Item{Number: len(items) + 1, Text: try})
			}
		}
	}
	return items
}
