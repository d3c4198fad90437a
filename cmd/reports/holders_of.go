package reports

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// runHoldersOf shows how large a thing is with all that it holds.
func runHoldersOf(o *holdersOptions, s *held.Of) error {
	d, err := deepOf(o, s)
	if err != nil {
		return err
	}
	options := text.DeepOptions{
		Options:  text.Options{Width: o.layout.width, Color: o.layout.color, Head: wording.SnapshotHead(s, o.layout.width)},
		Most:     o.top,
		Variable: variableWords,
		Blocks:   func(b *held.DeepBlocks) []string { return deepWords(s.Units, b) },
		Own:      "shallow: itself, no part of the heap", Retained: "retained: what would be freed with it", Deep: "deep: all that it leads to",
		Shallow: "shallow: themselves", RetainedByAll: "retained: freed with them", DeepOfAll: "deep: all they lead to",
	}
	err = writePage(o.streams, o.output, o.format, pageForms{
		json:     func(w io.Writer) error { return json.Deep(w, d) },
		csv:      func(w io.Writer) error { return csv.Deep(w, d) },
		markdown: func(w io.Writer) error { return text.MarkdownDeep(w, d, options) },
		table:    func(w io.Writer) error { return text.Deep(w, d, options) },
	})
	if left := len(d.Variables) + len(d.Blocks) - o.top; err == nil && o.top > 0 && left > 0 {
		o.streams.Say("%s: name more of it, or add --top 0", human.Counted(uint64(left), "more thing"))
	}
	return err
}

// deepOf finds the thing that --of names: a variable, else a type, else a site, or what it says to be one of these.
func deepOf(o *holdersOptions, s *held.Of) (*held.Deep, error) {
	kind, name, said := strings.Cut(o.of, " ")
	if !said || kind != "variable" && kind != "type" && kind != "site" {
		kind, name = "", o.of
	}
	name = strings.TrimSpace(name)
	re, err := regexp.Compile(name)
	if err != nil {
		re = regexp.MustCompile(regexp.QuoteMeta(name)) // "operator()", "Vec<[u8"
	}
	finds := []struct {
		kind string
		find func() *held.Deep
	}{
		{"variable", func() *held.Deep { return held.VariablesOf(s, name) }},
		{"type", func() *held.Deep { return held.TypesOf(s, name, re) }},
		{"site", func() *held.Deep { return held.SitesOf(s, re) }},
	}
	for _, f := range finds {
		if kind != "" && f.kind != kind {
			continue
		}
		if d := f.find(); len(d.Variables)+len(d.Blocks) > 0 {
			return d, nil
		}
	}
	return nil, console.Failure(errNoThing(opening.InputName(o.file), kind, name, s))
}

// typeWidth is how wide the type of a variable may be, in columns.
const typeWidth = 72

// variableWords says what a variable is, and where.
func variableWords(v *profile.Owner) string {
	name, where := wording.OwnerWords(v)
	words := name + "  " + where
	if v.File != "" && v.Line > 0 {
		words += fmt.Sprintf(", %s:%d", path.Base(v.File), v.Line)
	}
	switch {
	case v.Type == "":
	case strings.HasSuffix(v.File, ".rs"):
		words += "  " + names.ParseType(v.Type).Short(typeWidth)
	default:
		words += "  " + names.ElideCPP(v.Type, typeWidth)
	}
	return words
}

// deepWords says what blocks are, how large they are, and of how many of them each's size is known.
func deepWords(u human.Units, b *held.DeepBlocks) []string {
	live := b.DeepSizes.Live
	words := names.Printable(b.Type)
	if b.Point >= 0 {
		words = wording.ThingWords(b.Thing)
		if b.Caller != "" {
			words += ", called by " + b.Caller
		}
	}
	lines := []string{u.Count(live.Blocks) + " × " + words}
	if live.Blocks > 1 {
		each := u.Size(live.Bytes/live.Blocks) + " each"
		if live.Bytes%live.Blocks != 0 {
			each += " on average"
		}
		lines = append(lines, each)
	}
	if b.Looked > 0 && b.Looked < live.Blocks {
		lines = append(lines, fmt.Sprintf("the smallest, median and largest deep size are of %s, picked evenly", u.Blocks(b.Looked)))
	}
	return lines
}

func errNoThing(file, kind, name string, s *held.Of) error {
	var known []string
	if kind == "" || kind == "variable" {
		known = append(known, s.VariableNames()...)
	}
	if kind == "" || kind == "type" {
		known = append(known, s.TypeNames()...)
	}
	if kind == "site" {
		known = s.Names()
	}
	near := ""
	if meant := nearestName(name, known); meant != "" {
		near = fmt.Sprintf("; did you mean %q?", names.Printable(meant))
	}
	what := map[string]string{
		"":         "nothing called %q held blocks, or is the type or the site of some,",
		"variable": "no variable called %q held blocks",
		"type":     "there is no block of a type %q",
		"site":     "there is no block of a site that matches %q",
	}[kind]
	return fmt.Errorf(what+" at the snapshot of %s%s", name, file, near)
}
