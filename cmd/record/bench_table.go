package record

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"

	"heapprof/cmd/wording"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/percall"
)

// writeBenchTable writes what there was for each call of the functions, for people.
func writeBenchTable(to io.Writer, o *benchOptions, all []benched, before *json.PerCall) error {
	w := bufio.NewWriter(to)
	for i := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		r := &all[i]
		fmt.Fprintln(w, names.Printable(benchCallsWords(r)))
		if r.Calls > 0 {
			r.writeTable(w, o.top)
			r.writeChange(w, before)
		}
		for _, doubt := range r.doubts() {
			fmt.Fprintf(w, "  %s\n", doubt)
		}
	}
	return w.Flush()
}

// benchCallsWords says how often a function was called.
func benchCallsWords(r *benched) string {
	words := fmt.Sprintf("%s: %s", r.name, human.Counted(r.Calls, "call"))
	if r.Recursive > 0 {
		words += fmt.Sprintf(", and %s within these", human.Count(r.Recursive))
	}
	if r.Calls > 0 && r.Amounts.PeakBytes > 0 {
		words += fmt.Sprintf("; %s of it live at the peak", human.Bytes(r.Amounts.PeakBytes))
	}
	return words
}

// benchRow is the form of a line: blocks and bytes a call, temporary blocks, bytes never freed, and of what.
const benchRow = "  %12s  %12s  %12s  %12s  %s\n"

func (r *benched) writeTable(w io.Writer, top int) {
	fmt.Fprintf(w, benchRow, "blocks/call", "bytes/call", "temporary", "never freed", "site")
	row := func(a *percall.Amounts, name string) {
		fmt.Fprintf(w, benchRow, numberWords(r.Each(a.Blocks)), sizeWords(r.Each(a.Bytes)), numberWords(r.Each(a.TemporaryBlocks)), sizeWords(r.Each(a.EndBytes)), names.Printable(name))
	}
	var rest percall.Amounts
	more := 0
	for i := range r.Sites {
		if s := &r.Sites[i]; i < top {
			row(&s.Amounts, benchSiteWords(s))
		} else {
			rest.Add(&s.Amounts)
			more++
		}
	}
	if top > 0 && more > 0 {
		row(&rest, "… "+human.Counted(uint64(more), "more site"))
	}
	row(&r.Amounts, "total")
}

// benchSiteWords names a site, with the type of its blocks and its place.
func benchSiteWords(s *percall.Site) string {
	words := wording.SiteName(s.Site)
	if s.Type.Name != "" {
		words = s.Type.Name + "  " + words
	}
	switch {
	case s.Site.Place != "":
		words += "  " + s.Site.Place
	case s.Caller != "":
		words += "  from " + s.Caller
	}
	return words
}

// writeChange says what has changed since the baseline.
func (r *benched) writeChange(w io.Writer, before *json.PerCall) {
	if before == nil {
		return
	}
	old, ok := before.Of(r.name)
	if !ok {
		fmt.Fprintf(w, "  %s is not in the baseline\n", r.name)
		return
	}
	change := func(name string, now, was float64, words func(float64) string) {
		switch {
		case now == was:
			fmt.Fprintf(w, "  %s: as before\n", name)
		case was == 0:
			fmt.Fprintf(w, "  %s: %s, before none\n", name, words(now))
		default:
			fmt.Fprintf(w, "  %s: %s, before %s (%+.1f%%)\n", name, words(now), words(was), 100*(now-was)/was)
		}
	}
	change("blocks/call", r.Each(r.Amounts.Blocks), old.Each(old.Blocks), numberWords)
	change("bytes/call", r.Each(r.Amounts.Bytes), old.Each(old.Bytes), sizeWords)
}

// doubts says what may be missing.
func (r *benched) doubts() (all []string) {
	if a := &r.Inlined; a.Blocks > 0 {
		all = append(all, fmt.Sprintf("not in it: %s, %s, where it is inlined, and not entered", human.Counted(a.Blocks, "block"), human.Bytes(a.Bytes)))
	}
	if a := &r.Cut; a.Blocks > 0 {
		all = append(all, fmt.Sprintf("perhaps in it: %s, %s, of stacks that are not known whole", human.Counted(a.Blocks, "block"), human.Bytes(a.Bytes)))
	}
	if r.TooLarge {
		all = append(all, "the sums do not fit into 64 bits")
	}
	return all
}

// numberWords writes a number for each call: as it is where it is a whole one.
func numberWords(v float64) string {
	switch {
	case v == math.Trunc(v) && v < 1<<53:
		return human.Count(uint64(v))
	case v >= 1000:
		return human.Count(uint64(math.Round(v)))
	case v < 0.001:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// sizeWords likewise writes bytes.
func sizeWords(v float64) string {
	if v >= 1024 {
		return human.Bytes(uint64(math.Round(v)))
	}
	return numberWords(v) + " B"
}
