package cmd

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

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
	r := view.NewResident(newSource(p, o.file(), o.rules))
	if r == nil {
		return failure(errNoResident(inputName(o.file()), p))
	}
	options := residentOptions(r, o)
	return o.writePage(pageForms{
		json:     func(w io.Writer) error { return json.Resident(w, r) },
		csv:      func(w io.Writer) error { return csv.Resident(w, r) },
		markdown: func(w io.Writer) error { return text.MarkdownResident(w, r, options) },
		table:    func(w io.Writer) error { return text.Resident(w, r, options) },
	})
}

func errNoResident(name string, p *profile.Profile) error {
	return fmt.Errorf("%s does not tell what was resident: %s", name, whyNoResident(p))
}

// whyNoResident says why a profile has no readings of what was resident.
func whyNoResident(p *profile.Profile) string {
	const few = 8 << 20
	switch x := p.Recording; {
	case p.Merged != nil:
		return ofOneProcess
	case x == nil:
		return recordsIt(p, "run")
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
		Reading: readingTitle,
		Part:    partWords,
		Pins:    "whose blocks keep pages that are free but for them",
	}
}

// readingTitle says when a reading was taken. The last one is some time before the end.
func readingTitle(r *view.ResidentReading) string {
	if r.Widest {
		return "widest gap"
	}
	return "last look"
}

// residentHead returns the lines above the table.
func residentHead(r *view.Resident, width int) []text.Fact {
	p := r.Source.Profile
	facts := []text.Fact{
		commandLine(p, width),
		{Label: "at most", Text: fmt.Sprintf("%s anonymous memory; %s of files and shared", human.Bytes(r.AnonymousPeak), human.Bytes(r.FilePeak))},
	}
	for i := range r.Readings {
		reading := &r.Readings[i]
		facts = append(facts, text.Fact{Label: readingTitle(reading), Text: fmt.Sprintf("after %s of %s: %s resident, %s live",
			r.Units.Time(float64(reading.Time)), r.Units.Time(float64(p.EndTime)), human.Bytes(reading.Total()), human.Bytes(reading.LiveBytes))})
	}
	if top := r.Readings[0].Top; top != nil && r.Readings[0].Part(profile.FreeHeap).Bytes >= worthResident {
		facts = append(facts, text.Fact{Label: "main heap", Text: "its highest block is of " + names.Printable(siteWords(top))})
	}
	return facts
}

// partWords says what a part of the memory in RAM is, in 40 columns.
func partWords(p profile.ResidentPart, r *view.ResidentReading) string {
	counted := func(noun string) string { return human.Counted(p.Count, noun) }
	switch p.Kind {
	case profile.LiveBlocks:
		return human.Counted(r.LiveBlocks, "live block") + untouched(p, r)
	case profile.Rounding:
		if p.Name == "" {
			return "headers and rounding (computed)"
		}
		return "headers and rounding, " + p.Name + "'s (computed)"
	case profile.Pinned:
		return "free, in " + counted("page") + " few blocks pin"
	case profile.Between:
		return "free, in other pages with live blocks"
	case profile.FreeHeap:
		return "free pages of the main heap"
	case profile.FreeArenas:
		return "free pages of " + counted("arena") + " of threads"
	case profile.FreeAllocator:
		if p.Name == "" {
			return "free pages of the allocator"
		}
		return "free pages of " + p.Name
	case profile.ThreadStacks:
		return "stacks of threads: " + human.Count(p.Count)
	case profile.MainStack:
		return "stack of the first thread"
	case profile.StaticData:
		return "variables of " + fileWords(p)
	case profile.MappedByProgram:
		return "mapped past malloc: " + counted("mapping")
	case profile.MadeCode:
		return "code made at run time"
	case profile.SharedMemory:
		return "shared memory: " + counted("mapping")
	case profile.Files:
		return "files: " + fileWords(p)
	case profile.OfTracker:
		return "the recording itself"
	}
	return string(p.Kind)
}

// fileWords names the file that has most of a part, and how many others there are.
func fileWords(p profile.ResidentPart) string {
	words := names.Printable(path.Base(p.Name))
	if p.Count > 1 {
		words += fmt.Sprintf(" and %s", human.Counted(p.Count-1, "other"))
	}
	return words
}

// untouched says how much of the live bytes is not in RAM, where that is much.
func untouched(p profile.ResidentPart, r *view.ResidentReading) string {
	if left := r.LiveBytes - min(p.Bytes, r.LiveBytes); left >= worthResident && left > r.LiveBytes/10 {
		return fmt.Sprintf(", %s untouched", human.Bytes(left))
	}
	return ""
}

// worthResident is how much memory is worth a word.
const worthResident = 4 << 20

// residentAdvice returns what to try about the parts of a reading that are free and a tenth of it or
// more. That of several parts is said once.
func residentAdvice(r *view.ResidentReading) []text.Item {
	var items []text.Item
	for _, p := range r.Parts {
		if !p.Kind.IsFree() || p.Bytes < worthResident || p.Bytes < r.Total()/10 {
			continue
		}
		for _, try := range gapAdvice(p) {
			if !slices.ContainsFunc(items, func(i text.Item) bool { return strings.HasSuffix(i.Text, try) }) {
				items = append(items, text.Item{Number: len(items) + 1, Text: try})
			}
		}
	}
	return items
}
